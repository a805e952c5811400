import { type Curve, curveAt, curveSamples, smoothCurve } from './curve.ts'
import type { LipEdges } from './fields.ts'
import type { Look, Tone } from './gap-content.ts'
import { fromMouth, type MouthFrame } from './mouth-frame.ts'

/** The edges of the lips around what shows between them. */
export interface TeethEdges {
  readonly upper: Curve
  readonly lower: Curve
}

/** How far an edge may lie off the mesh's, in mouth widths: into the lip, and into the gap. */
const intoLip = 0.13
const intoGap = 0.07
const heights = 81
/** Lips and teeth whose means lie fewer standard deviations apart than this cannot be told by their colour. */
const leastContrast = 1.5

/** What tells a lip from the mouth's inside: an axis through luma and redness and, per column, where on it they part. */
interface Divider {
  readonly luma: number
  readonly red: number
  readonly middles: Float32Array
  readonly halves: Float32Array
  /** Below this luma it is the dark of the mouth, per column. */
  readonly darks: Float32Array
  readonly contrast: number
}

/**
 * Moves the mesh's inner lip edges, which are off by 3-8 % of the mouth's width in toothy smiles, to where the photo's own lips end. What
 * is lip and what is not is learnt from the photo itself: from the mesh's edges first, then twice from the edges found with that, so
 * that teeth which the mesh took for lip, or coloured light, do not mislead it. Where the two look alike the mesh's edge stays.
 */
export function snapToTeeth(
  frame: MouthFrame,
  look: Look,
  upper: Curve,
  lower: Curve,
  edges: LipEdges,
): TeethEdges | undefined {
  const mesh = { upper, lower }
  const even = betweenPixels(look)
  let found = mesh
  for (let round = 0; round < 3; round++) {
    const below = divide(frame, even, found, edges, 'lower')
    let above = divide(frame, even, found, edges, 'upper')
    // A mesh that lies a lip too low has its upper lip on the teeth: then the lower lip's colour stands for both.
    if (above.contrast < leastContrast && below.contrast > 2 * leastContrast) above = below
    if (Math.min(above.contrast, below.contrast) < leastContrast) return undefined
    found = {
      upper: cheapestPath(frame, even, mesh, edges, 'upper', above),
      lower: cheapestPath(frame, even, mesh, edges, 'lower', below),
    }
  }
  return found
}

/** Bilinear between pixels: the edges are wanted finer than a pixel. */
function betweenPixels(look: Look): Look {
  return (x, y) => {
    const i = Math.floor(x)
    const j = Math.floor(y)
    const fx = x - i
    const fy = y - j
    const [a, b, c, d] = [look(i, j), look(i + 1, j), look(i, j + 1), look(i + 1, j + 1)]
    const mix = (pick: keyof Tone): number =>
      (a[pick] * (1 - fx) + b[pick] * fx) * (1 - fy) + (c[pick] * (1 - fx) + d[pick] * fx) * fy
    return { luma: mix('luma'), red: mix('red') }
  }
}

interface Sample extends Tone {
  readonly column: number
}

/** Linear discriminant of one lip against the teeth, with means that follow the light along the mouth. */
function divide(frame: MouthFrame, look: Look, found: TeethEdges, edges: LipEdges, side: 'upper' | 'lower'): Divider {
  let lip: Sample[] = []
  let gap: Sample[] = []
  for (let column = 6; column < curveSamples - 6; column++) {
    const u = found.upper.from + column * found.upper.step
    const [top, bottom] = [curveAt(found.upper, u), curveAt(found.lower, u)]
    const own = curveAt(found[side], u)
    for (const k of [0.3, 0.45, 0.6, 0.75]) {
      const p = fromMouth(frame, u, own + (curveAt(edges[side], u) - own) * k)
      lip.push({ column, ...look(p.x, p.y) })
    }
    for (const k of [0.2, 0.35, 0.5, 0.65, 0.8]) {
      const p = fromMouth(frame, u, top + (bottom - top) * k)
      gap.push({ column, ...look(p.x, p.y) })
    }
  }
  const lipMean = meanOf(lip)
  // Which of the gap is teeth and which of the lip is lip: the parts that are most unlike the other.
  const toothness = (t: Tone): number =>
    (t.luma - lipMean.luma) / Math.max(20, lipMean.luma) - (t.red - lipMean.red) / Math.max(6, Math.abs(lipMean.red))
  const ranked = (samples: Sample[]): Sample[] => samples.sort((a, b) => toothness(a) - toothness(b))
  gap = ranked(gap).slice(Math.floor(gap.length * 0.4))
  lip = ranked(lip).slice(0, Math.ceil(lip.length * 0.75))
  const [lips, teeth] = [meanOf(lip), meanOf(gap)]
  // The scatter within both, never below what sensor and compression leave.
  let [ll, lr, rr] = [0, 0, 0]
  for (const [samples, mean] of [
    [lip, lips],
    [gap, teeth],
  ] as const) {
    for (const s of samples) {
      const [dl, dr] = [s.luma - mean.luma, s.red - mean.red]
      ll += (dl * dl) / samples.length / 2
      lr += (dl * dr) / samples.length / 2
      rr += (dr * dr) / samples.length / 2
    }
  }
  ll += 36
  rr += 9
  const det = ll * rr - lr * lr
  const [dl, dr] = [teeth.luma - lips.luma, teeth.red - lips.red]
  const luma = (rr * dl - lr * dr) / det
  const red = (ll * dr - lr * dl) / det
  const separation = luma * dl + red * dr
  const on = (t: Tone): number => luma * t.luma + red * t.red
  const middles = new Float32Array(curveSamples)
  const halves = new Float32Array(curveSamples)
  const darks = new Float32Array(curveSamples)
  for (let i = 0; i < curveSamples; i++) {
    const [here, there] = [meanOf(lip, i), meanOf(gap, i)]
    middles[i] = (on(here) + on(there)) / 2
    halves[i] = Math.max(0.25 * separation, (on(there) - on(here)) / 2)
    darks[i] = 0.55 * here.luma
  }
  return { luma, red, middles, halves, darks, contrast: Math.sqrt(Math.max(0, separation)) }
}

