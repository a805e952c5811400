import { type Curve, curveAt, curveSamples, curveThrough, smoothCurve } from './curve.ts'
import type { LipEdges } from './fields.ts'
import { inspectGap, type Look } from './gap-content.ts'
import { fromMouth, type MouthFrame } from './mouth-frame.ts'
import { snapToTeeth } from './teeth-edges.ts'

/**
 * Where the lips part in the photo, as curves v(u) between the corners: the lower edge of the upper lip and the upper edge of the
 * lower lip. In a closed mouth both are the same line.
 */
export interface Seam {
  readonly closed: boolean
  readonly upper: Curve
  readonly lower: Curve
  /** Greatest gap between the two, in units S. */
  readonly gap: number
  /** Teeth show in the gap. */
  readonly teeth: boolean
  /** How far into the lips the two curves were laid, pixels, so that shut lips bring no teeth along. */
  readonly rim: number
}

/** A gap below this share of the mouth's width is a closed mouth that the mesh drew ajar ... */
const closedShare = 0.055
/** ... and so is one below this in which neither teeth nor much darkness show (closed mouths reached .071, with teeth .091 and more). */
const doubtfulShare = 0.09
/** From this share of pale pixels in the gap on it is teeth that one sees: .30-.87 where they show, at most .08 elsewhere. */
const teethShare = 0.2
/** How far the mesh's lip line may be off: 3-8 % of the mouth's width on the photos measured. */
const searchShare = 0.085

/** A layer is whole this far beyond the seam's line, pixels ... */
export const wholeBeyond = 0.8
/** ... and ends this far beyond it. */
export function endsBeyond(unit: number): number {
  return Math.max(1.8, 0.8 + 0.011 * unit)
}

/** What a layer carries beyond its edge, half of its soft end, and half a pixel in which the photo itself mixes lip and teeth. */
function rimOf(unit: number): number {
  return (wholeBeyond + endsBeyond(unit)) / 2 + 0.5
}

/** The curve moved by `distance`, less and less in the outer tenths; the corners stay. */
function moveOut(curve: Curve, distance: number): Curve {
  const last = curve.values.length - 1
  const values = curve.values.map((v, i) => v + distance * Math.min(1, (10 * Math.min(i, last - i)) / last))
  return { ...curve, values }
}

export function findSeam(frame: MouthFrame, look: Look, edges: LipEdges): Seam {
  const { left, right } = frame
  const corners = [
    { x: -left, y: frame.leftV },
    { x: right, y: frame.rightV },
  ] as const
  const inside = (points: typeof frame.innerUpper): typeof points => [corners[0], ...points.slice(1, -1), corners[1]]
  const upper = smoothCurve(curveThrough(inside(frame.innerUpper), -left, right), 1.5)
  const lower = smoothCurve(curveThrough(inside(frame.innerLower), -left, right), 1.5)
  const gaps = Array.from({ length: curveSamples }, (_, i) => lower.values[i]! - upper.values[i]!)
  const gap = Math.max(0, ...gaps)
  const content = inspectGap(frame, look, upper, lower, edges)
  const width = left + right
  const doubtful = gap < doubtfulShare * width && content.teeth < 0.1 && content.dark < 0.5
  if (gap >= closedShare * width && !doubtful) {
    const teeth = content.teeth > teethShare
    const snapped = teeth ? snapToTeeth(frame, look, upper, lower, edges) : undefined
    const found = snapped ?? { upper, lower }
    const widest = Math.max(...found.lower.values.map((v, i) => v - found.upper.values[i]!))
    const cut = snapped === undefined ? 0 : rimOf(frame.unit)
    const above = moveOut(found.upper, -cut)
    const under = moveOut(found.lower, cut)
    return {
      closed: false,
      upper: above,
      lower: { ...under, values: under.values.map((v, i) => Math.max(v, above.values[i]!)) },
      gap: widest / frame.unit,
      teeth,
      rim: cut,
    }
  }
  const line = darkestPath(frame, look, upper, lower)
  return { closed: true, upper: line, lower: line, gap: 0, teeth: false, rim: 0 }
}

/**
 * The line between closed lips is the darkest way from corner to corner: dynamic programming over a strip around the mesh's own
 * line, paying for darkness, for steepness and a little for leaving the mesh. Without it the lower lip tears off up to half a lip too high.
 */
export function darkestPath(frame: MouthFrame, look: Look, upper: Curve, lower: Curve): Curve {
  const width = frame.left + frame.right
  const reach = Math.max(2, searchShare * width)
  const heights = 41
  const pitch = (2 * reach) / (heights - 1)
  const centre = Float32Array.from({ length: curveSamples }, (_, i) => (upper.values[i]! + lower.values[i]!) / 2)
  const cost = new Float32Array(curveSamples * heights)
  for (let i = 0; i < curveSamples; i++) {
    const u = upper.from + i * upper.step
    let sum = 0
    for (let h = 0; h < heights; h++) {
      const p = fromMouth(frame, u, centre[i]! - reach + h * pitch)
      cost[i * heights + h] = look(p.x, p.y).luma
      sum += cost[i * heights + h]!
    }
    // Relative to the column's mean: a shaded half of the face must not draw the line to itself. The strip narrows towards the pinned corners.
    const toCorner = Math.min(i, curveSamples - 1 - i) / (curveSamples / 2)
    for (let h = 0; h < heights; h++) {
      const away = Math.abs((h / (heights - 1)) * 2 - 1)
      cost[i * heights + h]! += -sum / heights + 60 * away * away * away + 120 * away * Math.max(0, 0.35 - toCorner)
    }
  }
  const steepest = Math.max(1, Math.ceil((0.9 * upper.step) / pitch))
  const total = Float32Array.from(cost)
  const came = new Int16Array(curveSamples * heights)
  for (let i = 1; i < curveSamples; i++) {
    const rise = (centre[i]! - centre[i - 1]!) / pitch
    for (let h = 0; h < heights; h++) {
      let best = Number.POSITIVE_INFINITY
      for (let k = -steepest; k <= steepest; k++) {
        const from = h + k
        if (from < 0 || from >= heights) continue
        const bend = (k - rise) * pitch
        const value = total[(i - 1) * heights + from]! + (6 * bend * bend) / (upper.step * upper.step)
        if (value < best) {
          best = value
          came[i * heights + h] = from
        }
      }
      total[i * heights + h]! += best
    }
  }
  const values = new Float32Array(curveSamples)
  let h = 0
  for (let k = 1; k < heights; k++)
    if (total[(curveSamples - 1) * heights + k]! < total[(curveSamples - 1) * heights + h]!) h = k
  for (let i = curveSamples - 1; i >= 0; i--) {
    values[i] = centre[i]! - reach + h * pitch
    h = came[i * heights + h]!
  }
  return smoothCurve({ from: upper.from, step: upper.step, values }, 1.6)
}

/** The gap in the photo at u, pixels. */
export function photoGap(seam: Seam, u: number): number {
  return seam.closed ? 0 : Math.max(0, curveAt(seam.lower, u) - curveAt(seam.upper, u))
}
