import type { Colour } from './canvas.ts'
import { clamp, hill, mix, randomFrom, smoothstep } from './numbers.ts'

interface Glow {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly strength: number
  readonly warm: number
}

/** A room far out of focus: a dim wall, a window's light on the left, round glows of distant lamps. */
export function backdrop(seed: number): (x: number, y: number) => Colour {
  const random = randomFrom(seed)
  const glows: Glow[] = Array.from({ length: 15 }, () => ({
    x: mix(-175, 175, random()),
    y: mix(-175, 110, random()),
    radius: mix(9, 25, random() ** 1.5),
    strength: mix(0.02, 0.075, random()),
    warm: random(),
  }))
  return (x, y) => {
    const window = 0.3 * hill(x, y, -150, -60, 120, 150)
    const lamp = 0.13 * hill(x, y, 160, 10, 90, 120)
    const floor = 0.05 * clamp((y + 180) / 430)
    let red = 0.085 + window * 0.62 + lamp * 1.25 - floor
    let green = 0.105 + window * 0.74 + lamp * 0.85 - floor
    let blue = 0.12 + window * 0.8 + lamp * 0.52 - floor * 0.9
    for (const glow of glows) {
      const far = Math.hypot(x - glow.x, y - glow.y) / glow.radius
      if (far > 1.2) continue
      const disc = smoothstep(1.18, 0.7, far) * (0.75 + 0.25 * far * far) * glow.strength
      red += disc * mix(0.8, 1.5, glow.warm)
      green += disc * mix(0.95, 1.0, glow.warm)
      blue += disc * mix(1.15, 0.55, glow.warm)
    }
    return [Math.max(red, 0.01), Math.max(green, 0.01), Math.max(blue, 0.01)]
  }
}
