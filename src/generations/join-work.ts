/**
 * A request whose equal is done gets the same stored bytes at once; one whose equal is under way waits with it. Each has a
 * generation, a log and a consent of its own, so that cancelling or deleting one never touches another.
 */
import { followed } from './commit-step.ts'
import { consentOf } from './consent-of.ts'
import type { EventBody } from './event.ts'
import type { Generation, Photo } from './generation.ts'
import type { KnownWorks } from './known-works.ts'
import type { Clock, GenerationStore, GenerationTransaction, JoinableWork, NewId, Sibling } from './ports.ts'
import type { GenerationRequest } from './use-cases.ts'
import type { Work } from './work.ts'

export interface JoinParts {
  readonly clock: Clock
  readonly newId: NewId
  /** How old a video may be that answers an equal request; 0: none does. */
  readonly cacheTtlMs: number
}

export interface Wanted {
  readonly key: string
  /** The photo that the request names, when it was kept before. */
  readonly kept: Photo | null
}

/** @returns null when there is no work to join. */
export async function joinWork(
  parts: JoinParts & { readonly store: GenerationStore; readonly knownWorks: KnownWorks },
  request: GenerationRequest,
  wanted: Wanted,
): Promise<Generation | null> {
  const { store, knownWorks } = parts
  const { tenantId } = request.caller
  const remembered = await knownWorks.get(tenantId, wanted.key)
  const known = remembered && isFresh(parts, remembered.work) ? remembered : undefined
  const joined = known ? await joinDone(parts, request, known, wanted) : null
  if (joined) return joined

  if (remembered) await knownWorks.forget(tenantId, wanted.key)
  const found = await store.findJoinable(tenantId, wanted.key)
  if (!found?.sibling || !isFresh(parts, found.work)) return null
  if (found.work.state === 'open') return store.transaction((tx) => joinWithin(tx, parts, request, wanted))
  await knownWorks.keep(tenantId, wanted.key, found)
  return joinDone(parts, request, found, wanted)
}

async function joinDone(
  parts: JoinParts & { readonly store: GenerationStore },
  request: GenerationRequest,
  { work, sibling }: JoinableWork,
  { kept }: Wanted,
): Promise<Generation | null> {
  if (!sibling) return null
  const { generation, log } = joined(parts, request, work, sibling, kept)
  const consent = consentOf(parts.newId, request, generation)
  return (await parts.store.joinDone(generation, log, consent)) ? generation : null
}

/** The same inside a transaction. */
export async function joinWithin(
  tx: GenerationTransaction,
  parts: JoinParts,
  request: GenerationRequest,
  { key, kept }: Wanted,
): Promise<Generation | null> {
  const found = await tx.joinableWork(request.caller.tenantId, key)
  if (!found?.sibling) return null
  const { work, sibling } = found
  if (!isFresh(parts, work)) {
    await tx.freeKey(work.id)
    return null
  }
  const { generation, log } = joined(parts, request, work, sibling, kept)
  await tx.insertGeneration(generation, log)
  const consent = consentOf(parts.newId, request, generation)
  if (consent) await tx.insertConsent(consent)
  // Whoever waits, waits on: the work is given up only when the last of them would have given it up.
  const { deadlineAt } = generation
  if (work.state === 'open' && deadlineAt > work.deadlineAt) await tx.extendWork(work.id, deadlineAt)
  return generation
}

/** What is under way can always be waited for. */
function isFresh({ clock, cacheTtlMs }: JoinParts, { state, finishedAt }: Work): boolean {
  return state === 'open' || clock.now().getTime() - (finishedAt?.getTime() ?? 0) < cacheTtlMs
}

function joined(
  { clock, newId }: JoinParts,
  { caller, settings, script, metadata }: GenerationRequest,
  work: Work,
  sibling: Sibling,
  kept: Photo | null,
): { readonly generation: Generation; readonly log: readonly EventBody[] } {
  const now = clock.now()
  const isDone = work.state === 'done'
  const { language, voice } = work.settings
  const following = followed(work)
  const { output } = work
  const { adjusted } = sibling
  const origin = isDone ? 'cached' : 'shared'
  const queue = isDone || work.startedAt ? null : sibling.queue
  const cost = isDone ? { micros: 0, currency: work.estimate.cost.currency } : null
  const log: EventBody[] = [{ type: 'queued', adjusted, origin, queue }]
  if (output && cost) log.push({ type: 'completed', output, cost, seconds: 0 })
  const generation: Generation = {
    id: newId('gen'),
    tenantId: caller.tenantId,
    workId: work.id,
    origin,
    // The photo of a sibling has the same bytes, and stays as long as one of them uses it.
    photoId: kept?.id ?? sibling.photoId,
    photoSha256: work.photoSha256,
    face: work.face,
    script,
    settings: { ...settings, language, voice },
    metadata,
    adjusted,
    estimate: work.estimate,
    status: following.status ?? 'queued',
    step: work.step,
    progress: work.progress,
    queue,
    lastSeq: log.length,
    requestId: caller.requestId,
    createdAt: now,
    startedAt: work.startedAt && now,
    finishedAt: isDone ? now : null,
    deadlineAt: new Date(now.getTime() + settings.timeoutSeconds * 1000),
    failure: null,
    output,
    making: work.making,
    cost,
    routeTrace: work.routeTrace,
  }
  return { generation, log }
}
