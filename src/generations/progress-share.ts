/** Where the calls of a route lie in the whole work: what is made before and after them takes its time too. */
import type { Model } from '../providers/model.ts'

export type Phase = 'prepare' | 'calls' | 'assemble'

const whole: readonly [number, number] = [0, 1]

/** The share of the work that is done once that share of the phase, or of its span, is. */
export function progressShare(
  { drive, yields }: Pick<Model, 'drive' | 'yields'>,
  phase: Phase,
  fraction: number,
  [spanFrom, spanTo] = whole,
): number {
  const begins = drive === 'performance' ? 0.3 : drive === 'audio' ? 0.1 : 0
  const ends = yields === 'key-frames' ? 0.6 : yields === 'clips' ? 0.9 : yields === 'silent-video' ? 0.95 : 1
  const [from, to] = { prepare: [0, begins], calls: [begins, ends], assemble: [ends, 1] }[phase] as [number, number]
  const within = spanFrom + (spanTo - spanFrom) * fraction
  return from + (to - from) * within
}
