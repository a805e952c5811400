/** How long things take, as far as can be told before. */
import type { Model } from '../providers/model.ts'
import type { QualityTier } from './generation.ts'

/**
 * Seconds from the start of processing to a stored file, at least 1.
 * @param videoSeconds as they are asked of the model
 * @param pace seconds of work per second of video, as measured here; null: nothing measured yet
 */
export function expectedWork(
  { typicalWork }: Pick<Model, 'typicalWork'>,
  quality: QualityTier,
  videoSeconds: number,
  pace: number | null,
): number {
  const { startSeconds, secondsPerSecond } = typicalWork
  const work = pace === null ? startSeconds + videoSeconds * secondsPerSecond[quality] : videoSeconds * pace
  return Math.max(1, inTenths(work))
}

/** What is kept and told of seconds; whatever is reckoned from them later is reckoned from this. */
export const inTenths = (seconds: number): number => Math.round(seconds * 10) / 10
