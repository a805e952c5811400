import type { LipTrack, PhoneTiming, SpokenTrack } from '../ports.ts'
import { glideOf, isSilence, type Viseme, visemeOf } from './visemes.ts'

/**
 * From timed sounds to mouth movement. Each sound is a target with a weight; weighted Gaussian smoothing of the targets
 * is the co-articulation (a strong /uw/ rounds the lips during the /t/ before it). Loudness then scales the opening, and
 * last the seals are multiplied in, so lips that must meet do meet however open their neighbours are.
 */
const rateHz = 200
/** The mouth is ahead of its sound; 20 ms put measured lips 43 ms before measured loudness, as people's are. */
const leadMs = 20
const apertureSigmaMs = 32
const shapeSigmaMs = 50
const sealRampMs = 45
const loudnessFloor = 0.72
const loudnessSpan = 0.38
const loudnessSigmaMs = 25
/** Part of a diphthong that belongs to its first vowel. */
const glideAt = 0.55
/** What a lip-and-teeth seal leaves of the opening: the teeth stay visible. */
const tuckLeaves = 0.3
/** The loudest sound's opening is not above this (mouth units). */
const widest = 0.34
/** Two nods nearer than this read as trembling. */
const stressGapMs = 380

export function planLips(track: SpokenTrack): LipTrack {
  const durationMs = (track.samples.length / track.sampleRate) * 1000
  const length = Math.max(1, Math.ceil((durationMs / 1000) * rateHz) + 1)
  const targets = paintTargets(track.phones, length)
  const jaw = targets.map(({ jawWeight }) => jawWeight)
  const shape = targets.map(({ shapeWeight }) => shapeWeight)
  const apertureKernel = gaussian(apertureSigmaMs)
  const shapeKernel = gaussian(shapeSigmaMs)
  const smooth = (value: (viseme: Viseme) => number, weights: readonly number[], kernel: Float64Array) =>
    weightedSmooth(Float64Array.from(targets, value), weights, kernel)

  const aperture = smooth((viseme) => viseme.aperture, jaw, apertureKernel)
  const upperRaise = smooth((viseme) => viseme.upperRaise, jaw, apertureKernel)
  const press = seal(track.phones, 'lips', length)
  const tuck = seal(track.phones, 'teeth', length)
  const loudness = measureLoudness(track, length)
  for (let i = 0; i < length; i++) {
    const open = aperture[i]! * (loudnessFloor + loudnessSpan * loudness[i]!)
    aperture[i] = Math.min(widest, open) * (1 - press[i]!) * (1 - (1 - tuckLeaves) * tuck[i]!)
    upperRaise[i] = upperRaise[i]! * (1 - press[i]!)
  }
  return {
    rateHz,
    length,
    aperture,
    width: smooth((viseme) => viseme.width, shape, shapeKernel),
    rounding: smooth((viseme) => viseme.rounding, shape, shapeKernel),
    upperRaise,
    press,
    tuck,
    tongue: smooth((viseme) => viseme.tongue, jaw, apertureKernel),
    stressesMs: pickStresses(track.phones, loudness),
  }
}

/** The target of every sample. Sample i shows the mouth at i / rateHz, which is the sound `leadMs` later. */
function paintTargets(phones: readonly PhoneTiming[], length: number): readonly Viseme[] {
  const targets: Viseme[] = []
  let at = 0
  for (let i = 0; i < length; i++) {
    const timeMs = (i * 1000) / rateHz + leadMs
    while (at < phones.length - 1 && timeMs >= phones[at]!.endMs) at++
    const phone = phones[at]
    if (!phone) {
      targets.push(visemeOf('pau'))
      continue
    }
    const glide = glideOf(phone.phone)
    const inGlide = glide && timeMs > phone.startMs + glideAt * (phone.endMs - phone.startMs)
    targets.push(inGlide ? soften(visemeOf(phone.phone), glide) : visemeOf(phone.phone))
  }
  return targets
}

