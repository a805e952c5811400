/**
 * Removes bytes that no row speaks of: what a kill between "bytes stored" and "row committed", or between "row deleted"
 * and "bytes removed", leaves behind. A generation under way keeps everything under its name.
 */
import { isFinal, outputKeys } from './generation.ts'
import type { Clock, GenerationStore, MediaStore } from './ports.ts'

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
  if (kind !== 'generations') return false
  const generation = await store.loadGeneration(id)
  if (!generation) return false
  if (!isFinal(generation.status)) return true
  return generation.output !== null && outputKeys(generation.output).includes(key)
}
