/**
 * Moves the pitch of speech and leaves its length and formants (so the same person seems to speak higher or lower): pitch-synchronous
 * overlap-add. Windowed periods are cut at the voice's own pulses and laid down closer or wider; unvoiced sound is copied. Needed for
 * voices whose engine ignores every pitch setting (flite's rms).
 */
const hopMs = 5
const windowMs = 32
const lowestHz = 60
const highestHz = 320
/** Normalised autocorrelation above which a frame counts as voiced. */
const voicedAbove = 0.5
const unvoicedStepMs = 5

interface Pulse {
  readonly at: number
  /** Samples to the next pulse. */
  readonly period: number
  readonly voiced: boolean
}

/** @param semitones 0 returns the samples as they are */
export function shiftPitch(samples: Int16Array, sampleRate: number, semitones: number): Int16Array {
  if (semitones === 0 || samples.length === 0) return samples
  const ratio = 2 ** (semitones / 12)
  const pulses = findPulses(samples, sampleRate)
  const sum = new Float64Array(samples.length)
  const weight = new Float64Array(samples.length)
  let nearest = 0
  for (let at = pulses[0]?.at ?? samples.length; at < samples.length; ) {
    while (nearest + 1 < pulses.length && Math.abs(pulses[nearest + 1]!.at - at) <= Math.abs(pulses[nearest]!.at - at))
      nearest++
    const pulse = pulses[nearest]!
    layDown(samples, pulse, Math.round(at), sum, weight)
    at += pulse.voiced ? pulse.period / ratio : pulse.period
  }
  // Closer periods add up to more, wider ones leave gaps: the sum of windows evens the first out and spares the second.
  return Int16Array.from(sum, (value, i) =>
    Math.max(-32_768, Math.min(32_767, Math.round(value / Math.max(1, weight[i]!)))),
  )
}

/** Adds two periods around the pulse, under a Hann window, at another place. */
function layDown(samples: Int16Array, pulse: Pulse, to: number, sum: Float64Array, weight: Float64Array): void {
  for (let offset = -pulse.period; offset <= pulse.period; offset++) {
    const from = pulse.at + offset
    const target = to + offset
    if (from < 0 || from >= samples.length || target < 0 || target >= samples.length) continue
    const gain = 0.5 + 0.5 * Math.cos((Math.PI * offset) / pulse.period)
    sum[target]! += gain * samples[from]!
    weight[target]! += gain
  }
}

/** One pulse per period of the voice, at its strongest swing; evenly spaced ones where there is no voice. */
function findPulses(samples: Int16Array, sampleRate: number): readonly Pulse[] {
  const hop = Math.round((hopMs * sampleRate) / 1000)
  const step = Math.round((unvoicedStepMs * sampleRate) / 1000)
  const periods = Array.from({ length: Math.ceil(samples.length / hop) }, (_, frame) =>
    periodAt(samples, sampleRate, frame * hop),
  )
  const pulses: Pulse[] = []
  let wasVoiced = false
  for (let at = 0; at < samples.length; ) {
    const period = periods[Math.min(periods.length - 1, Math.floor(at / hop))]!
    const voiced = period > 0
    if (voiced) {
      // Inside a voiced stretch the next pulse is near; at its start anywhere within a period.
      const reach = wasVoiced ? Math.round(period * 0.15) : Math.round(period / 2)
      at = strongest(samples, at - reach, at + reach, pulses.at(-1)?.at ?? -1)
    }
    pulses.push({ at, period: voiced ? period : step, voiced })
    at += voiced ? period : step
    wasVoiced = voiced
  }
  return pulses
}

function strongest(samples: Int16Array, from: number, to: number, after: number): number {
  const first = Math.max(0, from, after + 1)
  let best = first
  for (let i = first; i <= Math.min(to, samples.length - 1); i++) if (samples[i]! > samples[best]!) best = i
  return best
}

/** The period of the voice in samples around `at`, or 0 where there is none. */
function periodAt(samples: Int16Array, sampleRate: number, at: number): number {
  const window = Math.round((windowMs * sampleRate) / 1000)
  const shortest = Math.floor(sampleRate / highestHz)
  const longest = Math.ceil(sampleRate / lowestHz)
  const from = at - Math.floor((window + longest) / 2)
  if (from < 0 || from + window + longest >= samples.length) return 0
  let energy = 1
  for (let i = from; i < from + window; i++) energy += samples[i]! ** 2
  let shiftedEnergy = 1
  for (let i = from + shortest; i < from + shortest + window; i++) shiftedEnergy += samples[i]! ** 2
  const scores: number[] = []
  for (let lag = shortest; lag <= longest; lag++) {
    let cross = 0
    // Every second sample is enough to tell the period, at half the work.
    for (let i = from; i < from + window; i += 2) cross += samples[i]! * samples[i + lag]!
    scores.push((2 * cross) / Math.sqrt(energy * shiftedEnergy))
    shiftedEnergy += samples[from + lag + window]! ** 2 - samples[from + lag]! ** 2
  }
  const best = Math.max(...scores)
  if (best < voicedAbove) return 0
  // The first peak nearly as high: a multiple of the period scores as well as the period.
  let peak = scores.findIndex((score) => score > 0.88 * best)
  while (peak + 1 < scores.length && scores[peak + 1]! > scores[peak]!) peak++
  return shortest + peak
}
