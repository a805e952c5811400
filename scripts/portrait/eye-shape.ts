import { clamp, curve, type Point } from './numbers.ts'

/**
 * One eye, in the coordinates of the sitter's eye on the picture's right (x grows from the nose outwards); the other is
 * its mirror. Sizes follow the usual measures of adults: opening 30 mm wide and 10 to 11 mm high, 33 mm between the
 * inner corners, iris a little under 12 mm, eyeball radius 12 mm.
 */
export const eye = {
  innerX: 15.6,
  outerX: 48.0,
  ball: { x: 31.6, y: 0.2, z: -21.2, radius: 12.9 },
  iris: { x: 31.3, y: -0.2, radius: 6.35 },
} as const

const upper: readonly Point[] = [
  [15.6, 2.9],
  [17.5, 1.4],
  [21.1, -1.1],
  [25.9, -3.15],
  [31.3, -3.85],
  [36.7, -3.2],
  [41.5, -1.45],
  [45.5, 0.45],
  [48, 1.3],
]
const lower: readonly Point[] = [
  [15.6, 2.73],
  [18.4, 3.27],
  [22.7, 4.58],
  [28.1, 5.67],
  [33.4, 5.94],
  [38.8, 5.18],
  [43.6, 3.27],
  [48, 1.3],
]

/** Edge of the upper lid: y for a distance from the face's middle line. */
export const upperLid = curve(upper)
export const lowerLid = curve(lower)

const crease = curve([
  [13.5, -2.73],
  [17.3, -6.1],
  [23.8, -10.46],
  [31.3, -11.99],
  [38.8, -11.12],
  [46.3, -7.52],
  [52.8, -3.05],
])

/** y of the fold of the upper lid. */
export const lidCrease = (x: number): number => crease(x)

/** How strongly the fold shows: 1 in the middle, 0 beyond its ends. */
export const creaseStrength = (x: number): number => clamp((x - 14) / 5) * clamp((52 - x) / 8)

/** Millimetres inside the opening (negative outside), measured upright. */
export function insideEye(x: number, y: number): number {
  if (x <= eye.innerX || x >= eye.outerX) return -Math.max(eye.innerX - x, x - eye.outerX, 0.001)
  return Math.min(y - upperLid(x), lowerLid(x) - y)
}
