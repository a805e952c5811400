import { type Features, featureCount } from './mfcc.ts'

/**
 * Dynamic time warping: the cheapest way to walk through two sounds together, each step advancing one of them or both.
 * A step on both counts twice, so that a detour gains nothing; a step on one alone costs a little extra, which keeps
 * the walk from wandering where nothing tells the frames apart.
 */
export interface Band {
  /** For each reference frame the recording's frames [from, to) that are looked at; both never fall. */
  readonly from: Int32Array
  readonly to: Int32Array
}

export interface Silences {
  /** 1 where the reference may pause: in its own pauses and at the ends of words. */
  readonly reference: Uint8Array
  /** 1 where the recording is silent. */
  readonly recording: Uint8Array
}

export interface Walk {
  /** First and last recording frame of each reference frame; both never fall. */
  readonly first: Int32Array
  readonly last: Int32Array
  /** Mean distance of the frames walked through, pauses left out; 0 is the same sound, about 1 another. */
  readonly cost: number
}

const stepAside = 0.1
/** What a silent frame costs where the reference may pause. */
const pauseCost = 0.25

const both = 0
const reference = 1
const recording = 2

/** Looks at every pair of frames: for coarse features, or short sounds. */
export function wholeBand(a: Features, b: Features): Band {
  return { from: new Int32Array(a.count), to: new Int32Array(a.count).fill(b.count) }
}

/** The neighbourhood of a walk through coarser features, widened by `reach` fine frames to each side. */
export function bandAround(walk: Walk, factor: number, reach: number, a: Features, b: Features): Band {
  const from = new Int32Array(a.count)
  const to = new Int32Array(a.count)
  const ahead = Math.ceil(reach / factor)
  for (let i = 0; i < a.count; i++) {
    const row = Math.min(walk.first.length - 1, Math.floor(i / factor))
    from[i] = Math.max(0, walk.first[Math.max(0, row - ahead)]! * factor - factor)
    to[i] = Math.min(b.count, (walk.last[Math.min(walk.last.length - 1, row + ahead)]! + 2) * factor)
  }
  from[0] = 0
  to[a.count - 1] = b.count
  return { from, to }
}

/** @param a the reference's frames, @param b the recording's */
export function walkTogether(a: Features, b: Features, band: Band, silences: Silences): Walk {
  const offsets = new Int32Array(a.count + 1)
  for (let i = 0; i < a.count; i++) offsets[i + 1] = offsets[i]! + band.to[i]! - band.from[i]!
  const steps = new Uint8Array(offsets[a.count]!)
  let above = new Float32Array(b.count + 1).fill(Number.POSITIVE_INFINITY)
  let row = new Float32Array(b.count + 1).fill(Number.POSITIVE_INFINITY)
  for (let i = 0; i < a.count; i++) {
    const from = band.from[i]!
    const to = band.to[i]!
    row.fill(Number.POSITIVE_INFINITY, band.from[Math.max(0, i - 2)]!, to + 1)
    // Places are shifted by one, so that the one before the first exists.
    for (let j = from; j < to; j++) {
      const d = distance(a, i, b, j, silences)
      let best = i === 0 && j === 0 ? d : above[j]! + 2 * d
      let step = both
      if (above[j + 1]! + d + stepAside < best) {
        best = above[j + 1]! + d + stepAside
        step = reference
      }
      if (row[j]! + d + stepAside < best) {
        best = row[j]! + d + stepAside
        step = recording
      }
      row[j + 1] = best
      steps[offsets[i]! + j - from] = step
    }
    const spare = above
    above = row
    row = spare
  }
  return traceBack(a, b, band, offsets, steps, silences)
}

function traceBack(
  a: Features,
  b: Features,
  band: Band,
  offsets: Int32Array,
  steps: Uint8Array,
  silences: Silences,
): Walk {
  const first = new Int32Array(a.count)
  const last = new Int32Array(a.count).fill(-1)
  let cost = 0
  let weight = 0
  let i = a.count - 1
  let j = b.count - 1
  for (;;) {
    first[i] = j
    if (last[i] === -1) last[i] = j
    const step = i === 0 ? recording : j === 0 ? reference : steps[offsets[i]! + j - band.from[i]!]!
    if (silences.recording[j] === 0 || silences.reference[i] === 0) {
      const share = step === both ? 2 : 1
      cost += share * distance(a, i, b, j, silences)
      weight += share
    }
    if (i === 0 && j === 0) break
    if (step !== recording) i--
    if (step !== reference) j--
  }
  return { first, last, cost: weight === 0 ? Number.POSITIVE_INFINITY : cost / weight }
}

function distance(a: Features, i: number, b: Features, j: number, silences: Silences): number {
  let sum = 0
  const atA = i * featureCount
  const atB = j * featureCount
  for (let k = 0; k < featureCount; k++) {
    const difference = a.values[atA + k]! - b.values[atB + k]!
    sum += difference * difference
  }
  const d = Math.sqrt(sum)
  return silences.reference[i] === 1 && silences.recording[j] === 1 ? Math.min(d, pauseCost) : d
}
