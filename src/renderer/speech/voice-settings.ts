import { Failure } from '../../errors.ts'

export interface Range {
  readonly lowest: number
  readonly highest: number
}

/** What flite still says clearly; beyond, sounds fall below its 5 ms frames or drone. */
export const speedRange: Range = { lowest: 0.5, highest: 2 }
/** Semitones. */
export const pitchRange: Range = { lowest: -12, highest: 12 }

/** @throws Failure `INVALID_REQUEST` with reason `speed-out-of-range` or `pitch-out-of-range`. */
export function requireInRange(name: 'speed' | 'pitch', value: number, range: Range): void {
  if (value >= range.lowest && value <= range.highest) return
  throw new Failure('INVALID_REQUEST', {
    reason: `${name}-out-of-range`,
    message: `The ${name} ${value} cannot be spoken.`,
    hint: `Choose a ${name} from ${range.lowest} to ${range.highest}.`,
  })
}
