/** Small pure functions that every part of the portrait is shaped with. Lengths are millimetres of the sitter unless said otherwise. */

export type Point = readonly [x: number, y: number]

export const clamp = (value: number, low = 0, high = 1): number => Math.min(Math.max(value, low), high)

export const mix = (from: number, to: number, share: number): number => from + (to - from) * share

/** 0 below `low`, 1 above `high`, an S between; `low` may be the larger one. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low))
  return t * t * (3 - 2 * t)
}

/** A soft hill of height 1 at (cx, cy), down to 1/e at one radius. */
export function hill(x: number, y: number, cx: number, cy: number, rx: number, ry: number): number {
  const u = (x - cx) / rx
  const v = (y - cy) / ry
  return Math.exp(-u * u - v * v)
}

/** The larger of two heights, rounded where they meet over about `blend`. */
export function smoothMax(a: number, b: number, blend: number): number {
  const h = Math.max(blend - Math.abs(a - b), 0) / blend
  return Math.max(a, b) + h * h * blend * 0.25
}

/** A smooth curve through points sorted by x; level beyond its ends. */
export function curve(points: readonly Point[]): (x: number) => number {
  const xs = points.map((point) => point[0])
  const ys = points.map((point) => point[1])
  const slopes = xs.map((_, i) => {
    const before = Math.max(i - 1, 0)
    const after = Math.min(i + 1, xs.length - 1)
    return (ys[after]! - ys[before]!) / (xs[after]! - xs[before]!)
  })
  return (x) => {
    if (x <= xs[0]!) return ys[0]!
    let i = 1
    while (i < xs.length - 1 && x > xs[i]!) i++
    if (x >= xs[i]!) return ys[i]!
    const span = xs[i]! - xs[i - 1]!
    const t = (x - xs[i - 1]!) / span
    const a = ys[i - 1]!
    const b = ys[i]!
    const inner = t * t * (3 - 2 * t)
    return mix(a, b, inner) + t * (1 - t) * span * ((1 - t) * slopes[i - 1]! - t * slopes[i]!)
  }
}

/** Seeded random numbers in 0..1 (mulberry32, public domain arithmetic). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function lattice(x: number, y: number): number {
  let h = Math.imul(x, 374761393) + Math.imul(y, 668265263)
  h = Math.imul(h ^ (h >>> 13), 1274126177)
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296
}

/** Value noise, -1..1, one bump a unit. */
export function noise(x: number, y: number): number {
  const ix = Math.floor(x)
  const iy = Math.floor(y)
  const fx = smoothstep(0, 1, x - ix)
  const fy = smoothstep(0, 1, y - iy)
  const top = mix(lattice(ix, iy), lattice(ix + 1, iy), fx)
  const bottom = mix(lattice(ix, iy + 1), lattice(ix + 1, iy + 1), fx)
  return mix(top, bottom, fy) * 2 - 1
}

/** Noise with three octaves, about -1..1. */
export const cloud = (x: number, y: number): number =>
  noise(x, y) * 0.57 + noise(x * 2.1 + 7.3, y * 2.1 - 3.1) * 0.29 + noise(x * 4.3 - 1.7, y * 4.3 + 9.2) * 0.14

/** Signed distance to a closed polygon, negative inside. */
export function polygonDistance(x: number, y: number, corners: readonly Point[]): number {
  let nearest = Number.POSITIVE_INFINITY
  let inside = false
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [ax, ay] = corners[i]!
    const [bx, by] = corners[j]!
    const ex = bx - ax
    const ey = by - ay
    const t = clamp(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey))
    nearest = Math.min(nearest, Math.hypot(x - ax - ex * t, y - ay - ey * t))
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside ? -nearest : nearest
}
