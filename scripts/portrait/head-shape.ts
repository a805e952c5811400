import { creaseStrength, eye, insideEye, lidCrease, lowerLid } from './eye-shape.ts'
import { lipHeight } from './mouth-shape.ts'
import { clamp, curve, hill, mix, noise, type Point, smoothMax, smoothstep } from './numbers.ts'

/**
 * The head as a height field seen from the front: z in millimetres towards the viewer, 0 at the root of the nose.
 * A dome with the face's outline carries hills and hollows; their places and sizes are the usual measures of adult
 * faces (eye line at half the head, nose 46 mm below it, mouth line at 64, chin at 109, cheekbones 138 mm apart).
 */
const outlinePoints: readonly Point[] = [
  [0, -108],
  [40, -99],
  [60, -72],
  [67.5, -38],
  [68.5, -8],
  [67.5, 14],
  [64.5, 34],
  [58.5, 54],
  [50.5, 71],
  [39.5, 86],
  [27, 97],
  [13.5, 103.6],
  [0, 105],
]
const middleY = 5
const outlineRadius = curve(
  outlinePoints.map(([x, y]): Point => [Math.atan2(x, middleY - y), Math.hypot(x, y - middleY)]),
)

/** Share of the way from the face's middle to its outline: below 1 inside. */
export function outlineShare(x: number, y: number): number {
  return Math.hypot(x, y - middleY) / outlineRadius(Math.atan2(Math.abs(x), middleY - y))
}

function nose(ax: number, y: number): number {
  const along = clamp((y + 14) / 50)
  const width = mix(7.2, 10.2, along ** 1.5)
  const ridge =
    mix(1.5, 20.5, along ** 1.15) * smoothstep(-24, -4, y) * (1 - smoothstep(40.5 - ax * 0.25, 49 - ax * 0.2, y))
  const bridge = ridge * Math.exp(-((ax / width) ** 2.3))
  const tip = 4.2 * hill(ax, y, 0, 38, 8.5, 7.5)
  const wing = 8.6 * hill(ax, y, 13.6, 40, 5.4, 5.8)
  const fold = -2.2 * hill(ax, y, 20.4, 39.5, 2.1, 6.2)
  const columella = 2.4 * hill(ax, y, 0, 47, 3, 3.2)
  const hole = -4 * hill(ax, y - (ax - 7.6) * 0.25, 7.6, 45.4, 3.6, 1.9)
  return bridge + tip + wing + fold + columella + hole
}

function soft(ax: number, y: number): number {
  return (
    6.5 * hill(ax, y, 0, -54, 44, 30) +
    2.6 * hill(ax, y, 27, -19, 19, 6.5) +
    1.6 * hill(ax, y, 0, -17, 8, 7) -
    8 * hill(ax, y, 30, -1, 17, 10.5) -
    4.2 * hill(ax, y, 14.5, -4, 5.5, 7.5) +
    4.6 * hill(ax, y, 38, 27, 16, 13) +
    11.5 * hill(ax, y, 0, 63, 31, 23) +
    25 * hill(ax, y, 0, 93, 24, 14) -
    2.2 * hill(ax, y, 0, 81.5, 15, 4.2) -
    1.6 * hill(ax, y, 30, 61.5, 3.4, 4.2) -
    0.9 * hill(ax, y, 0, 51.5, 2.6, 5.5) +
    0.5 * hill(ax, y, 5.6, 52, 2.2, 6) -
    1.1 * hill(ax, y, 26.5 + (y - 52) * 0.42, 52, 3, 13)
  )
}

/** Millimetres inside the outline, good near it, where edges are smoothed. */
export const insideOutline = (x: number, y: number): number => (1 - outlineShare(x, y)) * 68

/** Height of the skin and of the eyeball in its opening. */
export function headHeight(x: number, y: number): number {
  if (Math.abs(x) > 80 || y < -120 || y > 120) return -400
  // No face is the mirror of itself: half a millimetre of slow unevenness takes the doll out of it.
  const ax = Math.abs(x + 0.55 * noise(x / 45 + 3.2, y / 38 + 1.4))
  const share = outlineShare(x, y)
  const dome = share < 1 ? -78 * (1 - Math.sqrt(1 - share ** 2.6)) : -78 - (share - 1) * 100
  let z = dome + soft(ax, y) + nose(ax, y) + lipHeight(x, y)
  const fromBall = Math.hypot(ax - eye.ball.x, (y - eye.ball.y) * 0.98)
  if (fromBall < 26) z = eyeRegion(ax, y, z, fromBall)
  return z
}

function eyeRegion(ax: number, y: number, skin: number, fromBall: number): number {
  const { z, radius } = eye.ball
  const ballTop = z + Math.sqrt(Math.max(radius * radius - fromBall * fromBall, 0))
  const inside = insideEye(ax, y)
  if (inside > 0) return ballTop - 0.9 * clamp(inside / 0.5)
  const lidRadius = radius + 1.5
  const lid =
    fromBall < lidRadius ? z + Math.sqrt(lidRadius * lidRadius - fromBall * fromBall) : z - (fromBall - lidRadius) * 2
  let height = smoothMax(skin, lid, 5)
  const fold = y - lidCrease(ax)
  height -= 1.15 * Math.exp(-((fold / 1.3) ** 2)) * creaseStrength(ax)
  height += 0.7 * Math.exp(-(((fold + 3) / 2.4) ** 2)) * creaseStrength(ax)
  // Below the lower lid a faint roll, then the hollow towards the cheek.
  const below = y - lowerLid(clamp(ax, eye.innerX, eye.outerX))
  const across = clamp((ax - 15) / 6) * clamp((48 - ax) / 8)
  height += 0.55 * Math.exp(-(((below - 2.6) / 2) ** 2)) * across
  height -= 0.6 * Math.exp(-(((below - 7) / 2.2) ** 2)) * across
  return height
}
