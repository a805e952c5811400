import { insideCollar, insideOpening } from './body-shape.ts'
import type { Colour } from './canvas.ts'
import { clamp, noise, smoothstep } from './numbers.ts'

/** Colour of the shirt without light: fine twill, seams along the collar's edge and the button border, two buttons. */
export function clothColour(x: number, y: number, collar: boolean): Colour {
  const weave = 1 + 0.09 * Math.sin((x + y) * 5.2) * Math.sin((x - y) * 5.2) + 0.07 * noise(x * 2.2, y * 2.2)
  let shade = weave * (collar ? 1.12 : 1)
  if (collar) {
    const depth = insideCollar(x, y)
    const stitches = Math.exp(-(((depth - 3.2) / 0.32) ** 2)) * smoothstep(-0.5, 0.4, Math.sin((x * 0.7 + y) * 3.4))
    shade *= 1 - 0.3 * Math.exp(-(((depth - 3.2) / 0.6) ** 2)) + 0.42 * stitches
    shade *= 1 - 0.35 * clamp(1 - depth / 0.5)
  } else if (insideOpening(x, y) < -1 && y > 194) {
    shade *= 1 - 0.35 * Math.exp(-(((x - 13.6) / 0.35) ** 2)) * smoothstep(219, 234, y)
  }
  return [0.047 * shade, 0.108 * shade, 0.132 * shade]
}
