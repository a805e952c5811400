import type { Face } from '../ports.ts'
import { type Point, pointAt } from './mouth-frame.ts'

/** x' = a x - b y + c, y' = b x + a y + d: turned, scaled and moved, nothing else. */
export interface Similarity {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** Mesh points that mouth, lids and brows hardly move: eye corners, bridge of the nose, temples, inner and outer ends of the brows. */
const rigidPoints = [33, 133, 362, 263, 168, 6, 197, 195, 127, 162, 356, 389, 70, 107, 336, 300] as const

export interface Overlay {
  /** From the other image to the photo's picture. */
  readonly toPicture: Similarity
  /** Root mean square of what it leaves between the two faces' rigid points, in widths of the face. */
  readonly residual: number
}

/** Lays another image's face over this one by its rigid points, in the sense of least squares (Umeyama 1991, in the plane). */
export function layOverPhoto(face: Face, other: Face): Overlay {
  const count = rigidPoints.length
  const pairs = rigidPoints.map((index) => ({ from: pointAt(other, index), to: pointAt(face, index) }))
  const middle = (points: readonly Point[]): Point => ({
    x: points.reduce((sum, p) => sum + p.x, 0) / count,
    y: points.reduce((sum, p) => sum + p.y, 0) / count,
  })
  const from = middle(pairs.map((pair) => pair.from))
  const to = middle(pairs.map((pair) => pair.to))
  let spread = 1e-9
  let along = 0
  let across = 0
  for (const pair of pairs) {
    const [x, y] = [pair.from.x - from.x, pair.from.y - from.y]
    const [u, v] = [pair.to.x - to.x, pair.to.y - to.y]
    spread += x * x + y * y
    along += x * u + y * v
    across += x * v - y * u
  }
  const [a, b] = [along / spread, across / spread]
  const toPicture = { a, b, c: to.x - a * from.x + b * from.y, d: to.y - b * from.x - a * from.y }
  const squares = pairs.reduce((sum, pair) => {
    const p = mapPoint(toPicture, pair.from)
    return sum + (p.x - pair.to.x) ** 2 + (p.y - pair.to.y) ** 2
  }, 0)
  return { toPicture, residual: Math.sqrt(squares / count) / face.box.width }
}

export function mapPoint({ a, b, c, d }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + c, y: b * x + a * y + d }
}

export function invert({ a, b, c, d }: Similarity): Similarity {
  const s = a * a + b * b
  return { a: a / s, b: -b / s, c: -(a * c + b * d) / s, d: (b * c - a * d) / s }
}

/** First `inner`, then `outer`. */
export function compose(outer: Similarity, inner: Similarity): Similarity {
  const moved = mapPoint(outer, { x: inner.c, y: inner.d })
  return {
    a: outer.a * inner.a - outer.b * inner.b,
    b: outer.b * inner.a + outer.a * inner.b,
    c: moved.x,
    d: moved.y,
  }
}

/** The face as it lies after the transform. */
export function mapFace(face: Face, transform: Similarity): Face {
  const scale = Math.hypot(transform.a, transform.b)
  const points = new Float32Array(face.points.length)
  for (let i = 0; i < points.length; i += 3) {
    const p = mapPoint(transform, { x: face.points[i]!, y: face.points[i + 1]! })
    points[i] = p.x
    points[i + 1] = p.y
    points[i + 2] = face.points[i + 2]! * scale
  }
  return { ...face, points, mouthWidth: face.mouthWidth * scale }
}