/** Mean of the samples, or with a column mostly of those around it (a quarter of the mouth), drawn towards the mean of all. */
function meanOf(samples: readonly Sample[], column?: number): Tone {
  let luma = 0
  let red = 0
  let weights = 0
  for (const s of samples) {
    const weight = column === undefined ? 1 : 0.1 + Math.exp(-(((s.column - column) / 12) ** 2))
    luma += weight * s.luma
    red += weight * s.red
    weights += weight
  }
  return { luma: luma / weights, red: red / weights }
}

/**
 * One lip's edge from corner to corner by dynamic programming. An edge costs what it leaves on the wrong side: lip on the mouth's side, teeth
 * or darkness on the lip's; and a little for leaving the mesh's line and for not running along it.
 */
function cheapestPath(
  frame: MouthFrame,
  look: Look,
  mesh: TeethEdges,
  edges: LipEdges,
  side: 'upper' | 'lower',
  divider: Divider,
): Curve {
  const width = frame.left + frame.right
  const { from, step } = mesh.upper
  const out = side === 'lower' ? 1 : -1
  const pitch = ((intoLip + intoGap) * width) / (heights - 1)
  const offset = (h: number): number => h * pitch - intoGap * width
  const cost = new Float32Array(curveSamples * heights)
  for (let i = 0; i < curveSamples; i++) {
    const u = from + i * step
    const start = mesh[side].values[i]!
    const gap = mesh.lower.values[i]! - mesh.upper.values[i]!
    const lip = Math.abs(curveAt(edges[side], u) - start)
    const toCorner = Math.min(i, curveSamples - 1 - i) / (curveSamples - 1)
    const narrow = Math.min(1, toCorner / 0.12)
    let sum = 0
    for (let h = 0; h < heights; h++) {
      const away = offset(h)
      const p = fromMouth(frame, u, start + out * away)
      const tone = look(p.x, p.y)
      const tooth = (divider.luma * tone.luma + divider.red * tone.red - divider.middles[i]!) / divider.halves[i]!
      const dark = (divider.darks[i]! - tone.luma) / Math.max(4, 0.25 * divider.darks[i]!)
      sum -= (Math.min(1, Math.max(-1, Math.max(tooth, dark))) * pitch) / width
      const over = Math.max(0, away - 0.85 * lip, -away - 0.35 * gap, Math.abs(away) - narrow * intoLip * width) / width
      cost[i * heights + h] = sum + (away < 0 ? 1.2 : 0.6) * (away / width) ** 2 + 20 * over
    }
  }
  const steepest = Math.max(1, Math.ceil((0.7 * step) / pitch))
  const came = new Int16Array(curveSamples * heights)
  for (let i = 1; i < curveSamples; i++) {
    for (let h = 0; h < heights; h++) {
      let best = Number.POSITIVE_INFINITY
      for (let k = Math.max(0, h - steepest); k <= Math.min(heights - 1, h + steepest); k++) {
        const value = cost[(i - 1) * heights + k]! + 0.1 * (((h - k) * pitch) / step) ** 2
        if (value < best) {
          best = value
          came[i * heights + h] = k
        }
      }
      cost[i * heights + h]! += best
    }
  }
  const values = new Float32Array(curveSamples)
  let h = 0
  for (let k = 1; k < heights; k++)
    if (cost[(curveSamples - 1) * heights + k]! < cost[(curveSamples - 1) * heights + h]!) h = k
  for (let i = curveSamples - 1; i >= 0; i--) {
    const corner = i === 0 || i === curveSamples - 1
    values[i] = mesh[side].values[i]! + (corner ? 0 : out * offset(h))
    h = came[i * heights + h]!
  }
  return smoothCurve({ from, step, values }, 1.6)
}
