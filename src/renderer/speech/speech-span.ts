import type { Sound } from './audio.ts'
import { percentile } from './mfcc.ts'

export interface SpeechSpan {
  readonly startMs: number
  readonly endMs: number
}

const stepMs = 10
/** Levels are means over so much: a click is not speech. */
const smoothMs = 50
/** A recording whose loud and quiet parts differ by less is one noise all through. */
const leastRangeDb = 6
const belowLoudDb = 30
/** Speech begins this far up from the noise to the loud passages. */
const aboveNoiseShare = 0.35
const digitalSilenceDbfs = -80

/** From the first to the last sound that stands out of the recording's own noise; null when none does. */
export function findSpeech({ samples, sampleRate }: Sound): SpeechSpan | null {
  const step = Math.round((sampleRate * stepMs) / 1000)
  const reach = Math.round((sampleRate * smoothMs) / 2000)
  const sums = new Float64Array(samples.length + 1)
  for (let i = 0; i < samples.length; i++) sums[i + 1] = sums[i]! + (samples[i]! / 32_768) ** 2
  const levels = Float32Array.from({ length: Math.ceil(samples.length / step) }, (_, frame) => {
    const from = Math.max(0, frame * step - reach)
    const to = Math.min(samples.length, frame * step + reach)
    return Math.max(digitalSilenceDbfs, 10 * Math.log10((sums[to]! - sums[from]!) / (to - from) + 1e-12))
  })
  const noise = percentile(levels, 0.1)
  const loud = levels.reduce((most, level) => Math.max(most, level), digitalSilenceDbfs)
  if (loud === digitalSilenceDbfs || loud - noise < leastRangeDb) return null
  const threshold = Math.max(loud - belowLoudDb, noise + aboveNoiseShare * (loud - noise))
  const first = levels.findIndex((level) => level > threshold)
  const last = levels.findLastIndex((level) => level > threshold)
  const lengthMs = (samples.length * 1000) / sampleRate
  return { startMs: first * stepMs, endMs: Math.min(lengthMs, (last + 1) * stepMs) }
}
