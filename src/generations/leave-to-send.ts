/** Whether a new call may go out now: the vendor is up, one of its slots is ours, and its minute has room. */
import { VendorFailure } from '../errors.ts'
import { commitStep, commitWithin, Overtaken } from './commit-step.ts'
import { fallBack } from './fall-back.ts'
import { fairOrder, slotPlaces } from './slots.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Work } from './work.ts'

/** False: it waits, or goes another way; what has to be written for that is committed. */
export async function leaveToSend(parts: StepParts, work: Work, open: OpenAttempt): Promise<boolean> {
  const { provider, model, attempt } = open
  const { guard } = parts
  const down = (why: string) =>
    mayComeBack(open, parts.clock.now())
      ? commitStep(parts, work, { changes: {}, next: { step: 'start', delaySeconds: comeBackSeconds } })
      : fallBack(parts, work, open, null, new VendorFailure('unreachable', { cause: new Error(why) }))
  const outage = guard.outage(model)
  if (outage !== null) {
    await down(outage)
    return false
  }
  const { maxConcurrent, requestsPerMinute } = provider.limits
  if (maxConcurrent !== null && attempt.slot !== 'held' && !(await takeSlot(parts, work, open, maxConcurrent)))
    return false
  if (requestsPerMinute !== null) {
    const waitSeconds = await parts.takeRate(provider.id, requestsPerMinute)
    if (waitSeconds > 0) {
      await commitStep(parts, work, { changes: {}, next: { step: 'start', delaySeconds: waitSeconds } })
      return false
    }
  }
  if (guard.admit(model)) return true
  await down('a probe is under way')
  return false
}

const comeBackSeconds = 5
/** About twice as long as a breaker stays open the first time. */
const patienceMs = 60_000

/** Where calls of the attempt are paid already, a vendor that is down for a moment is waited for. */
function mayComeBack({ attempt }: OpenAttempt, now: Date): boolean {
  const last = attempt.calls.findLast(({ maker, state }) => maker === 'route' && state === 'completed')
  return last?.finishedAt != null && now.getTime() - last.finishedAt.getTime() < patienceMs
}

/** Takes a free slot when it is this one's turn; else stands in line, to be woken by whoever frees one. */
async function takeSlot(
  { store, clock, vendors }: StepParts,
  work: Work,
  { attempt, provider }: OpenAttempt,
  maxConcurrent: number,
): Promise<boolean> {
  const now = clock.now()
  const since = attempt.slotAt ?? now
  const isTaken = await store.transaction(async (tx) => {
    // The lock first, then the work's row, then the attempt's: as whoever grants a slot takes them.
    await tx.slotsOf(provider.id)
    const { version } = await tx.lockWork(work.id)
    if (version !== work.version) throw new Overtaken(work.id)
    await tx.markSlot(attempt.id, 'waiting', since)
    const claims = await tx.slotsOf(provider.id)
    const free = maxConcurrent - claims.filter(({ slot }) => slot === 'held').length
    const place = fairOrder(claims).findIndex(({ attemptId }) => attemptId === attempt.id)
    if (place < free) {
      await tx.beginWork(work.id, work.version, work.startedAt ?? now)
      await tx.markSlot(attempt.id, 'held', now)
      return true
    }
    const { queue } = slotPlaces(claims, maxConcurrent)[place]!
    await commitWithin(tx, clock, work, {
      changes: {},
      outcome: { queue },
      events: [{ type: 'waiting', queue }],
      // Nobody wakes it when its time is over.
      next: { step: 'start', delaySeconds: Math.max(0, (work.deadlineAt.getTime() - now.getTime()) / 1000) },
    })
    return false
  })
  if (isTaken) vendors.slotWaited({ provider: provider.id, seconds: (now.getTime() - since.getTime()) / 1000 })
  return isTaken
}
