import type { Colour, Painting } from './canvas.ts'
import { eye, lowerLid, upperLid } from './eye-shape.ts'
import { clamp, curve, mix, type Point, randomFrom, smoothstep } from './numbers.ts'
import { bezier, drawStroke } from './strokes.ts'

const middle = curve([
  [12.5, -19],
  [20, -21.4],
  [30, -24.4],
  [39, -26.4],
  [47, -24.6],
  [56, -18.6],
])
const thickness = curve([
  [12.5, 6.4],
  [20, 7.2],
  [32, 6.6],
  [42, 4.6],
  [50, 2.8],
  [56, 1],
])
const dark: Colour = [0.034, 0.02, 0.013]

/** How dense the brow is at a point, for the soft shade under its hairs: 0..1. */
export function browShade(x: number, y: number): number {
  const ax = Math.abs(x)
  if (ax < 8 || ax > 60) return 0
  const off = (y - middle(ax)) / (thickness(ax) * 0.62)
  return Math.exp(-off * off) * smoothstep(10, 19, ax) * smoothstep(58, 50, ax)
}

/** Both brows, hair by hair: upright at the nose, then lying down towards the temples. */
export function paintBrows(painting: Painting, seed: number): void {
  const random = randomFrom(seed)
  for (const side of [-1, 1]) {
    for (let k = 0; k < 380; k++) {
      const at = random() ** 0.9
      const x = mix(12.5, 54.5, at)
      const level = random() - 0.5
      const y = middle(x) + level * thickness(x) + 0.8
      const slope = (middle(x + 1) - middle(x - 1)) / 2
      const upright = (1 - at) ** 1.6 * 0.95 - level * 0.6 + (random() - 0.5) * 0.22 + 0.1
      const angle = Math.atan(slope) - upright
      const length = mix(4.2, 6.8, random()) * mix(0.8, 1, Math.sin(at * Math.PI)) * (at > 0.85 ? 0.75 : 1)
      const end = angle + 0.35 * (1 - at)
      const points: [Point, Point, Point, Point] = [
        [x, y],
        [x + Math.cos(angle) * length * 0.35, y + Math.sin(angle) * length * 0.35],
        [x + Math.cos((angle + end) / 2) * length * 0.7, y + Math.sin((angle + end) / 2) * length * 0.7],
        [x + Math.cos(end) * length, y + Math.sin(end) * length],
      ]
      const tone = mix(0.7, 1.9, random())
      drawStroke(painting, {
        path: (along) => {
          const [px, py] = bezier(points, along)
          return [side * px, py]
        },
        length,
        width: (along) => 0.38 * (1 - 0.7 * along),
        colour: () => [dark[0] * tone, dark[1] * tone, dark[2] * tone],
        cover: (along) => 0.58 * smoothstep(0, 0.18, along) * (1 - along ** 3) * smoothstep(8, 22, x),
      })
    }
  }
}

/** The dark line of both lids, then the lashes. */
export function paintLashes(painting: Painting, seed: number): void {
  const random = randomFrom(seed)
  for (const side of [-1, 1]) {
    lidLine(painting, side)
    for (let k = 0; k < 105; k++) {
      const at = clamp((k + random()) / 105)
      const x = mix(eye.innerX + 2.2, eye.outerX - 0.1, at ** 0.9)
      const length = mix(1.4, 4, smoothstep(0, 0.85, at)) * mix(0.8, 1.1, random())
      const fan = mix(-0.35, 1.15, at) + (random() - 0.5) * 0.22
      lash(painting, side, [x, upperLid(x) + 0.5], fan, length, 0.28, 0.46)
    }
    for (let k = 0; k < 46; k++) {
      const at = (k + random()) / 46
      const x = mix(eye.innerX + 7, eye.outerX - 1, at)
      const fan = mix(-0.2, 0.95, at) + (random() - 0.5) * 0.3
      lash(painting, side, [x, lowerLid(x) + 0.15], fan, -mix(1.3, 2.6, random()), 0.2, 0.42)
    }
  }
}

function lidLine(painting: Painting, side: number): void {
  drawStroke(painting, {
    path: (along) => {
      const x = mix(eye.innerX + 1.2, eye.outerX + 1.6, along)
      return [side * x, x < eye.outerX ? upperLid(x) + 0.75 : upperLid(eye.outerX) + 0.6 - (x - eye.outerX) * 0.25]
    },
    length: 34,
    width: (along) => mix(0.7, 2, smoothstep(0, 0.4, along)) * smoothstep(1.02, 0.9, along),
    colour: () => [0.016, 0.0095, 0.008],
    cover: (along) => 0.8 * smoothstep(0, 0.12, along),
  })
  drawStroke(painting, {
    path: (along) => {
      const x = mix(eye.innerX + 5, eye.outerX + 0.2, along)
      return [side * x, lowerLid(x) + 0.25]
    },
    length: 28,
    width: () => 0.55,
    colour: () => [0.085, 0.04, 0.032],
    cover: (along) => 0.58 * smoothstep(0, 0.55, along),
  })
}

/** One lash from its root: first forward (down, seen from the front), then swung up and outwards. Negative length hangs down. */
function lash(
  painting: Painting,
  side: number,
  [x, y]: Point,
  fan: number,
  length: number,
  wide: number,
  cover: number,
): void {
  const out = Math.sin(fan) * Math.abs(length)
  const up = -Math.cos(fan) * length
  const points: [Point, Point, Point, Point] = [
    [x, y],
    [x + out * 0.42, y + (length > 0 ? 0.35 : up * 0.25)],
    [x + out * 0.85, y + up * 0.42],
    [x + out, y + up],
  ]
  drawStroke(painting, {
    path: (along) => {
      const [px, py] = bezier(points, along)
      return [side * px, py]
    },
    length: Math.abs(length) * 1.15,
    width: (along) => wide * (1 - 0.8 * along),
    colour: () => [0.014, 0.009, 0.008],
    cover: (along) => cover * (1 - 0.6 * along),
  })
}
