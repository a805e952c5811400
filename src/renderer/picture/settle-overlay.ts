import type { Face, RgbImage } from '../ports.ts'
import { compose, invert, mapPoint, type Similarity } from './lay-over-photo.ts'
import { pointAt } from './mouth-frame.ts'
import { sampleSoftly } from './sample-softly.ts'

export interface Settled {
  readonly toPicture: Similarity
  /** How alike eyes, brows and nose are when the one lies over the other: correlation of their brightness, -1..1. */
  readonly likeness: number
}

/** The part of the face that speech leaves alone, as a lattice: from temple to temple, from above the brows to the nose's tip. */
const columns = 72
const rows = 48
const rounds = 8

/**
 * Lays the other image more exactly than its mesh can (a mouth that opens pulls the mesh along by a pixel or two): Gauss-Newton on the
 * brightness of the upper face. The other image's brightness is first brought to the photo's mean and contrast, so colours may drift.
 */
export function settleOverlay(picture: RgbImage, face: Face, other: RgbImage, start: Similarity): Settled {
  const lattice = layLattice(face)
  const own = lattice.points.map((p) => brightness(picture, p.x, p.y, lattice.pitch))
  const gradients = slopes(own, lattice)
  const read = (toPicture: Similarity): number[] => {
    const back = invert(toPicture)
    const step = lattice.pitch * Math.hypot(back.a, back.b)
    return lattice.points.map((p) => {
      const q = mapPoint(back, p)
      return brightness(other, q.x, q.y, step)
    })
  }
  let toPicture = start
  let values = read(start)
  let likeness = correlation(own, values)
  for (let round = 0; round < rounds; round++) {
    const step = solveStep(own, levelled(values, own), gradients, lattice)
    if (step === null) break
    const next = compose(step, toPicture)
    const nextValues = read(next)
    const nextLikeness = correlation(own, nextValues)
    if (nextLikeness <= likeness) break
    toPicture = next
    values = nextValues
    likeness = nextLikeness
  }
  return { toPicture, likeness }
}

interface Lattice {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly middle: { readonly x: number; readonly y: number }
  /** Pixels of the picture from point to point, along and across. */
  readonly pitch: number
  readonly acrossStep: { readonly x: number; readonly y: number }
  readonly downStep: { readonly x: number; readonly y: number }
}

function layLattice(face: Face): Lattice {
  const [left, right, tip, brow] = [127, 356, 4, 9].map((index) => pointAt(face, index))
  const across = { x: 0.84 * (right!.x - left!.x), y: 0.84 * (right!.y - left!.y) }
  const start = { x: left!.x + (0.08 / 0.84) * across.x, y: left!.y + (0.08 / 0.84) * across.y }
  const wide = Math.hypot(across.x, across.y)
  const down = { x: -across.y / wide, y: across.x / wide }
  const depth = (p: { x: number; y: number }): number => (p.x - start.x) * down.x + (p.y - start.y) * down.y
  const [top, bottom] = [depth(brow!) - 0.12 * wide, depth(tip!)]
  const acrossStep = { x: across.x / (columns - 1), y: across.y / (columns - 1) }
  const downStep = { x: (down.x * (bottom - top)) / (rows - 1), y: (down.y * (bottom - top)) / (rows - 1) }
  const points = Array.from({ length: columns * rows }, (_, n) => {
    const [i, j] = [n % columns, Math.floor(n / columns)]
    return {
      x: start.x + down.x * top + i * acrossStep.x + j * downStep.x,
      y: start.y + down.y * top + i * acrossStep.y + j * downStep.y,
    }
  })
  const middle = points[Math.floor(rows / 2) * columns + columns / 2]!
  return { points, middle, pitch: wide / (columns - 1), acrossStep, downStep }
}

/** Green alone, 72 % of what is seen as brightness. */
function brightness(image: RgbImage, x: number, y: number, step: number): number {
  return sampleSoftly(image, x, y, 1, step)
}