/** A glide only leans towards its second vowel: the jaw goes half the way, the lips most of it. */
function soften(first: Viseme, second: Viseme): Viseme {
  const mix = (a: number, b: number, part: number) => a + (b - a) * part
  return {
    ...first,
    aperture: mix(first.aperture, second.aperture, 0.5),
    width: mix(first.width, second.width, 0.7),
    rounding: mix(first.rounding, second.rounding, 0.7),
    tongue: mix(first.tongue, second.tongue, 0.6),
  }
}

/** Flite's /p/ includes its breath, during which the lips are already leaving each other. */
const heldPart: Readonly<Record<string, number>> = { p: 0.75 }

/** 1 while the seal holds, with smooth ramps before and after. */
function seal(phones: readonly PhoneTiming[], kind: 'lips' | 'teeth', length: number): Float32Array {
  const result = new Float32Array(length)
  for (const { phone, startMs, endMs: soundEndMs } of phones) {
    if (visemeOf(phone).seal !== kind) continue
    const endMs = startMs + (heldPart[phone] ?? 1) * (soundEndMs - startMs)
    const from = Math.max(0, Math.floor(((startMs - leadMs - sealRampMs) * rateHz) / 1000))
    const to = Math.min(length - 1, Math.ceil(((endMs - leadMs + sealRampMs) * rateHz) / 1000))
    for (let i = from; i <= to; i++) {
      const timeMs = (i * 1000) / rateHz + leadMs
      const outside = Math.max(startMs - timeMs, timeMs - endMs, 0)
      const part = Math.max(0, 1 - outside / sealRampMs)
      result[i] = Math.max(result[i]!, part * part * (3 - 2 * part))
    }
  }
  return result
}

/** Loudness as the mouth shows it: smoothed amplitude against the clip's own loud passages (95th percentile), 0..1. */
function measureLoudness({ samples, sampleRate }: SpokenTrack, length: number): Float32Array {
  const energy = new Float64Array(length)
  const step = sampleRate / rateHz
  const shift = (leadMs * rateHz) / 1000
  for (let i = 0; i < length; i++) {
    const from = Math.round((i + shift - 0.5) * step)
    const to = Math.min(samples.length, Math.round((i + shift + 0.5) * step))
    let sum = 0
    for (let at = Math.max(0, from); at < to; at++) sum += samples[at]! ** 2
    energy[i] = sum / step
  }
  const ones = new Array<number>(length).fill(1)
  const amplitude = weightedSmooth(energy, ones, gaussian(loudnessSigmaMs)).map(Math.sqrt)
  const sorted = amplitude.toSorted()
  const loud = sorted[Math.floor(0.95 * (length - 1))]!
  return loud === 0 ? amplitude : amplitude.map((value) => Math.min(1, value / loud))
}

/** The loudest stressed syllables, none nearer than `stressGapMs` to another. */
function pickStresses(phones: readonly PhoneTiming[], loudness: Float32Array): readonly number[] {
  const ranked = phones
    .filter(({ phone, stressed }) => stressed && !isSilence(phone))
    .map(({ startMs, endMs }) => {
      const middleMs = (startMs + endMs) / 2
      const at = Math.min(loudness.length - 1, Math.round((middleMs * rateHz) / 1000))
      return { middleMs, loudness: loudness[at]! }
    })
    .sort((a, b) => b.loudness - a.loudness)
  const picked: number[] = []
  for (const { middleMs } of ranked) {
    if (picked.every((other) => Math.abs(other - middleMs) >= stressGapMs)) picked.push(middleMs)
  }
  return picked.sort((a, b) => a - b)
}

function gaussian(sigmaMs: number): Float64Array {
  const sigma = (sigmaMs * rateHz) / 1000
  const radius = Math.ceil(3 * sigma)
  return Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)))
}

/** Convolution of value x weight over convolution of weight; the edges see only what exists. */
function weightedSmooth(values: Float64Array, weights: readonly number[], kernel: Float64Array): Float32Array {
  const radius = (kernel.length - 1) / 2
  const length = values.length
  const result = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    let sum = 0
    let weight = 0
    const to = Math.min(length - 1, i + radius)
    for (let j = Math.max(0, i - radius); j <= to; j++) {
      const w = kernel[j - i + radius]! * weights[j]!
      sum += w * values[j]!
      weight += w
    }
    result[i] = sum / weight
  }
  return result
}
