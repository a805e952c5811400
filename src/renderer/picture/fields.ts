import { type Curve, curveAt, curveThrough } from './curve.ts'
import { type MouthFrame, sideways } from './mouth-frame.ts'
import { photoGap, type Seam } from './seam.ts'

/**
 * How far the skin moves, as a sum of fixed maps x a few numbers a frame (MouthPose). Two layers: the upper one carries everything above
 * the seam, the lower one everything below. The rules that keep the face whole:
 *  - beyond the corners both layers move alike (the seam's mask has no edge there), and the opening maps are zero on the seam's line;
 *  - a layer's field goes on unchanged on the far side of its own seam edge: a field that faded there folds over and draws a ghost lip.
 */
export interface MouthPose {
  /** Corners apart (+) or together, pixels. */
  readonly spread: number
  /** Corners down, pixels. */
  readonly cornerDrop: number
  /** Upper lip up, pixels at the middle. */
  readonly raise: number
  /** Lower lip and jaw down, pixels at the middle. */
  readonly open: number
  /** 0 leaves the photo's own gap, 1 shuts it. */
  readonly close: number
  /** Outer lip edges away from the seam (+) or towards it, pixels. */
  readonly upperThickness: number
  readonly lowerThickness: number
}

/** The maps at one place: displacement along u or v (v down) per unit of each number. */
export interface Basis {
  readonly spread: number
  readonly cornerDrop: number
  readonly raise: number
  readonly upperClose: number
  readonly upperThickness: number
  readonly open: number
  readonly lowerClose: number
  readonly lowerThickness: number
}

export interface LipEdges {
  readonly upper: Curve
  readonly lower: Curve
}

/** Share of the photo's gap that the upper lip closes; the teeth keep the jaw from doing it all. */
const upperCloseShare = 0.35
/** How much of the lip's drop the chin follows. */
const chinShare = 0.72
/** Sideways reach of the jaw in half mouth widths. */
const jawReach = 2.15
/** Corners move most a little outside themselves, and nothing moves sideways beyond `sideReach` half mouth widths. */
const peak = 1.25
export const sideReach = 2.1
/** Corner movement dies out at this height (in S) above the mouth's line: the nose must not widen. */
export const spreadAbove = 0.62
/** The neck takes up the chin's travel over this much of S below it. */
export const neckFade = 0.65

const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t))

/** 1 at 0, falling smoothly to exactly 0 at +-1. */
function bump(t: number): number {
  const a = Math.abs(t)
  return a >= 1 ? 0 : (1 - a * a) ** 2
}

/** The shape of the opening: full in the middle, round at the corners. A power below 2 looks like a ventriloquist's box lowered. */
export function openingProfile(q: number): number {
  const a = Math.abs(q)
  return a >= 1 ? 0 : (1 - a ** 2.2) ** 0.72
}

export function lipEdges(frame: MouthFrame): LipEdges {
  return {
    upper: curveThrough(frame.outerUpper, -frame.left, frame.right),
    lower: curveThrough(frame.outerLower, -frame.left, frame.right),
  }
}

/** Rises from 0 at the seam to 1 at the lip's outer edge and falls back to 0 at `end` (all distances from the seam). */
function rim(distance: number, lip: number, end: number): number {
  if (distance <= 0) return 0
  return distance < lip ? ease(distance / lip) : 1 - ease((distance - lip) / Math.max(lip * 0.5, end - lip))
}

/** Evaluates every map at (u, v) of the photo. Pure geometry: called once per grid node and lip point. */
export function basisAt(frame: MouthFrame, seam: Seam, edges: LipEdges, u: number, v: number): Basis {
  const { unit } = frame
  const q = sideways(frame, u)
  const a = Math.abs(q)
  const upperV = curveAt(seam.upper, u)
  const lowerV = curveAt(seam.lower, u)
  const above = upperV - v
  const below = v - lowerV
  const noseHeight = Math.max(0.2 * unit, curveAt(seam.upper, 0) - frame.noseV)
  const chinHeight = Math.max(0.5 * unit, frame.chinV - curveAt(seam.lower, 0))
  const profile = openingProfile(q)
  // A small gap is shut by the lips alone, a wide one by the jaw too.
  const jawShare = ease((seam.gap - 0.1) / 0.15)
  // A hair more than the gap, or teeth glimmer between closed lips.
  const gap = seam.closed ? 0 : photoGap(seam, u) + 0.014 * unit * profile
  const lineDistance = (v - (upperV + lowerV) / 2) / unit

  const sideShape =
    Math.sign(q) *
    (a <= peak
      ? Math.sin((Math.PI / 2) * (a / peak)) / Math.sin(Math.PI / 2 / peak)
      : bump((a - peak) / (sideReach - peak)) / Math.sin(Math.PI / 2 / peak))
  const spread = sideShape * bump(lineDistance / (lineDistance < 0 ? spreadAbove : 0.85))
  const cornerDrop = bump((a - 1) / 0.95) * bump(lineDistance / spreadAbove)

  const toNose = 1 - ease(above / noseHeight)
  const lipDrop = 1 - ease(below / (0.62 * chinHeight))
  const jaw = a >= jawReach ? 0 : (1 - (a / jawReach) ** 2) ** 2
  const neck = 1 - ease((v - frame.chinV) / (neckFade * unit))
  const within = a >= 1 ? 0 : 1 - a ** 4
  const upperLip = Math.max(0.06 * unit, upperV - curveAt(edges.upper, u))
  const lowerLip = Math.max(0.08 * unit, curveAt(edges.lower, u) - lowerV)
  return {
    spread,
    cornerDrop,
    raise: -profile * toNose,
    upperClose: upperCloseShare * gap * toNose,
    upperThickness: -within * rim(above, upperLip, noseHeight * 0.95),
    open: (profile * lipDrop + chinShare * jaw * (1 - lipDrop)) * neck,
    lowerClose:
      -(1 - upperCloseShare) *
      (gap * (1 - ease(below / (0.75 * chinHeight))) +
        jawShare * seam.gap * unit * chinShare * jaw * ease(below / (0.75 * chinHeight)) * neck),
    lowerThickness: within * rim(below, lowerLip, lowerLip + 0.4 * chinHeight),
  }
}

/** Along-u and along-v displacement of both layers at one place. */
export function displacement(basis: Basis, pose: MouthPose): { u: number; upperV: number; lowerV: number } {
  const common = basis.cornerDrop * pose.cornerDrop
  return {
    u: basis.spread * pose.spread,
    upperV:
      common + basis.raise * pose.raise + basis.upperClose * pose.close + basis.upperThickness * pose.upperThickness,
    lowerV:
      common + basis.open * pose.open + basis.lowerClose * pose.close + basis.lowerThickness * pose.lowerThickness,
  }
}
