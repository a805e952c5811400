/**
 * The concurrency semaphore: a provider allows so many calls at once, on all nodes together. A slot is a mark on the open
 * attempt, from before the submission until the call is over, so it cannot leak: whatever ends the attempt frees it, and a
 * crash leaves it with the work that goes on. Slots are given out under a lock, in an order that is fair between users:
 * whoever has the fewest comes next, then whoever was served longest ago; among the works of one user priority and then age
 * decide.
 */
import type { ProviderLimits } from '../providers/provider.ts'
import type { Priority, QueuePlace } from './generation.ts'
import type { Clock, GenerationStore, SlotClaim } from './ports.ts'
import { priorityRank } from './queue.ts'

/** The order in which those who wait get a slot. */
export function fairOrder(claims: readonly SlotClaim[]): readonly SlotClaim[] {
  const users = new Map<string, User>()
  const waiting = new Map<string, SlotClaim[]>()
  for (const claim of claims) {
    const { tenantId, servedAt } = claim
    const user = users.get(tenantId) ?? { has: 0, servedMs: servedAt?.getTime() ?? 0 }
    users.set(tenantId, { ...user, has: user.has + (claim.slot === 'held' ? 1 : 0) })
    if (claim.slot === 'waiting') waiting.set(tenantId, [...(waiting.get(tenantId) ?? []), claim])
  }
  for (const own of waiting.values()) own.sort(byPriorityAndAge)
  const order: SlotClaim[] = []
  while (waiting.size > 0) {
    const [tenantId, own] = [...waiting].reduce((best, other) => (comesBefore(other, best, users) ? other : best))
    order.push(own.shift()!)
    // Later than everybody who was served so far.
    users.set(tenantId, {
      has: users.get(tenantId)!.has + 1,
      servedMs: Number.MAX_SAFE_INTEGER - claims.length + order.length,
    })
    if (own.length === 0) waiting.delete(tenantId)
  }
  return order
}

type Queue = readonly [tenantId: string, own: readonly SlotClaim[]]

interface User {
  readonly has: number
  readonly servedMs: number
}

function comesBefore([a, [first]]: Queue, [b, [second]]: Queue, users: ReadonlyMap<string, User>): boolean {
  const [one, other] = [users.get(a)!, users.get(b)!]
  return (one.has - other.has || one.servedMs - other.servedMs || byPriorityAndAge(first!, second!)) < 0
}

function byPriorityAndAge(a: SlotClaim, b: SlotClaim): number {
  const rank = (priority: Priority) => priorityRank[priority]
  return (
    rank(a.priority) - rank(b.priority) || a.since.getTime() - b.since.getTime() || (a.attemptId < b.attemptId ? -1 : 1)
  )
}

/** Where each of those who wait stands, first to last. */
export function slotPlaces(
  claims: readonly SlotClaim[],
  maxConcurrent: number,
): readonly { readonly workId: string; readonly queue: QueuePlace }[] {
  return fairOrder(claims).map(({ workId, expectedSeconds }, ahead) => ({
    workId,
    queue: { ahead, waitSeconds: Math.round(((ahead + 1) / maxConcurrent) * expectedSeconds), waitsFor: 'provider' },
  }))
}

/** Places up to this one are told whenever they change. */
const toldEach = 10

export interface Slots {
  /** Gives what is free to those who come next, and has their steps run. */
  grant(provider: string): Promise<void>
  /** The same for every provider at which somebody waits: what a crash left undone. */
  grantAll(): Promise<void>
  /** Tells those who wait where they stand now. */
  tellAll(): Promise<void>
}

/** @param limitsOf null: not configured any more */
export function createSlots({
  store,
  clock,
  limitsOf,
}: {
  readonly store: GenerationStore
  readonly clock: Clock
  readonly limitsOf: (provider: string) => ProviderLimits | null
}): Slots {
  const grant = async (provider: string) => {
    const limit = limitsOf(provider)?.maxConcurrent ?? Number.POSITIVE_INFINITY
    // Most often nobody waits: then nobody else is made to wait for the lock either.
    if (!(await store.slotsOf(provider)).some(({ slot }) => slot === 'waiting')) return
    await store.transaction(async (tx) => {
      const claims = await tx.slotsOf(provider)
      let free = limit - claims.filter(({ slot }) => slot === 'held').length
      for (const { workId, attemptId, version, priority, runsHere } of fairOrder(claims)) {
        if (free <= 0) return
        const moved = await tx.updateWork(workId, version, {})
        if (!moved) continue
        await tx.markSlot(attemptId, 'held', clock.now())
        await tx.enqueue({ workId, version: moved.version, lane: runsHere ? 'render' : 'quick', priority })
        free -= 1
      }
    })
  }
  return {
    grant,
    async grantAll() {
      for (const provider of await store.providersWaitedFor()) await grant(provider)
    },
    async tellAll() {
      for (const provider of await store.providersWaitedFor()) {
        const { maxConcurrent } = limitsOf(provider) ?? {}
        if (!maxConcurrent) continue
        const places = slotPlaces(await store.slotsOf(provider), maxConcurrent)
        // The first know each step; who is far behind is told now and then.
        const near = places.filter(({ queue: { ahead } }) => ahead < toldEach || ahead % toldEach === 0)
        await store.tellPlaces(near, clock.now())
      }
    },
  }
}
