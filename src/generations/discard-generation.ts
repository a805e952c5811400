/**
 * DELETE has two meanings that a caller need not tell apart: stop what runs, or remove what is done. Both concern this
 * generation only: its work is stopped when nobody else waits for it, its bytes go when nobody else has them.
 */
import { storedOutputs } from './ended-calls.ts'
import { type Generation, isFinal, outputKeys, type Photo } from './generation.ts'
import type { KnownFaces } from './known-faces.ts'
import type { Clock, GenerationStore, GenerationTransaction, MediaStore } from './ports.ts'
import { generationNotFound, requireGeneration } from './read-generations.ts'
import { forgetRecording } from './recordings.ts'
import type { DiscardGeneration } from './use-cases.ts'
import type { Call, Work } from './work.ts'

export interface DiscardParts {
  readonly store: GenerationStore
  readonly media: MediaStore
  readonly clock: Clock
  readonly knownFaces: Pick<KnownFaces, 'forget'>
}

interface Discarded {
  /** The generation as it is now, or null when it is gone. */
  readonly generation: Generation | null
  /** Media keys that no row names any more. */
  readonly orphans: readonly string[]
  /** The work that was stopped with it. */
  readonly stopped: Work | null
}

export function discardGeneration({ store, media, clock, knownFaces }: DiscardParts): DiscardGeneration {
  return async (tenantId, id) => {
    const { workId, photoId } = await requireGeneration(store, tenantId, id)
    const work = await store.loadWork(workId)
    const photos: Photo[] = []
    for (const each of new Set([photoId, work?.photoId ?? photoId])) {
      const photo = await store.findPhoto(tenantId, each)
      if (photo !== null && !photo.kept) photos.push(photo)
    }
    const calls = (await store.listAttempts(workId)).flatMap((attempt) => attempt.calls)
    const { generation, orphans, stopped } = await store.transaction(async (tx) => {
      const held = await tx.lockWork(workId)
      const all = await tx.generationsOf(workId)
      const mine = all.find((each) => each.id === id)
      if (!mine) throw generationNotFound(id)
      const others = all.filter((each) => each.id !== id)
      return isFinal(mine.status)
        ? remove(tx, clock.now(), mine, held, others, photos, calls)
        : cancel(tx, clock.now(), mine, held, others)
    })
    for (const key of orphans) await media.remove(key)
    for (const photo of photos) if (orphans.includes(photo.mediaKey)) await knownFaces.forget(photo)
    if (stopped) {
      await forgetRecording({ media }, stopped)
      const attempts = await store.listAttempts(stopped.id)
      for (const { key } of attempts.flatMap(({ calls }) => calls).flatMap(storedOutputs)) await media.remove(key)
    }
    return generation
  }
}

async function cancel(
  tx: GenerationTransaction,
  now: Date,
  generation: Generation,
  work: Work,
  others: readonly Generation[],
): Promise<Discarded> {
  const changes = { status: 'cancelled', step: null, queue: null, finishedAt: now } as const
  await tx.updateGenerations([generation.id], changes)
  await tx.appendEvents([generation.id], { type: 'cancelled' }, now)
  const cancelled = { ...generation, ...changes, lastSeq: generation.lastSeq + 1 }
  if (others.some(({ status }) => !isFinal(status))) return { generation: cancelled, orphans: [], stopped: null }
  const stopped = await tx.updateWork(work.id, work.version, {
    state: 'cancelled',
    key: null,
    step: null,
    finishedAt: now,
  })
  await tx.endAttempt(work.id, { state: 'cancelled', failure: null, finishedAt: now })
  // What a vendor still does for it is called off by a worker.
  if (stopped) {
    const { priority } = work.settings
    await tx.enqueue({ workId: work.id, version: stopped.version, lane: 'quick', priority })
  }
  return { generation: cancelled, orphans: [], stopped }
}

/** The rows first, then the bytes: a crash between leaves bytes that the sweep finds, never a row without them. */
async function remove(
  tx: GenerationTransaction,
  now: Date,
  { id, tenantId }: Generation,
  work: Work,
  others: readonly Generation[],
  photos: readonly Photo[],
  calls: readonly Call[],
): Promise<Discarded> {
  if (!(await tx.markDeleted(id, now))) throw generationNotFound(id)
  await tx.appendEvents([id], { type: 'deleted' }, now)
  const orphans: string[] = []
  if (others.length === 0) {
    await tx.retireWork(work.id)
    if (work.output) orphans.push(...outputKeys(work.output))
    orphans.push(...calls.flatMap(storedOutputs).map(({ key }) => key))
  }
  for (const photo of photos) if (await tx.deletePhoto(tenantId, photo.id)) orphans.push(photo.mediaKey)
  return { generation: null, orphans, stopped: null }
}
