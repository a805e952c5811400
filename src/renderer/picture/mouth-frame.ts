import { chin, innerLips, leftEye, mouthCorners, nose, outerLips, rightEye } from '../face/landmarks.ts'
import type { Face } from '../ports.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * The mouth's own coordinates: u runs along the lips from the image's left to its right, v from nose to chin, origin between the
 * corners, both in pixels. The axis is 60 % the line of the corners and 40 % the line of the eyes, so a crooked smile does not turn the
 * jaw. Each side is measured by its own half width (`left`, `right`), which takes a turned head's foreshortening along for free.
 */
export interface MouthFrame {
  readonly x: number
  readonly y: number
  /** Unit vector of u; v's is (-across.y, across.x). */
  readonly across: Point
  readonly left: number
  readonly right: number
  /** v of the two corners. */
  readonly leftV: number
  readonly rightV: number
  /** The unit S: mean of mouth width and 0.82 x the distance of the eyes' centres, so that a wide smile does not double the jaw. */
  readonly unit: number
  /** v where the nose ends, where the lips' outer edges lie, and the chin, on the middle line. */
  readonly noseV: number
  readonly upperEdgeV: number
  readonly lowerEdgeV: number
  readonly chinV: number
  /** Inner and outer lip edges after the mesh as (u, v), left to right. */
  readonly innerUpper: readonly Point[]
  readonly innerLower: readonly Point[]
  readonly outerUpper: readonly Point[]
  readonly outerLower: readonly Point[]
}

export function pointAt(face: Face, index: number): Point {
  return { x: face.points[index * 3]!, y: face.points[index * 3 + 1]! }
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })

/** u, v of a picture position. */
export function toMouth(frame: MouthFrame, p: Point): Point {
  const dx = p.x - frame.x
  const dy = p.y - frame.y
  return { x: dx * frame.across.x + dy * frame.across.y, y: dy * frame.across.x - dx * frame.across.y }
}

/** Picture position of (u, v). */
export function fromMouth(frame: MouthFrame, u: number, v: number): Point {
  return { x: frame.x + u * frame.across.x - v * frame.across.y, y: frame.y + u * frame.across.y + v * frame.across.x }
}

/** -1 at the left corner, 1 at the right one. */
export function sideways(frame: MouthFrame, u: number): number {
  return u < 0 ? u / frame.left : u / frame.right
}

export function createMouthFrame(face: Face): MouthFrame {
  // The skin parts a little inside the mesh's outer corners and a little outside its inner ones.
  const left = middle(pointAt(face, mouthCorners.right), pointAt(face, innerLips.upper[0]))
  const right = middle(pointAt(face, mouthCorners.left), pointAt(face, innerLips.upper[10]))
  const eyeLeft = middle(pointAt(face, rightEye.outerCorner), pointAt(face, rightEye.innerCorner))
  const eyeRight = middle(pointAt(face, leftEye.outerCorner), pointAt(face, leftEye.innerCorner))
  const mouthWidth = Math.hypot(right.x - left.x, right.y - left.y)
  const eyes = Math.hypot(eyeRight.x - eyeLeft.x, eyeRight.y - eyeLeft.y)
  const ax = (0.6 * (right.x - left.x)) / mouthWidth + (0.4 * (eyeRight.x - eyeLeft.x)) / eyes
  const ay = (0.6 * (right.y - left.y)) / mouthWidth + (0.4 * (eyeRight.y - eyeLeft.y)) / eyes
  const length = Math.hypot(ax, ay)
  // The origin lies on the face's middle line (between the lips' midpoints and the corners' midpoint), not half way between the corners.
  const centre = middle(middle(pointAt(face, 13), pointAt(face, 14)), middle(pointAt(face, 0), pointAt(face, 17)))
  const bare = { x: 0, y: 0, across: { x: ax / length, y: ay / length } } as MouthFrame
  const [l, r, c] = [toMouth(bare, left), toMouth(bare, right), toMouth(bare, centre)]
  const origin = fromMouth(bare, c.x, (l.y + r.y) / 2)
  const frame = { ...bare, x: origin.x, y: origin.y }
  const place = (index: number): Point => toMouth(frame, pointAt(face, index))
  const list = (indexes: readonly number[]): Point[] => indexes.map(place)
  const [cornerLeft, cornerRight] = [toMouth(frame, left), toMouth(frame, right)]
  return {
    ...frame,
    left: -cornerLeft.x,
    right: cornerRight.x,
    leftV: cornerLeft.y,
    rightV: cornerRight.y,
    unit: (mouthWidth + 0.82 * eyes) / 2,
    noseV: place(nose.base).y,
    upperEdgeV: place(0).y,
    lowerEdgeV: place(17).y,
    chinV: place(chin).y,
    innerUpper: list(innerLips.upper),
    innerLower: list(innerLips.lower),
    outerUpper: list(outerLips.upper),
    outerLower: list(outerLips.lower),
  }
}
