import type { Sound } from './audio.ts'
import { createFft } from './fft.ts'

/**
 * What speech recognisers listen to: the shape of the spectrum every 10 ms, on the ear's scale, without pitch. 13 mel
 * cepstra (the first is loudness) and how fast each changes, normalised over what is spoken, which takes most of the
 * microphone, the room and the level away. What is left of the speaker is the length of the throat: it shifts all
 * resonances by one factor, so the bands can be stretched by it.
 */
export const frameMs = 10
const windowMs = 25
const bandCount = 26
const cepstrumCount = 13
export const featureCount = 2 * cepstrumCount
const lowestHz = 80
/** Of a band's loud passages (95th percentile): what is below counts as silent, which hides a quiet room. */
const leastNoise = 10 ** -3.5
const loudShare = 0.95
/** The quiet frames of a band show its noise; its mean is about twice as much. */
const quietShare = 0.1
const aboveQuiet = 2
const silence = 1e-3
/** Frames that far below the loud ones are no part of the statistics. */
const speechBelowLoudDb = 30
const preEmphasis = 0.97
/** Frames to each side over which change is measured. */
const changeReach = 2
/** High cepstra tell speakers apart, low ones sounds: their weight is halved at this one. */
const halfWeightAt = 3

/** Power spectra, one row a frame; frame i is centred at (i + 0.5) x 10 ms. */
export interface Spectra {
  readonly count: number
  readonly binCount: number
  readonly binHz: number
  readonly power: Float32Array
  /** Level of each frame, dB against the loud ones (95th percentile). */
  readonly levelDb: Float32Array
}

/** Rows of `featureCount` values, one a frame. Distances between rows need no more weighting. */
export interface Features {
  readonly count: number
  readonly values: Float32Array
}

export function measureSpectra({ samples, sampleRate }: Sound): Spectra {
  const step = (sampleRate * frameMs) / 1000
  const length = Math.round((sampleRate * windowMs) / 1000)
  const fft = createFft(2 ** Math.ceil(Math.log2(length)))
  const binCount = fft.size / 2 + 1
  const count = Math.max(1, Math.floor(samples.length / step))
  const taper = Float64Array.from({ length }, (_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (length - 1)))
  const power = new Float32Array(count * binCount)
  const level = new Float64Array(count)
  const real = new Float64Array(fft.size)
  const imaginary = new Float64Array(fft.size)
  for (let frame = 0; frame < count; frame++) {
    const from = Math.round((frame + 0.5) * step - length / 2)
    real.fill(0)
    imaginary.fill(0)
    let before = samples[from - 1] ?? 0
    for (let i = 0; i < length; i++) {
      const sample = samples[from + i] ?? 0
      level[frame]! += sample * sample
      real[i] = (sample - preEmphasis * before) * taper[i]!
      before = sample
    }
    fft.transform(real, imaginary)
    for (let bin = 0; bin < binCount; bin++) power[frame * binCount + bin] = real[bin]! ** 2 + imaginary[bin]! ** 2
  }
  const loud = percentile(level, 0.95) + 1e-9
  const levelDb = Float32Array.from(level, (value) => 10 * Math.log10(value / loud + 1e-9))
  return { count, binCount, binHz: sampleRate / fft.size, power, levelDb }
}

export interface Listening {
  /** Upper edge of the highest band, before stretching. */
  readonly highestHz: number
  /** Factor on all band frequencies: above 1 for a speaker with a shorter throat than the other's. */
  readonly stretch: number
  /** Noise of the other sound, which hides in this one what it hides there. Absent: this sound's own is in it already. */
  readonly noise?: Float32Array
}

export function toFeatures(spectra: Spectra, { highestHz, stretch, noise }: Listening): Features {
  const { count, levelDb } = spectra
  const bands = toBands(spectra, highestHz, stretch)
  const own = noise ? null : noiseOf(bands, count)
  for (let band = 0; band < bandCount; band++) {
    raiseFloor(bands, band, count, own ? Math.max(0, leastNoise - own[band]!) : Math.max(leastNoise, noise![band]!))
  }
  const values = toCepstra(bands, count)
  const spoken = levelDb.map((level) => (level > -speechBelowLoudDb ? 1 : 0))
  for (let column = 0; column < cepstrumCount; column++) normalise(values, column, spoken)
  addChange(values, count)
  for (let column = cepstrumCount; column < featureCount; column++) normalise(values, column, spoken)
  weigh(values)
  return { count, values }
}

/** The noise in each band, as a share of the band's loud passages. */
export function measureNoise(spectra: Spectra, highestHz: number): Float32Array {
  return noiseOf(toBands(spectra, highestHz, 1), spectra.count)
}

/** The same sound played backwards: as much speech, but of no words. */
export function backwards({ count, values }: Features): Features {
  const turned = new Float32Array(values.length)
  for (let frame = 0; frame < count; frame++) {
    for (let column = 0; column < featureCount; column++) {
      const value = values[frame * featureCount + column]!
      turned[(count - 1 - frame) * featureCount + column] = column < cepstrumCount ? value : -value
    }
  }
  return { count, values: turned }
}