/** Change of brightness per pixel of the picture, along x and along y. */
function slopes(values: readonly number[], { acrossStep, downStep }: Lattice): { x: number; y: number }[] {
  const acrossLength = Math.hypot(acrossStep.x, acrossStep.y)
  const downLength = Math.max(1e-6, Math.hypot(downStep.x, downStep.y))
  return values.map((_, n) => {
    const [i, j] = [n % columns, Math.floor(n / columns)]
    const at = (column: number, row: number): number => values[row * columns + column]!
    const along =
      (at(Math.min(columns - 1, i + 1), j) - at(Math.max(0, i - 1), j)) /
      ((Math.min(columns - 1, i + 1) - Math.max(0, i - 1)) * acrossLength)
    const down =
      (at(i, Math.min(rows - 1, j + 1)) - at(i, Math.max(0, j - 1))) /
      ((Math.min(rows - 1, j + 1) - Math.max(0, j - 1)) * downLength)
    return {
      x: (along * acrossStep.x) / acrossLength + (down * downStep.x) / downLength,
      y: (along * acrossStep.y) / acrossLength + (down * downStep.y) / downLength,
    }
  })
}

/** The small similarity that carries the other image's brightness nearer to the photo's; null where nothing tells it. */
function solveStep(
  own: readonly number[],
  other: readonly number[],
  gradients: readonly { readonly x: number; readonly y: number }[],
  { points, middle }: Lattice,
): Similarity | null {
  const normal = Array.from({ length: 4 }, () => [0, 0, 0, 0, 0])
  for (let n = 0; n < own.length; n++) {
    const g = gradients[n]!
    const [x, y] = [points[n]!.x - middle.x, points[n]!.y - middle.y]
    const row = [g.x, g.y, g.x * x + g.y * y, g.y * x - g.x * y]
    const difference = other[n]! - own[n]!
    // Large differences are hair, glints or a frown, not a shift.
    const weight = 1 / (1 + (difference / 12) ** 2)
    for (let i = 0; i < 4; i++) {
      for (let k = 0; k < 4; k++) normal[i]![k]! += weight * row[i]! * row[k]!
      normal[i]![4]! += weight * row[i]! * difference
    }
  }
  const solved = solve(normal)
  if (solved === null) return null
  const [tx, ty, scale, turn] = solved as [number, number, number, number]
  const a = 1 + scale
  return {
    a,
    b: turn,
    c: tx + middle.x - a * middle.x + turn * middle.y,
    d: ty + middle.y - turn * middle.x - a * middle.y,
  }
}

/** Gauss elimination of 4 equations; null when they are not independent. */
function solve(rowsOf: number[][]): number[] | null {
  for (let i = 0; i < 4; i++) {
    let pivot = i
    for (let k = i + 1; k < 4; k++) if (Math.abs(rowsOf[k]![i]!) > Math.abs(rowsOf[pivot]![i]!)) pivot = k
    ;[rowsOf[i], rowsOf[pivot]] = [rowsOf[pivot]!, rowsOf[i]!]
    const lead = rowsOf[i]!
    if (Math.abs(lead[i]!) < 1e-9) return null
    for (let k = 0; k < 4; k++) {
      if (k === i) continue
      const share = rowsOf[k]![i]! / lead[i]!
      for (let c = i; c < 5; c++) rowsOf[k]![c]! -= share * lead[c]!
    }
  }
  return rowsOf.map((row, i) => row[4]! / row[i]!)
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) }
}

function levelled(values: readonly number[], like: readonly number[]): number[] {
  const [from, to] = [moments(values), moments(like)]
  const gain = to.deviation / Math.max(1, from.deviation)
  return values.map((value) => (value - from.mean) * gain + to.mean)
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [moments(a), moments(b)]
  const scale = first.deviation * second.deviation * a.length
  return scale < 1e-6 ? 0 : a.reduce((sum, value, n) => sum + (value - first.mean) * (b[n]! - second.mean), 0) / scale
}
