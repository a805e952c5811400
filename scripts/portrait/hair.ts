import { laySpot, type Painting } from './canvas.ts'
import { rootColour as root, shine } from './hair-light.ts'
import { paintLooseHair } from './hair-loose.ts'
import { capPath, fallPath, insideCap, type Side, sides } from './hair-shape.ts'
import { clamp, mix, noise, type Point, randomFrom, smoothstep } from './numbers.ts'
import { drawStroke, type Stroke } from './strokes.ts'

interface Lock {
  readonly side: Side
  readonly share: number
  readonly lean: number
  readonly wave: number
  readonly tone: number
  readonly length: number
}

/** The share of a strand's way that lies on the head; the rest falls. */
const capPart = 0.54

function strandOf(lock: Lock, random: () => number, behind: boolean): Stroke {
  const across = random() + random() + random() - 1.5
  const tone = lock.tone + (random() - 0.5) * 0.6
  const width = mix(0.3, 0.52, random())
  const gather = mix(0.3, 1, random())
  const wave = lock.wave + across * 0.4
  const length = lock.length * mix(0.88, 1.04, random())
  const start = random() * 0.03
  const stray = (random() - 0.5) * 0.05
  const bodyOfLock = 1 - 0.4 * across * across
  const share = (along: number): number =>
    clamp(lock.share + across * 0.055 * mix(0.7, 1.15, Math.cos(along * 5 + lock.wave) ** 2) + stray * along, 0, 1.03)
  const lean = lock.lean + across * 9
  const split = (along: number): number => (behind ? 1 : along / capPart)
  const fallen = (along: number): number => (behind ? along : (along - capPart) / (1 - capPart))
  const path = (along: number): Point => {
    const onHead = split(along)
    if (onHead < 1 && !behind) return capPath(lock.side, share(along), mix(start, 1, onHead))
    const down = fallen(along)
    const tip = lean - across * 9 * down * gather * 0.6
    return fallPath(lock.side, share(capPart), down, tip, wave, length)
  }
  return {
    path,
    length: behind ? length * 1.05 : 165 + length,
    width: (along) => width * (1 - 0.7 * clamp(fallen(along)) ** 4) * mix(0.6, 1, clamp(along * 12)),
    colour: (along, at, tangent) => {
      const down = clamp(fallen(along))
      const roll = 0.75 * Math.cos(down * 8.2 + wave + 1.3) * smoothstep(0, 0.3, down)
      const patch =
        1 + 0.28 * noise(lock.share * 13 + lock.side.sign * 7, along * 4.5) + 0.14 * noise(lock.share * 40, along * 9)
      const shade = bodyOfLock * patch * (behind ? behindShade(at) : frontShade(at, along))
      return shine(at, tangent, tone, across * lock.side.sign, roll, shade)
    },
    cover: (along) => 0.74 * smoothstep(0, 0.035, along - start * 0.5) * (1 - clamp(fallen(along)) ** 10),
  }
}

/** Hair behind the neck lies in the shadow of head and neck. */
const behindShade = ([x, y]: Point): number =>
  mix(0.22, 0.6, smoothstep(48, 80, Math.abs(x))) * mix(0.7, 1, smoothstep(20, 90, y))

function frontShade([x, y]: Point, along: number): number {
  const parting = smoothstep(-3, 8, Math.abs(x + 15) + along * 60)
  const tucked = 1 - 0.5 * Math.exp(-(((y - 14) / 20) ** 2)) * smoothstep(92, 76, Math.abs(x))
  const inner = mix(0.5, 1, smoothstep(62, 82, Math.abs(x) + clamp(-y, 0, 40)))
  return mix(0.78, 1, parting) * tucked * inner
}

function paintBase(painting: Painting, cover: (x: number, y: number) => number, dim: number): void {
  const { frame } = painting
  let i = 0
  for (let row = 0; row < frame.height; row++) {
    const y = (row + 0.5 - frame.centreY) / frame.pixelsPerMm
    for (let column = 0; column < frame.width; column++, i++) {
      const share = cover((column + 0.5 - frame.centreX) / frame.pixelsPerMm, y)
      if (share > 0) laySpot(painting, i, [root[0] * dim, root[1] * dim, root[2] * dim], share)
    }
  }
}

function locksOf(count: number, random: () => number, lean: readonly [number, number]): Lock[] {
  return sides.flatMap((side) =>
    Array.from({ length: count }, (_, i): Lock => {
      const share = (i + random()) / count
      const wave = Math.floor(share * 9) * 0.8 + random() * 0.7 + (side.sign > 0 ? 1.7 : 0)
      return {
        side,
        share,
        lean: mix(...lean, clamp(share + (random() - 0.5) * 0.5)),
        wave,
        tone: random() * 1.5 - 0.75,
        length: mix(122, 160, random()),
      }
    }),
  )
}

/** The hair behind ears and neck, laid before the head. */
export function paintHairBehind(painting: Painting, seed: number): void {
  const random = randomFrom(seed)
  paintBase(
    painting,
    (x, y) =>
      smoothstep(90, 82, Math.abs(x) + noise(y / 8, x / 9) * 2) * smoothstep(150, 120, y) * smoothstep(-30, -20, y),
    0.4,
  )
  for (const lock of locksOf(34, random, [52, 90])) {
    for (let k = 0; k < 60; k++) drawStroke(painting, strandOf(lock, random, true))
  }
}

/** The hair over skull, temples and the tops of the ears and down to the shoulders, laid last. */
export function paintHairInFront(painting: Painting, seed: number): void {
  const random = randomFrom(seed)
  paintBase(painting, (x, y) => 0.95 * smoothstep(0.5, 5, insideCap(x, y) + noise(x / 2, y / 2) * 1.2), 0.8)
  const locks = locksOf(60, random, [72, 99])
  locks.sort((a, b) => b.share - a.share + (a.tone - b.tone) * 0.06)
  for (const lock of locks) {
    for (let k = 0; k < 62; k++) drawStroke(painting, strandOf(lock, random, false))
  }
  paintLooseHair(painting, seed + 1)
}
