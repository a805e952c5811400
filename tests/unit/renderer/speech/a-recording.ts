/** Recordings made of spoken tracks whose sounds' times are known, as microphones and people would change them. */
import type { PhoneTiming, SpokenTrack, WordTiming } from '../../../../src/renderer/ports.ts'
import { joinSamples } from '../../../../src/renderer/speech/audio.ts'

/** Numbers from 0 to 1, the same every time. */
export function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Noise like a room's (falling with frequency) that many decibels below the mean power of what is said. */
export function withNoise(track: SpokenTrack, belowSpeechDb: number, seed = 7): SpokenTrack {
  const { samples, sampleRate, phones } = track
  const chance = chances(seed)
  let slow = 0
  const noise = Float64Array.from(samples, () => {
    const next = chance() + chance() + chance() - 1.5
    slow = 0.9 * slow + next
    return slow + next
  })
  let speech = 0
  let spoken = 0
  for (const { phone, startMs, endMs } of phones) {
    if (phone === 'pau') continue
    for (const sample of samples.subarray((startMs * sampleRate) / 1000, (endMs * sampleRate) / 1000)) {
      speech += sample ** 2
      spoken += 1
    }
  }
  const power = noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length
  const gain = Math.sqrt(speech / spoken / 10 ** (belowSpeechDb / 10) / power)
  return scaled({ ...track, samples: samples.map((sample, i) => clip(0.7 * (sample + gain * noise[i]!))) }, 1)
}

export function scaled(track: SpokenTrack, gain: number): SpokenTrack {
  return { ...track, samples: track.samples.map((sample) => clip(sample * gain)) }
}

function clip(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)))
}

/** Silences pushed in at the given times, [at, length] in ms. */
export function withPauses(track: SpokenTrack, pauses: readonly (readonly [number, number])[]): SpokenTrack {
  const { samples, sampleRate } = track
  const sorted = pauses.toSorted(([a], [b]) => a - b)
  const at = (ms: number) => Math.round((ms * sampleRate) / 1000)
  const parts: Int16Array[] = []
  let from = 0
  for (const [ms, length] of sorted) {
    parts.push(samples.subarray(from, at(ms)), new Int16Array(at(length)))
    from = at(ms)
  }
  parts.push(samples.subarray(from))
  const before = (isBefore: (ms: number) => boolean) =>
    sorted.reduce((sum, [ms, length]) => (isBefore(ms) ? sum + length : sum), 0)
  const moved = <T extends PhoneTiming | WordTiming>(timing: T): T => ({
    ...timing,
    startMs: timing.startMs + before((ms) => ms <= timing.startMs + 0.01),
    endMs: timing.endMs + before((ms) => ms < timing.endMs - 0.01),
  })
  return { sampleRate, samples: joinSamples(parts), phones: track.phones.map(moved), words: track.words.map(moved) }
}

/** The words [from, to) alone. */
export function onlyWords({ samples, sampleRate, words }: SpokenTrack, from: number, to: number) {
  const at = (ms: number) => Math.max(0, Math.round((ms * sampleRate) / 1000))
  return { sampleRate, samples: samples.slice(at(words[from]!.startMs - 100), at(words[to - 1]!.endMs + 100)) }
}

/** At another sample rate, by weighted means. */
export function resampled(track: SpokenTrack, sampleRate: number): SpokenTrack {
  const ratio = track.sampleRate / sampleRate
  const reach = Math.max(1, ratio)
  const samples = Int16Array.from({ length: Math.floor(track.samples.length / ratio) }, (_, i) => {
    let sum = 0
    let weight = 0
    for (let at = Math.ceil(i * ratio - reach); at <= i * ratio + reach; at++) {
      const part = 1 - Math.abs(at - i * ratio) / reach
      sum += part * (track.samples[at] ?? 0)
      weight += part
    }
    return Math.round(sum / weight)
  })
  return { ...track, sampleRate, samples }
}

/** Share of the P, B and M whose middle is found within 40 ms. */
export function closuresHit(truth: SpokenTrack, found: SpokenTrack): number {
  const closures = (track: SpokenTrack) => track.phones.filter(({ phone }) => ['p', 'b', 'm'].includes(phone))
  const theirs = closures(found)
  const hits = closures(truth).filter(({ startMs, endMs }, index) => {
    const other = theirs[index]
    return other && Math.abs(startMs + endMs - other.startMs - other.endMs) / 2 <= 40
  })
  return hits.length / closures(truth).length
}
