import { browShade } from './brows.ts'
import { blur, type Colour, type Frame, type Plane, sample } from './canvas.ts'
import { creaseStrength, eye, lidCrease, lowerLid, upperLid } from './eye-shape.ts'
import { dot, keyLight, type Lit, normalAt, unit, type Vector } from './light.ts'
import { lipPlace, lowerBorder, mouth, seam, upperBorder } from './mouth-shape.ts'
import { clamp, cloud, hill, mix, noise, smoothstep } from './numbers.ts'

const base: Colour = [0.73, 0.43, 0.305]

const tint = (colour: Colour, red: number, green: number, blue: number, share: number): Colour => [
  colour[0] * mix(1, red, share),
  colour[1] * mix(1, green, share),
  colour[2] * mix(1, blue, share),
]

/** 0..1: how much of a point is lip red, with a border half a millimetre soft. */
export function lipShare(x: number, y: number): number {
  const ax = Math.abs(x)
  if (ax > mouth.halfWidth + 0.5) return 0
  const inX = Math.min(ax, mouth.halfWidth)
  const above = smoothstep(-0.55, 0.55, y - upperBorder(inX))
  const below = smoothstep(-0.7, 0.7, lowerBorder(inX) - y)
  return above * below * smoothstep(mouth.halfWidth + 0.5, mouth.halfWidth - 2.5, ax)
}

/** The skin's own colour, without light: redder cheeks, nose and chin, paler brow, cooler under the eyes, lips. */
export function skinColour(x: number, y: number): Colour {
  const ax = Math.abs(x)
  const mottle = cloud(x / 9, y / 9)
  const blush =
    0.55 * hill(ax, y, 40, 29, 22, 17) + 0.55 * hill(ax, y, 0, 37, 13, 9) + 0.25 * hill(ax, y, 0, 96, 16, 10)
  let colour = tint(base, 1.0, 0.8, 0.76, clamp(blush + 0.12 * mottle))
  colour = tint(colour, 1.02, 1.05, 1.04, hill(ax, y, 0, -50, 45, 22))
  colour = tint(colour, 0.93, 0.88, 0.91, 0.75 * hill(ax, y, 27, 10.5, 13, 4.5) + 0.4 * hill(ax, y, 15, 1, 4, 7))
  colour = tint(colour, 0.93, 0.84, 0.8, 0.7 * hill(ax, y, 31, -8, 17, 4.5))
  colour = tint(
    colour,
    0.9,
    0.72,
    0.66,
    0.55 * hill(ax, y, 20.2, 41.5, 1.8, 5.5) + 0.3 * hill(ax, y, 28.6, 61.8, 2.5, 3),
  )
  if (Math.abs(y - eye.ball.y) < 16 && ax > 12 && ax < 54) {
    const fold = Math.exp(-(((y - lidCrease(ax)) / 0.95) ** 2)) * creaseStrength(ax)
    colour = tint(colour, 0.6, 0.46, 0.42, 0.5 * fold)
    const reach = clamp(ax, eye.innerX, eye.outerX)
    const edge = Math.exp(-Math.max(upperLid(reach) - y, 0) / 0.9) * smoothstep(13, 20, ax) * smoothstep(50, 45, ax)
    if (y < lowerLid(reach)) colour = tint(colour, 0.52, 0.4, 0.38, 0.5 * edge)
    const rim = Math.exp(-Math.max(y - lowerLid(reach), 0) / 0.9) * smoothstep(15, 19, ax) * smoothstep(49, 45, ax)
    if (y > upperLid(reach)) colour = tint(colour, 0.84, 0.64, 0.62, 0.7 * rim)
  }
  const brow = browShade(x, y)
  if (brow > 0) colour = tint(colour, 0.36, 0.26, 0.24, 0.72 * brow)
  const nostril = hill(ax, y - (ax - 7.6) * 0.25, 7.7, 45.3, 3.4, 1.55)
  colour = tint(colour, 0.2, 0.1, 0.09, smoothstep(0.32, 0.78, nostril))
  const lips = lipShare(x, y)
  if (lips > 0) colour = mixColour(colour, lipColour(x, y), lips)
  const fine = 1 + 0.028 * noise(x * 2.6, y * 2.6) + 0.02 * noise(x * 1.1 + 40, y * 1.1)
  return [colour[0] * fine, colour[1] * fine, colour[2] * fine]
}

export const mixColour = (a: Colour, b: Colour, share: number): Colour => [
  mix(a[0], b[0], share),
  mix(a[1], b[1], share),
  mix(a[2], b[2], share),
]

