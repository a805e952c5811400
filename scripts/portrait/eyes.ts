import type { Colour } from './canvas.ts'
import { eye, insideEye, lowerLid, upperLid } from './eye-shape.ts'
import { clamp, cloud, mix, noise, smoothstep } from './numbers.ts'
import { mixColour } from './skin.ts'

const white: Colour = [0.72, 0.665, 0.64]
const flesh: Colour = [0.62, 0.3, 0.26]

function irisColour(x: number, y: number, side: number): Colour {
  const dx = x - eye.iris.x
  const dy = y - eye.iris.y
  const radius = Math.hypot(dx, dy) / eye.iris.radius
  const angle = Math.atan2(dy, dx) + side
  const fibre = 0.5 + 0.5 * noise(angle * 11 + 20, radius * 2.2) * 0.8 + 0.25 * noise(angle * 26, radius * 3)
  const ring = smoothstep(0.74, 1, radius)
  const collar = Math.exp(-(((radius - 0.5) / 0.1) ** 2))
  let colour = mixColour([0.05, 0.03, 0.016], [0.25, 0.14, 0.058], clamp(fibre))
  colour = mixColour(colour, [0.32, 0.18, 0.07], 0.45 * collar * clamp(fibre + 0.2))
  colour = mixColour(colour, [0.022, 0.016, 0.014], 0.9 * ring)
  // The cornea gathers the key light on the far side of the iris.
  const glow = clamp((dx * 0.5 + dy * 0.62) / eye.iris.radius) * (1 - ring)
  colour = mixColour(colour, [0.5, 0.29, 0.12], 0.5 * glow * clamp(fibre + 0.1))
  return mixColour(colour, [0.006, 0.005, 0.005], smoothstep(0.44, 0.38, radius))
}

/**
 * Colour of the eyeball in its opening, light included (it is glossy and half shaded by its lid, so it is painted, not lit).
 * @param x distance from the face's middle line
 * @param side -1 for the eye on the picture's left, 1 for the other
 */
export function eyeColour(x: number, y: number, side: number): Colour {
  const dx = x - eye.ball.x
  const dy = y - eye.ball.y
  const round = clamp(1 - (dx * dx + dy * dy * 0.6) / 290)
  const lightSide = 1 - 0.13 * clamp((dx * side) / 14, -1, 1)
  const veins = 0.05 * Math.max(cloud(x * 0.5 + side * 9, y * 1.2), 0) * smoothstep(6, 13, Math.abs(dx))
  let colour: Colour = [
    white[0] * round * lightSide,
    (white[1] - veins) * round * lightSide,
    (white[2] - veins) * round * lightSide,
  ]
  // The inner corner: the small pink knob.
  const corner = smoothstep(21.2, 17.4, x + 0.3 * Math.abs(y - 2))
  colour = mixColour(colour, [flesh[0] * 0.86, flesh[1] * 0.8, flesh[2] * 0.8], corner)
  const toIris = Math.hypot(x - eye.iris.x, y - eye.iris.y)
  const edge = smoothstep(eye.iris.radius + 0.4, eye.iris.radius - 0.45, toIris)
  colour = mixColour(colour, irisColour(x, y, side), edge)
  const under = y - upperLid(x)
  const shadow =
    mix(0.24, 1, smoothstep(-0.2, 3.6, under)) *
    mix(0.72, 1, smoothstep(0, 5, x - eye.innerX)) *
    mix(0.6, 1, smoothstep(0, 6, eye.outerX - x))
  colour = [colour[0] * shadow, colour[1] * shadow * 0.985, colour[2] * shadow * 0.97]
  // The wet rim of the lower lid.
  const rim = smoothstep(1.15, 0.35, lowerLid(x) - y)
  colour = mixColour(colour, [flesh[0] * 0.98, flesh[1] * 1.05, flesh[2] * 1.0], rim * 0.8)
  const wet = Math.exp(-(((lowerLid(x) - y - 1.15) / 0.28) ** 2)) * 0.16 * smoothstep(0.2, 1, insideEye(x, y) + 0.6)
  const gleam = catchLight(x, y, side)
  return [colour[0] + wet + gleam, colour[1] + wet + gleam, colour[2] + wet + gleam]
}

/** The window's image in the cornea (both eyes see it on the picture's left) and a faint one of the room below. */
function catchLight(x: number, y: number, side: number): number {
  const dx = (x - eye.iris.x) * side
  const dy = y - eye.iris.y
  const u = (dx + 1.9) / 1.1
  const v = (dy + 0.35) / 1.25
  const window = smoothstep(1.15, 0.75, (u ** 4 + v ** 4) ** 0.25)
  const room = 0.16 * smoothstep(1.4, 0.3, Math.hypot((dx - 1.9) / 1.3, (dy - 2.7) / 0.9))
  return 1.0 * window + room
}