/** Means of `factor` rows each, for a first, coarse look. */
export function coarsen({ count, values }: Features, factor: number): Features {
  const fewer = Math.ceil(count / factor)
  const means = new Float32Array(fewer * featureCount)
  for (let row = 0; row < fewer; row++) {
    const to = Math.min(count, (row + 1) * factor)
    for (let from = row * factor; from < to; from++) {
      for (let column = 0; column < featureCount; column++) {
        means[row * featureCount + column]! += values[from * featureCount + column]! / (to - row * factor)
      }
    }
  }
  return { count: fewer, values: means }
}

/** Triangles of equal width on the mel scale (O'Shaughnessy). */
function toBands({ count, binCount, binHz, power }: Spectra, highestHz: number, stretch: number): Float32Array {
  const toMel = (hz: number) => 2595 * Math.log10(1 + hz / 700)
  const toHz = (mel: number) => 700 * (10 ** (mel / 2595) - 1)
  const width = (toMel(highestHz) - toMel(lowestHz)) / (bandCount + 1)
  const edge = (band: number) => Math.min(binCount - 1, (toHz(toMel(lowestHz) + band * width) * stretch) / binHz)
  const bands = new Float32Array(count * bandCount)
  for (let band = 0; band < bandCount; band++) {
    const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)]
    for (let bin = Math.ceil(left); bin < right; bin++) {
      const gain = bin < centre ? (bin - left) / (centre - left) : (right - bin) / (right - centre)
      for (let frame = 0; frame < count; frame++) {
        bands[frame * bandCount + band]! += gain * power[frame * binCount + bin]!
      }
    }
  }
  return bands
}

function noiseOf(bands: Float32Array, count: number): Float32Array {
  return Float32Array.from({ length: bandCount }, (_, band) => {
    const column = columnOf(bands, band, count).sort()
    const quiet = column[Math.floor(quietShare * (count - 1))]!
    return (aboveQuiet * quiet) / (column[Math.floor(loudShare * (count - 1))]! + silence)
  })
}

function columnOf(bands: Float32Array, band: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, frame) => bands[frame * bandCount + band]!)
}

/** In place: the band gets a floor, given as a share of its loud passages, and becomes a logarithm. */
function raiseFloor(bands: Float32Array, band: number, count: number, share: number): void {
  const floor = share * percentile(columnOf(bands, band, count), loudShare) + silence
  for (let at = band; at < bands.length; at += bandCount) bands[at] = Math.log(bands[at]! + floor)
}

function toCepstra(bands: Float32Array, count: number): Float32Array {
  const cosines = Float32Array.from({ length: cepstrumCount * bandCount }, (_, i) =>
    Math.cos((Math.PI * Math.floor(i / bandCount) * ((i % bandCount) + 0.5)) / bandCount),
  )
  const values = new Float32Array(count * featureCount)
  for (let frame = 0; frame < count; frame++) {
    for (let c = 0; c < cepstrumCount; c++) {
      let sum = 0
      for (let band = 0; band < bandCount; band++) {
        sum += bands[frame * bandCount + band]! * cosines[c * bandCount + band]!
      }
      values[frame * featureCount + c] = sum
    }
  }
  return values
}

/** In place: mean 0 and variance 1 over the spoken frames. */
function normalise(values: Float32Array, column: number, spoken: Float32Array): void {
  let count = 0
  let sum = 0
  let squares = 0
  for (let frame = 0; frame < spoken.length; frame++) {
    if (spoken[frame] === 0) continue
    const value = values[frame * featureCount + column]!
    count += 1
    sum += value
    squares += value * value
  }
  const mean = sum / Math.max(1, count)
  const deviation = Math.sqrt(Math.max(1e-6, squares / Math.max(1, count) - mean * mean))
  for (let at = column; at < values.length; at += featureCount) values[at] = (values[at]! - mean) / deviation
}

/** In place: the second half of each row is the slope of the first over five frames. */
function addChange(values: Float32Array, count: number): void {
  for (let frame = 0; frame < count; frame++) {
    for (let c = 0; c < cepstrumCount; c++) {
      let sum = 0
      for (let k = 1; k <= changeReach; k++) {
        const after = values[Math.min(count - 1, frame + k) * featureCount + c]!
        sum += k * (after - values[Math.max(0, frame - k) * featureCount + c]!)
      }
      values[frame * featureCount + cepstrumCount + c] = sum
    }
  }
}

function weigh(values: Float32Array): void {
  const weights = Array.from({ length: featureCount }, (_, k) => 1 / (1 + ((k % cepstrumCount) / halfWeightAt) ** 2))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const scales = weights.map((weight) => Math.sqrt(weight / sum))
  for (let at = 0; at < values.length; at++) values[at]! *= scales[at % featureCount]!
}

export function percentile(values: Float32Array | Float64Array, share: number): number {
  return values.toSorted()[Math.floor(share * (values.length - 1))] ?? 0
}
