import type { Colour } from './canvas.ts'
import { hairHeight } from './hair-shape.ts'
import { dot, keyLight, unit, type Vector } from './light.ts'
import { clamp, mix, type Point } from './numbers.ts'

/** The darkest of the hair, in its depth. */
export const rootColour: Colour = [0.024, 0.0125, 0.008]
const warm: Colour = [0.086, 0.04, 0.0205]
const gloss: Colour = [0.62, 0.45, 0.32]
const amber: Colour = [0.5, 0.24, 0.1]
const halfWay: Vector = unit([keyLight[0], keyLight[1], keyLight[2] + 1])
const rimLight: Vector = unit([0.9, -0.35, 0.15])

/**
 * Light on one hair: it shines across its direction, twice: a clear sheen and a coloured one nearer the tip.
 * @param rollAlong how steeply the strand itself rises towards the viewer here, beyond the hair's surface
 * @param across -1..1 where in its lock the strand lies; a lock is round
 */
export function shine(
  at: Point,
  tangent: Point,
  tone: number,
  across: number,
  rollAlong: number,
  shade: number,
): Colour {
  const [x, y] = at
  const slopeX = (hairHeight(x + 1.5, y) - hairHeight(x - 1.5, y)) / 3
  const slopeY = (hairHeight(x, y + 1.5) - hairHeight(x, y - 1.5)) / 3
  const way = unit([tangent[0], tangent[1], tangent[0] * slopeX + tangent[1] * slopeY + rollAlong])
  const normal = unit([across * 0.55 - slopeX, -slopeY - rollAlong * tangent[1], 1])
  const sine = (light: Vector, shift: number): number =>
    Math.sqrt(Math.max(1 - clamp(dot(way, light) + shift, -1, 1) ** 2, 0))
  const facing = clamp((dot(normal, keyLight) + 0.25) / 1.25)
  const sheen = sine(halfWay, 0.04 + tone * 0.05) ** 90 * facing * 0.3
  const glow = sine(halfWay, -0.2 + tone * 0.08) ** 18 * facing * 0.17
  const rim = clamp(dot(normal, rimLight)) ** 2 * sine(rimLight, 0) ** 6 * 0.36
  const lit = (0.2 + 0.95 * facing * sine(keyLight, 0)) * (1 + tone * 0.4)
  const depth = clamp(0.5 + tone * 0.45)
  const channel = (c: 0 | 1 | 2): number =>
    shade * (mix(rootColour[c], warm[c], depth) * lit + gloss[c] * sheen + amber[c] * (glow + rim))
  return [channel(0), channel(1), channel(2)]
}
