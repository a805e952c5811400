import { outlineShare } from './head-shape.ts'
import { clamp, curve, mix, type Point, smoothstep } from './numbers.ts'
import { type Bend, bezier } from './strokes.ts'

/**
 * Shoulder-long hair, parted left of the middle, brushed over the tops of the ears and falling behind them.
 * A way of the hair is told by `share`: 0 for the hair at the forehead's edge, 1 for the hair on the head's outline.
 */
export interface Side {
  /** 1 the picture's right, -1 its left. */
  readonly sign: 1 | -1
  readonly front: Bend
  readonly back: Bend
}

export const sides: readonly Side[] = [
  {
    sign: -1,
    front: [
      [-14.5, -75],
      [-38, -80],
      [-73, -50],
      [-76, 20],
    ],
    back: [
      [-13.5, -115],
      [-34, -125],
      [-93, -100],
      [-90, 20],
    ],
  },
  {
    sign: 1,
    front: [
      [-17, -75],
      [18, -86],
      [73, -54],
      [76, 20],
    ],
    back: [
      [-16, -115],
      [10, -130],
      [93, -106],
      [90, 20],
    ],
  },
]

/** A strand's way over the head, from the parting to the ear. */
export function capPath(side: Side, share: number, along: number): Point {
  const front = bezier(side.front, along)
  const back = bezier(side.back, along)
  return [mix(front[0], back[0], share), mix(front[1], back[1], share)]
}

/**
 * A strand's way down from behind the ear to its tip on the shoulder.
 * @param lean distance from the middle line that the strand tends to
 * @param wave phase of its waves; strands of one lock share it
 */
export function fallPath(side: Side, share: number, along: number, lean: number, wave: number, length: number): Point {
  const [fromX, fromY] = capPath(side, share, 1)
  const swing = Math.sin(along * 8.2 + wave) * 4.6 * smoothstep(0, 0.5, along)
  const curl = -9 * along ** 4
  const x = mix(Math.abs(fromX), lean, smoothstep(0, 0.8, along)) + swing + curl
  return [side.sign * x, fromY + along * length]
}

const frontWay = (side: Side): Point[] =>
  [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((along) => bezier(side.front, along))

/** Where the forehead ends: y for x, the way of the foremost strands. */
export const hairline = curve([...frontWay(sides[0]!).reverse(), ...frontWay(sides[1]!).slice(2)])

const outline = curve([
  [0, 116.5],
  [0.35, 113],
  [0.8, 106],
  [1.2, 92],
  [1.57, 83],
  [1.7, 82],
])

/** Inside the cap of hair: distance-like, positive inside, millimetres. */
export function insideCap(x: number, y: number): number {
  const rim = outline(Math.abs(Math.atan2(x, 5 - y))) - Math.hypot(x, y - 5)
  if (y > 12) return -1
  return Math.min(rim, Math.abs(x) > 75 ? 8 : hairline(x) - y)
}

/** Inside the hair that falls beside the neck, positive inside, millimetres. */
export function insideFall(x: number, y: number): number {
  const ax = Math.abs(x)
  return Math.min(ax - 62 + clamp((y - 40) / 90) * 6, 95 - ax, (y + 45) * 0.12, 158 - y)
}

/** Height of the hair's surface over the head, on the head's scale. */
export function hairHeight(x: number, y: number): number {
  const share = Math.min(outlineShare(x, y) * 0.79, 1)
  const cap = -86 * (1 - Math.sqrt(1 - share ** 2.2)) + 5
  const across = clamp((Math.abs(x) - 78) / 30, -1, 1)
  const fall = -50 + 24 * Math.sqrt(1 - across * across) + 9 * smoothstep(60, 190, y)
  return mix(cap, fall, smoothstep(-45, 60, y))
}
