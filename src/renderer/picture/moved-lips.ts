import { curveSamples } from './curve.ts'
import { type Basis, basisAt, displacement, type LipEdges, type MouthPose } from './fields.ts'
import type { MouthFrame } from './mouth-frame.ts'
import type { Seam } from './seam.ts'

/** The lip edges' own share of every map, at even steps from corner to corner. */
export interface LipBases {
  readonly us: Float32Array
  readonly upperV: Float32Array
  readonly lowerV: Float32Array
  readonly upper: readonly Basis[]
  readonly lower: readonly Basis[]
}

export function lipBases(frame: MouthFrame, seam: Seam, edges: LipEdges): LipBases {
  const us = Float32Array.from({ length: curveSamples }, (_, i) => seam.upper.from + i * seam.upper.step)
  return {
    us,
    upperV: seam.upper.values,
    lowerV: seam.lower.values,
    upper: Array.from(us, (u, i) => basisAt(frame, seam, edges, u, seam.upper.values[i]!)),
    lower: Array.from(us, (u, i) => basisAt(frame, seam, edges, u, seam.lower.values[i]!)),
  }
}

/** Fills both edges as they lie under the pose, evenly sampled between the moved corners. */
export function moveLips(
  lips: LipBases,
  pose: MouthPose,
  upperEdge: Float32Array,
  lowerEdge: Float32Array,
): { from: number; to: number; step: number; gap: number } {
  const last = curveSamples - 1
  const move = (bases: readonly Basis[], i: number): { u: number; upperV: number; lowerV: number } =>
    displacement(bases[i]!, pose)
  const from = lips.us[0]! + move(lips.upper, 0).u
  const to = lips.us[last]! + move(lips.upper, last).u
  const step = (to - from) / last
  const fill = (bases: readonly Basis[], vs: Float32Array, pick: 'upperV' | 'lowerV', out: Float32Array): void => {
    let k = 0
    let a = move(bases, 0)
    let b = move(bases, 1)
    for (let i = 0; i <= last; i++) {
      const u = from + i * step
      while (k < last - 1 && lips.us[k + 1]! + b.u < u) {
        k++
        a = b
        b = move(bases, k + 1)
      }
      const ua = lips.us[k]! + a.u
      const ub = lips.us[k + 1]! + b.u
      const t = Math.min(1, Math.max(0, (u - ua) / Math.max(1e-3, ub - ua)))
      out[i] = vs[k]! + a[pick] + (vs[k + 1]! + b[pick] - vs[k]! - a[pick]) * t
    }
  }
  fill(lips.upper, lips.upperV, 'upperV', upperEdge)
  fill(lips.lower, lips.lowerV, 'lowerV', lowerEdge)
  let gap = 0
  for (let i = 0; i <= last; i++) gap = Math.max(gap, lowerEdge[i]! - upperEdge[i]!)
  return { from, to, step, gap }
}
