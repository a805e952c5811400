/**
 * A request whose equal is done gets the same stored bytes at once; one whose equal is under way waits with it. Each has a
 * generation, a log and a consent of its own, so that cancelling or deleting one never touches another.
 */
import { followed } from './commit-step.ts'
import type { EventBody } from './event.ts'
import type { Generation, Photo } from './generation.ts'
import type { Clock, GenerationTransaction, NewId, Sibling } from './ports.ts'
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
  const found = await tx.joinableWork(request.caller.tenantId, key)
  if (!found?.sibling) return null
  const { work, sibling } = found

  const { generation, log } = joined(parts, request, work, sibling, kept)
  await tx.insertGeneration(generation, log)
  await recordConsent(tx, parts, request, generation)
  // Whoever waits, waits on: the work is given up only when the last of them would have given it up.
  const { deadlineAt } = generation
  if (work.state === 'open' && deadlineAt > work.deadlineAt) await tx.extendWork(work.id, deadlineAt)
  return generation
}

function joined(
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
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
    cost,
    routeTrace: work.routeTrace,
  }
  return { generation, log }
}