function lipColour(x: number, y: number): Colour {
  const place = lipPlace(x, y)
  const ax = Math.min(Math.abs(x), mouth.halfWidth)
  const line = Math.exp(-(((y - seam(ax)) / 0.85) ** 2))
  const wrinkle = 0.05 * noise(x * 0.9, y * 0.12) + 0.04 * noise(x * 2.2, y * 0.2)
  let colour: Colour = place?.upper ? [0.5, 0.165, 0.15] : [0.6, 0.215, 0.19]
  colour = tint(colour, 0.86, 0.74, 0.76, 1 - (place?.depth ?? 1))
  colour = tint(colour, 0.17, 0.08, 0.08, line)
  return [colour[0] * (1 + wrinkle), colour[1] * (1 + wrinkle), colour[2] * (1 + wrinkle)]
}

const skyLight: Colour = [0.33, 0.355, 0.4]
const keyColour: Colour = [1.02, 0.94, 0.83]
const rimLight: Vector = unit([0.86, -0.22, -0.28])
const fillLight: Vector = unit([0.75, 0.1, 0.6])
const half: Vector = unit([keyLight[0], keyLight[1], keyLight[2] + 1])

/** Light that falls on a surface, spread below the skin: red travels furthest, so shadow borders turn warm. */
export function spreadLight(heights: Plane, lit: Lit, frame: Frame, where: Uint8Array): readonly [Plane, Plane, Plane] {
  const planes: [Plane, Plane, Plane] = [0, 1, 2].map(() => new Float32Array(heights.length)) as [Plane, Plane, Plane]
  const weight = new Float32Array(heights.length)
  let i = -1
  for (let row = 0; row < frame.height; row++) {
    const y = (row + 0.5 - frame.centreY) / frame.pixelsPerMm
    for (let column = 0; column < frame.width; column++) {
      i++
      if (!where[i]) continue
      const x = (column + 0.5 - frame.centreX) / frame.pixelsPerMm
      const normal = normalAt(heights, frame, i)
      const key = clamp((dot(normal, keyLight) + 0.12) / 1.12) * sample(lit.key, lit.frame, x, y)
      const sky = sample(lit.sky, lit.frame, x, y) ** 1.4 * (0.62 - 0.38 * normal[1])
      const fill = clamp(dot(normal, fillLight)) * 0.2 * sample(lit.sky, lit.frame, x, y)
      const rim = clamp(dot(normal, rimLight)) ** 1.2 * 0.9 * sample(lit.sky, lit.frame, x, y)
      // The lit shirt and neck throw warm light up under chin and nose.
      const bounce = clamp(normal[1] + 0.1) * 0.34
      weight[i] = 1
      for (let c = 0; c < 3; c++) {
        planes[c]![i] =
          keyColour[c]! * key * 1.06 +
          skyLight[c]! * sky +
          fill * [0.9, 0.85, 0.8][c]! +
          rim * [1, 0.86, 0.7][c]! +
          bounce * [0.95, 0.78, 0.7][c]!
      }
    }
  }
  const reachMm = [1.5, 0.7, 0.4]
  const [red, green, blue] = planes.map((plane, c) => {
    const sigma = reachMm[c]! * frame.pixelsPerMm
    const spread = blur(plane, frame.width, frame.height, sigma)
    const share = blur(weight, frame.width, frame.height, sigma)
    return spread.map((value, k) => (share[k]! > 0.02 ? mix(plane[k]!, value / share[k]!, 0.78) : plane[k]!))
  }) as [Plane, Plane, Plane]
  // In the deepest shade red alone would be left, and the edge of a face would glow like a coal.
  return [
    red,
    green.map((value, k) => Math.max(value, red[k]! * 0.62)),
    blue.map((value, k) => Math.max(value, red[k]! * 0.5)),
  ]
}

/** Sheen of the skin: broad and weak on cheeks and forehead, tighter on nose and lips. */
export function skinSheen(heights: Plane, lit: Lit, frame: Frame, index: number, x: number, y: number): number {
  const [nx, ny, nz] = normalAt(heights, frame, index)
  const grain = 0.05
  const normal = unit([nx + grain * noise(x * 3.1, y * 3.1), ny + grain * noise(x * 3.1 + 50, y * 3.1), nz])
  const facing = clamp(dot(normal, half))
  const lips = lipShare(x, y)
  const oil = 0.6 + 0.9 * hill(Math.abs(x), y, 0, 34, 9, 18) + 0.35 * hill(Math.abs(x), y, 38, 20, 14, 9)
  const broad = 0.05 * facing ** 14
  const tight = mix(
    0.055 * facing ** 42 * oil,
    0.3 * facing ** 46 * smoothstep(0.1, 0.36, lipPlace(x, y)?.depth ?? 0),
    lips,
  )
  const edge = 0.045 * (1 - clamp(normal[2])) ** 3
  return (broad + tight) * sample(lit.key, lit.frame, x, y) + edge * sample(lit.sky, lit.frame, x, y)
}
