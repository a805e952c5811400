import type { Painting } from './canvas.ts'
import { shine } from './hair-light.ts'
import { capPath, hairline, type Side, sides } from './hair-shape.ts'
import { clamp, mix, randomFrom, smoothstep } from './numbers.ts'
import { type Bend, bezier, drawStroke, type Stroke } from './strokes.ts'

/** What keeps the hair from looking like a helmet: locks that slipped from behind the ears, short hairs, single hairs. */
export function paintLooseHair(painting: Painting, seed: number): void {
  const random = randomFrom(seed)
  for (let k = 0; k < 800; k++) drawStroke(painting, babyHair(random))
  for (const side of sides) {
    for (const out of [0, 1, 2, 3]) {
      const tone = random() * 1.2 - 0.6
      const end = mix(74, 112, random())
      for (let k = 0; k < 62; k++) drawStroke(painting, slipped(side, out, tone, end, random))
    }
  }
  for (let k = 0; k < 150; k++) drawStroke(painting, flyaway(random))
}

/** A strand of a lock that hangs beside the cheek, in front of the ear. */
function slipped(side: Side, out: number, tone: number, end: number, random: () => number): Stroke {
  const across = random() + random() - 1
  const stray = random() - 0.5
  const near = 68.5 + out * 2.7 + across * 2.4
  const lower: Bend = [
    [side.sign * near, -14],
    [side.sign * (near + 1.5), 14],
    [side.sign * (near - 7 - across), end * 0.6],
    [side.sign * (near + 1 - across * 2.5), end + stray * 14],
  ]
  const root = side.front[0]
  const upper: Bend = [
    [root[0] + across, root[1] - out],
    [side.front[1][0], side.front[1][1] - out],
    [side.sign * (near - 1), -52 - out],
    [side.sign * near, -14],
  ]
  const width = mix(0.26, 0.44, random())
  return {
    path: (along) => (along < 0.5 ? bezier(upper, along * 2) : bezier(lower, along * 2 - 1)),
    length: 115 + end,
    width: (along) => width * (1 - 0.75 * along ** 3),
    colour: (along, at, tangent) =>
      shine(
        at,
        tangent,
        tone,
        across * side.sign,
        0.22 * Math.cos(along * 11 + out),
        (1 - 0.45 * across * across) * 0.66,
      ),
    cover: (along) => 0.8 * smoothstep(0.02, 0.3, along) * (1 - along ** 8),
  }
}

/** Short fine hairs that soften the border between forehead and hair. */
function babyHair(random: () => number): Stroke {
  const x = mix(-74, 74, random())
  const y = hairline(x) + mix(-4, 3, random() ** 1.3)
  const away = Math.sign(x + 15)
  const length = mix(7, 15, random())
  const turn = mix(0.2, 0.8, Math.abs(x + 15) / 85) + (random() - 0.5) * 0.5
  return {
    path: (along) => [
      x + away * length * along * mix(0.75, 0.35, turn),
      y - length * along * (0.75 - turn) + along * along * turn * length * 0.9,
    ],
    length,
    width: () => 0.22,
    colour: () => [0.06, 0.033, 0.02],
    cover: (along) => 0.46 * Math.sin(Math.PI * clamp(along * 0.95 + 0.04)),
  }
}

/** Single hairs that stand off the outline and catch the light. */
function flyaway(random: () => number): Stroke {
  const side = sides[random() < 0.5 ? 0 : 1]!
  const share = 1 + random() * 0.025
  const from = random() * 0.6
  const to = from + mix(0.15, 0.4, random())
  const lift = mix(0.5, 5, random())
  const bright = mix(0.5, 1.5, random())
  return {
    path: (along) => {
      const [x, y] = capPath(side, share, mix(from, to, along))
      const rise = lift * along * along
      const far = Math.hypot(x, y - 5)
      return [x + (x / far) * rise, y + ((y - 5) / far) * rise]
    },
    length: 60,
    width: () => 0.2,
    colour: () => [0.2 * bright, 0.125 * bright, 0.075 * bright],
    cover: (along) => 0.5 * (1 - along),
  }
}
