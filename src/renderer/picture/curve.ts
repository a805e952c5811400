import type { Point } from './mouth-frame.ts'

/** A height v for every u between two ends, sampled evenly; beyond the ends it goes on level. */
export interface Curve {
  readonly from: number
  readonly step: number
  readonly values: Float32Array
}

export const curveSamples = 65

/** v of the curve at u, linear between samples. */
export function curveAt(curve: Curve, u: number): number {
  const t = (u - curve.from) / curve.step
  const last = curve.values.length - 1
  if (!(t > 0)) return curve.values[0]!
  if (t >= last) return curve.values[last]!
  const i = Math.floor(t)
  return curve.values[i]! + (curve.values[i + 1]! - curve.values[i]!) * (t - i)
}

/** Even samples between `from` and `to` of the polyline through `points`, whose u must rise (points that step back are skipped). */
export function curveThrough(points: readonly Point[], from: number, to: number): Curve {
  const rising: Point[] = []
  for (const p of points) if (rising.length === 0 || p.x > rising.at(-1)!.x + 1e-3) rising.push(p)
  const step = (to - from) / (curveSamples - 1)
  let k = 0
  const values = Float32Array.from({ length: curveSamples }, (_, i) => {
    const u = from + i * step
    while (k < rising.length - 2 && rising[k + 1]!.x < u) k++
    const a = rising[k]!
    const b = rising[Math.min(k + 1, rising.length - 1)]!
    const t = b.x === a.x ? 0 : Math.min(1, Math.max(0, (u - a.x) / (b.x - a.x)))
    return a.y + (b.y - a.y) * t
  })
  return { from, step, values }
}

/** Gaussian smoothing along the samples, `sigma` in samples; the ends stay where they are. */
export function smoothCurve(curve: Curve, sigma: number): Curve {
  const reach = Math.ceil(sigma * 3)
  const { values } = curve
  const last = values.length - 1
  const smoothed = Float32Array.from(values, (_, i) => {
    let sum = 0
    let weights = 0
    for (let k = -reach; k <= reach; k++) {
      const j = i + k
      // Odd reflection about the ends keeps both end values and slopes.
      const value =
        j < 0
          ? 2 * values[0]! - values[Math.min(last, -j)]!
          : j > last
            ? 2 * values[last]! - values[Math.max(0, 2 * last - j)]!
            : values[j]!
      const weight = Math.exp((-k * k) / (2 * sigma * sigma))
      sum += value * weight
      weights += weight
    }
    return sum / weights
  })
  return { ...curve, values: smoothed }
}
