/**
 * A modest mastering chain for a single voice: rumble out, a little presence, one loudness for all voices, peaks held.
 * Everything is computed ahead of time, so nothing is delayed and the same input gives the same output.
 */
const fullScale = 32_768
const rumbleHz = 70
const presenceHz = 2_800
const presenceDb = 3
/** Loudness that speech is brought to: gated RMS, the usual level of spoken web video. */
const targetDbfs = -18
/** Never amplify more: beyond this it is noise that gets louder. */
const mostGainDb = 20
const ceilingDbfs = -1
const limiterReachMs = 5
const blockMs = 400
const silenceDbfs = -50
/** Blocks this far below the loud mean are pauses. */
const pauseBelowMeanDb = 10

/** @returns new samples of the same length: about -18 dBFS gated RMS, no peak above -1 dBFS. Silence stays silence. */
export function enhance(samples: Int16Array, sampleRate: number): Int16Array {
  let signal: Float64Array = Float64Array.from(samples, (sample) => sample / fullScale)
  signal = filter(signal, highPass(rumbleHz, sampleRate))
  signal = filter(signal, highShelf(presenceHz, presenceDb, sampleRate))
  const loudness = gatedLoudnessDbfs(signal, sampleRate)
  if (loudness !== null) {
    const gain = decibels(Math.min(mostGainDb, targetDbfs - loudness))
    for (let i = 0; i < signal.length; i++) signal[i]! *= gain
  }
  return toSamples(limit(signal, sampleRate))
}

/** What is done without enhancement: the limiter alone, which leaves anything below -1 dBFS as it is. */
export function protectPeaks(samples: Int16Array, sampleRate: number): Int16Array {
  return toSamples(
    limit(
      Float64Array.from(samples, (sample) => sample / fullScale),
      sampleRate,
    ),
  )
}

/** RMS over 400 ms blocks that are speech (gated as in ITU-R BS.1770, unweighted). Null when all is silence. */
export function gatedLoudnessDbfs(signal: Float64Array, sampleRate: number): number | null {
  const block = Math.max(1, Math.min(signal.length, Math.round((blockMs * sampleRate) / 1000)))
  const step = Math.max(1, Math.floor(block / 4))
  const powers: number[] = []
  for (let from = 0; from + block <= signal.length; from += step) {
    let sum = 0
    for (let i = from; i < from + block; i++) sum += signal[i]! ** 2
    powers.push(sum / block)
  }
  const mean = (list: readonly number[]) => list.reduce((sum, power) => sum + power, 0) / list.length
  const heard = powers.filter((power) => power > decibels(silenceDbfs) ** 2)
  if (heard.length === 0) return null
  const gate = mean(heard) * decibels(-pauseBelowMeanDb) ** 2
  return 10 * Math.log10(mean(heard.filter((power) => power > gate)))
}

/** Gain falls before a peak and recovers after it: the least gain needed within reach, then a moving average of it. */
function limit(signal: Float64Array, sampleRate: number): Float64Array {
  const ceiling = decibels(ceilingDbfs)
  const reach = Math.max(1, Math.round((limiterReachMs * sampleRate) / 1000))
  const needed = new Float64Array(signal.length).fill(1)
  let over = false
  for (let i = 0; i < signal.length; i++) {
    const gain = ceiling / Math.abs(signal[i]!)
    if (gain >= 1) continue
    over = true
    const to = Math.min(signal.length - 1, i + reach)
    for (let j = Math.max(0, i - reach); j <= to; j++) if (gain < needed[j]!) needed[j] = gain
  }
  if (!over) return signal
  const at = (i: number) => needed[Math.min(signal.length - 1, Math.max(0, i))]!
  let sum = 0
  for (let j = -reach; j <= reach; j++) sum += at(j)
  return signal.map((value, i) => {
    const gain = sum / (2 * reach + 1)
    sum += at(i + reach + 1) - at(i - reach)
    return value * gain
  })
}

/** Numerator and denominator of a second-order section, a0 = 1. */
type Biquad = readonly [b0: number, b1: number, b2: number, a1: number, a2: number]

function filter(signal: Float64Array, [b0, b1, b2, a1, a2]: Biquad): Float64Array {
  let z1 = 0
  let z2 = 0
  return signal.map((x) => {
    const y = b0 * x + z1
    z1 = b1 * x - a1 * y + z2
    z2 = b2 * x - a2 * y
    return y
  })
}

/** Butterworth. Formulas of both sections: Bristow-Johnson, Audio EQ Cookbook. */
function highPass(hz: number, sampleRate: number): Biquad {
  const w = (2 * Math.PI * hz) / sampleRate
  const alpha = Math.sin(w) / Math.SQRT2
  const a0 = 1 + alpha
  const b = (1 + Math.cos(w)) / 2 / a0
  return [b, -2 * b, b, (-2 * Math.cos(w)) / a0, (1 - alpha) / a0]
}

function highShelf(hz: number, gainDb: number, sampleRate: number): Biquad {
  const a = decibels(gainDb / 2)
  const w = (2 * Math.PI * hz) / sampleRate
  const cos = Math.cos(w)
  const slope = Math.sqrt(a) * Math.SQRT2 * Math.sin(w)
  const a0 = a + 1 - (a - 1) * cos + slope
  return [
    (a * (a + 1 + (a - 1) * cos + slope)) / a0,
    (-2 * a * (a - 1 + (a + 1) * cos)) / a0,
    (a * (a + 1 + (a - 1) * cos - slope)) / a0,
    (2 * (a - 1 - (a + 1) * cos)) / a0,
    (a + 1 - (a - 1) * cos - slope) / a0,
  ]
}

function toSamples(signal: Float64Array): Int16Array {
  return Int16Array.from(signal, (value) =>
    Math.max(-fullScale, Math.min(fullScale - 1, Math.round(value * fullScale))),
  )
}

/** Amplitude factor of a level difference. */
function decibels(level: number): number {
  return 10 ** (level / 20)
}
