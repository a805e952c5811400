import { faceOval, forehead } from '../face/landmarks.ts'
import type { Face } from '../ports.ts'
import { type MouthFrame, type Point, pointAt } from './mouth-frame.ts'

/** How the head sits in the picture: its middle, axes and the ellipse of the face. */
export interface HeadShape {
  readonly centre: Point
  /** Unit vector from the image's left to its right along the face. */
  readonly across: Point
  /** Half axes of the face's ellipse, pixels. */
  readonly radiusX: number
  readonly radiusY: number
}

/** Numbers of one frame. Shifts are shares of the face's half width; turn and nod too (they act in proportion to depth); roll in radians. */
export interface HeadPose {
  readonly shiftX: number
  readonly shiftY: number
  readonly turn: number
  readonly nod: number
  readonly roll: number
}

export const stillHead: HeadPose = { shiftX: 0, shiftY: 0, turn: 0, nod: 0, roll: 0 }

/** The head's motion has died out at this many face ellipses; beyond lies the untouched photo. */
export const headReach = 1.8

export function findHead(face: Face, frame: MouthFrame): HeadShape {
  const { across } = frame
  const us: number[] = []
  const vs: number[] = []
  for (const index of [...faceOval, forehead]) {
    const p = pointAt(face, index)
    us.push(p.x * across.x + p.y * across.y)
    vs.push(p.y * across.x - p.x * across.y)
  }
  const u = (Math.min(...us) + Math.max(...us)) / 2
  // The skull goes on above the hairline: the ellipse's middle lies a little higher than the mesh's.
  const height = Math.max(...vs) - Math.min(...vs)
  const v = (Math.min(...vs) + Math.max(...vs)) / 2 - 0.08 * height
  return {
    centre: { x: u * across.x - v * across.y, y: u * across.y + v * across.x },
    across,
    radiusX: (Math.max(...us) - Math.min(...us)) / 2,
    radiusY: 0.56 * height,
  }
}

/** A small fast generator (mulberry32): the same seed, the same numbers. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A nod on a stressed syllable: down within 120 ms, back over 260 ms. */
function nodShape(ms: number): number {
  if (ms < -60 || ms > 320) return 0
  const t = ms < 60 ? (ms + 60) / 120 : 1 - (ms - 60) / 260
  return t * t * (3 - 2 * t)
}

/**
 * Sway of one to two percent of the face: three slow waves per axis with seeded phases, and nods on stresses at least 700 ms apart (every
 * stressed syllable would look like pecking). Starts from the photo's own pose. `strength` 0 keeps the head still.
 */
export function createHeadMotion(
  seed: number,
  stressesMs: readonly number[],
  strength: number,
): (seconds: number) => HeadPose {
  if (strength <= 0) return () => stillHead
  const random = createRandom(seed ^ 0x9e3779b9)
  const wave = (): ((seconds: number) => number) => {
    const parts = [0.13, 0.29, 0.47].map((hertz, i) => ({
      hertz: hertz * (0.85 + 0.3 * random()),
      phase: random() * 2 * Math.PI,
      size: [0.55, 0.3, 0.15][i]!,
    }))
    return (seconds) => parts.reduce((sum, p) => sum + p.size * Math.sin(2 * Math.PI * p.hertz * seconds + p.phase), 0)
  }
  const [x, y, turn, nod, roll] = [wave(), wave(), wave(), wave(), wave()]
  const nods: { ms: number; size: number }[] = []
  for (const ms of stressesMs) {
    if (nods.length === 0 || ms - nods.at(-1)!.ms > 700) nods.push({ ms, size: 0.55 + 0.45 * random() })
  }
  return (seconds) => {
    const begun = Math.min(1, seconds / 0.7)
    const scale = strength * begun * begun * (3 - 2 * begun)
    let dip = 0
    for (const { ms, size } of nods) dip += size * nodShape(seconds * 1000 - ms)
    return {
      shiftX: 0.016 * scale * x(seconds),
      shiftY: scale * (0.01 * y(seconds) + 0.008 * dip),
      turn: 0.03 * scale * turn(seconds),
      nod: scale * (0.014 * nod(seconds) + 0.02 * dip),
      roll: 0.012 * scale * roll(seconds),
    }
  }
}

const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t))

/** How much of the head's motion a place takes part in: 1 on the face, 0 from `headReach` face ellipses on. */
export function headShare(head: HeadShape, x: number, y: number): number {
  const dx = x - head.centre.x
  const dy = y - head.centre.y
  const u = (dx * head.across.x + dy * head.across.y) / head.radiusX
  const v = (dy * head.across.x - dx * head.across.y) / head.radiusY
  return 1 - ease((Math.hypot(u, v) - 0.95) / (headReach - 0.95))
}

/**
 * How near a place is, 0 (the head's rim and beyond) to 1 (the nose): an ellipsoid, raised where the mesh is. The mesh's depth is
 * smoothed over a tenth of the face, or its coarse triangles would show as creases.
 */
export function createNearness(face: Face, head: HeadShape): (x: number, y: number) => number {
  const radius = 0.22 * head.radiusX
  const oval = faceOval.map((n) => face.points[n * 3 + 2]!)
  const far = oval.reduce((sum, z) => sum + z, 0) / oval.length
  const span = 1.15 * head.radiusX
  return (x, y) => {
    const dx = x - head.centre.x
    const dy = y - head.centre.y
    const u = (dx * head.across.x + dy * head.across.y) / head.radiusX
    const v = (dy * head.across.x - dx * head.across.y) / head.radiusY
    const dome = 0.55 * Math.sqrt(Math.max(0, 1 - 0.7 * (u * u + v * v)))
    if (Math.hypot(u, v) > 1.3) return dome
    let sum = 0
    let weights = 0.02
    for (let i = 0; i < 468; i++) {
      const ex = (face.points[i * 3]! - x) / radius
      const ey = (face.points[i * 3 + 1]! - y) / radius
      const d = ex * ex + ey * ey
      if (d > 9) continue
      const w = Math.exp(-d / 2)
      sum += w * Math.min(1, Math.max(0, (far - face.points[i * 3 + 2]!) / span))
      weights += w
    }
    const inMesh = Math.min(1, weights / 2)
    return dome + (sum / weights - dome) * inMesh * (1 - ease((Math.hypot(u, v) - 0.8) / 0.4))
  }
}
