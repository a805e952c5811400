/**
 * Removes bytes that no row speaks of: what a kill between "bytes stored" and "row committed", or between "row deleted"
 * and "bytes removed", leaves behind. A work under way keeps everything under its name.
 */
import { storedOutputs } from './ended-calls.ts'
import { outputKeys } from './generation.ts'
import type { Clock, GenerationStore, MediaStore } from './ports.ts'
import type { Work } from './work.ts'

export interface SweepParts {
  readonly store: GenerationStore
  readonly media: MediaStore
  readonly clock: Clock
}

/** @param olderThanMs leaves younger files alone: another node may be about to commit their row. @returns how many were removed. */
export async function sweepMedia({ store, media, clock }: SweepParts, olderThanMs: number): Promise<number> {
  const newest = clock.now().getTime() - olderThanMs
  let removed = 0
  for await (const { key, modifiedAt } of media.list()) {
    if (modifiedAt.getTime() > newest || (await isSpokenFor(store, key))) continue
    await media.remove(key)
    removed++
  }
  return removed
}

async function isSpokenFor(store: GenerationStore, key: string): Promise<boolean> {
  const [tenantId = '', kind, id = ''] = key.split('/')
  if (kind === 'photos') return (await store.findPhoto(tenantId, id))?.mediaKey === key
  if (kind !== 'works') return false
  const work = await store.loadWork(id)
  if (!work) return false
  if (work.state === 'open') return true
  return (work.output !== null && outputKeys(work.output).includes(key)) || (await mayBeTakenAgain(store, work, key))
}

/** Of equal calls only the newest is ever taken. */
async function mayBeTakenAgain(store: GenerationStore, { id, tenantId }: Work, key: string): Promise<boolean> {
  const calls = (await store.listAttempts(id)).flatMap((attempt) => attempt.calls)
  const call = calls.find((each) => storedOutputs(each).some((output) => output.key === key))
  if (call?.state !== 'completed' || call.reuseKey === null) return false
  return (await store.findReusable(tenantId, call.reuseKey))?.id === call.id
}
