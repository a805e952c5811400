import { clamp, curve } from './numbers.ts'

/** The closed mouth with a slight smile: corners a little above the middle of the seam. x is the distance from the middle line. */
export const mouth = { halfWidth: 26.5, seamY: 64.2 } as const

export const seam = curve([
  [0, 64.6],
  [4, 64.2],
  [10, 64.0],
  [17, 64.1],
  [23, 62.6],
  [26.5, 60.8],
])
export const upperBorder = curve([
  [0, 57.1],
  [2.5, 56.5],
  [6, 55.5],
  [10, 56.2],
  [17, 58.8],
  [23, 60.6],
  [26.5, 60.8],
])
export const lowerBorder = curve([
  [0, 75.2],
  [7, 74.9],
  [13, 73.2],
  [19, 69.7],
  [24, 64.6],
  [26.5, 60.8],
])

/**
 * How far into a lip a point lies, from 0 at the seam to 1 at the border of the red; null outside the lips.
 * `upper` tells which lip.
 */
export function lipPlace(x: number, y: number): { readonly upper: boolean; readonly depth: number } | null {
  const ax = Math.abs(x)
  if (ax >= mouth.halfWidth) return null
  const line = seam(ax)
  const upper = y < line
  const border = upper ? upperBorder(ax) : lowerBorder(ax)
  const depth = (y - line) / (border - line || 1e-6)
  return depth <= 1 ? { upper, depth: clamp(depth) } : null
}

/** Height added to the face by the lips: two rolls that meet in the seam. */
export function lipHeight(x: number, y: number): number {
  const ax = Math.abs(x)
  const fade = Math.sqrt(clamp(1 - (ax / (mouth.halfWidth + 0.5)) ** 2))
  const line = seam(Math.min(ax, mouth.halfWidth))
  const groove = -2.3 * Math.exp(-(((y - line) / 1.3) ** 2)) * clamp((29 - ax) / 5)
  const place = lipPlace(x, y)
  if (!place) return groove
  const roll = place.depth ** 0.75
  // The lower lip is fuller, its top further forward than the upper one's.
  const bulge = place.upper
    ? 2.3 * Math.sin(Math.PI * roll ** 0.9) ** 0.8
    : 3.3 * Math.sin(Math.PI * roll ** 0.95) ** 0.8
  return groove + bulge * fade
}
