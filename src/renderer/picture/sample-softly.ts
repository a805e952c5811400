import type { RgbImage } from '../ports.ts'

const { max, min, round } = Math

/** One channel of an image between its pixels, bilinear; at its edges the nearest pixel. */
export function sample({ width, height, data }: RgbImage, x: number, y: number, channel: number): number {
  const cx = max(0, min(x, width - 1))
  const cy = max(0, min(y, height - 1))
  const i = min(max(0, width - 2), cx | 0)
  const j = min(max(0, height - 2), cy | 0)
  const fx = cx - i
  const fy = cy - j
  const right = width > 1 ? 3 : 0
  const below = height > 1 ? width * 3 : 0
  const at = (j * width + i) * 3 + channel
  const above = data[at]! + (data[at + right]! - data[at]!) * fx
  const under = data[at + below]! + (data[at + below + right]! - data[at + below]!) * fx
  return above + (under - above) * fy
}

/** The mean over a square of `side` pixels where that is more than one: an image that is made smaller must not glitter. */
export function sampleSoftly(image: RgbImage, x: number, y: number, channel: number, side: number): number {
  const steps = min(8, round(side))
  if (steps <= 1) return sample(image, x, y, channel)
  let sum = 0
  for (let j = 0; j < steps; j++) {
    for (let i = 0; i < steps; i++) {
      sum += sample(image, x + ((i + 0.5) / steps - 0.5) * side, y + ((j + 0.5) / steps - 0.5) * side, channel)
    }
  }
  return sum / (steps * steps)
}
