/**
 * A request whose equal is done gets the same stored bytes at once; one whose equal is under way waits with it. Each has a
 * generation, a log and a consent of its own, so that cancelling or deleting one never touches another.
 */
import { followed } from './commit-step.ts'
import type { Generation, Photo } from './generation.ts'
import type { Clock, GenerationTransaction, NewId } from './ports.ts'
import { recordConsent } from './record-consent.ts'
import type { GenerationRequest } from './use-cases.ts'
import type { Work } from './work.ts'

/** @returns null when there is no work to join. */
export async function joinWork(
  tx: GenerationTransaction,
  parts: { readonly clock: Clock; readonly newId: NewId },
  request: GenerationRequest,
  { key, kept }: { readonly key: string; readonly kept: Photo | null },
): Promise<Generation | null> {
  const work = await tx.joinableWork(request.caller.tenantId, key)
  if (!work) return null
  const sibling = await tx.firstGenerationOf(work.id)
  if (!sibling) return null

  const generation = joined(parts, request, work, sibling, kept)
  const { id, origin, adjusted, queue, createdAt, deadlineAt, output, cost } = generation
  await tx.insertGeneration(generation)
  await recordConsent(tx, parts, request, generation)
  await tx.appendEvents([id], { type: 'queued', adjusted, origin, queue }, createdAt)
  if (output && cost) {
    await tx.appendEvents([id], { type: 'completed', output, cost, seconds: 0 }, createdAt)
    return { ...generation, lastSeq: 2 }
  }
  // Whoever waits, waits on: the work is given up only when the last of them would have given it up.
  if (deadlineAt > work.deadlineAt) await tx.extendWork(work.id, deadlineAt)
  return { ...generation, lastSeq: 1 }
}

function joined(
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
  { caller, settings, script, metadata }: GenerationRequest,
  work: Work,
  sibling: Generation,
  kept: Photo | null,
): Generation {
  const now = clock.now()
  const isDone = work.state === 'done'
  const { language, voice } = work.settings
  const following = followed(work)
  return {
    id: newId('gen'),
    tenantId: caller.tenantId,
    workId: work.id,
    origin: isDone ? 'cached' : 'shared',
    // The photo of a sibling has the same bytes, and stays as long as one of them uses it.
    photoId: kept?.id ?? sibling.photoId,
    photoSha256: work.photoSha256,
    face: work.face,
    script,
    settings: { ...settings, language, voice },
    metadata,
    adjusted: sibling.adjusted,
    estimate: work.estimate,
    status: following.status ?? 'queued',
    step: work.step,
    progress: work.progress,
    queue: isDone || work.startedAt ? null : sibling.queue,
    lastSeq: 0,
    requestId: caller.requestId,
    createdAt: now,
    startedAt: work.startedAt && now,
    finishedAt: isDone ? now : null,
    deadlineAt: new Date(now.getTime() + settings.timeoutSeconds * 1000),
    failure: null,
    output: work.output,
    cost: isDone ? { micros: 0, currency: work.estimate.cost.currency } : null,
    routeTrace: work.routeTrace,
  }
}
