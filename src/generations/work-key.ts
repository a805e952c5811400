/**
 * Two requests of one tenant are equal when the photo's bytes, the face, the script and all that shapes the video are the
 * same as they were asked for. Where they stand in the queue, how long they may take and how models are ranked does not shape it.
 */
import { createHash } from 'node:crypto'
import type { Settings } from './generation.ts'

/** Counted up when the same request would now give another video that everybody should get. */
const edition = 2

export function workKey({
  photoSha256,
  face,
  script,
  settings,
}: {
  readonly photoSha256: string
  /** Null: the largest. */
  readonly face: number | null
  readonly script: string
  readonly settings: Settings
}): string {
  const { priority: _place, timeoutSeconds: _patience, strategy: _ranking, ...shaping } = settings
  const sorted = Object.entries(shaping).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([edition, photoSha256, face, script, sorted]))
    .digest('hex')
}
