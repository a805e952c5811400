import type { RgbImage } from '../src/renderer/ports.ts'

const { max, min } = Math

/** How an edit goes wrong: somebody else's proportions, a tilted and turned head, a flat grey picture, one of 96 pixels. */
export type Spoiling = 'another-face' | 'moved-head' | 'grey' | 'tiny'

/** Where a pixel of the edit comes from, as x' = a x + b y + c in shares of the picture about its middle. */
interface Drift {
  readonly stretchX: number
  readonly stretchY: number
  /** Pixels of the edit. */
  readonly shiftX: number
  readonly shiftY: number
  /** Perspective as of a head that turns: sides grow and shrink by this share. */
  readonly turn: number
}

/**
 * Redraws a picture at `size`: 1 to 4 pixels off, up to 1 % larger or smaller, each channel with its own gain and offset (+-3 %, +-3 levels),
 * and noise of +-3 levels. Where the aspects differ the picture's edges are cut off.
 */
export function driftAway(
  image: RgbImage,
  size: { readonly width: number; readonly height: number },
  random: () => number,
  spoiling?: Spoiling,
): RgbImage {
  const { width, height } = size
  const data = new Uint8ClampedArray(width * height * 3)
  if (spoiling === 'grey') return { width, height, data: new Uint8Array(data.fill(128).buffer) }
  const within = (span: number): number => (2 * random() - 1) * span
  const shift = (): number => (random() < 0.5 ? -1 : 1) * (1 + 3 * random())
  const larger = 1 + within(0.01)
  const drift: Drift = {
    shiftX: shift(),
    shiftY: shift(),
    stretchX: spoiling === 'another-face' ? 0.8 : larger,
    stretchY: spoiling === 'another-face' ? 1.16 : larger,
    turn: spoiling === 'moved-head' ? 0.7 : 0,
  }
  const colours = [0, 1, 2].map(() => ({ gain: 1 + within(0.03), offset: within(3) }))
  const scale = min(image.width / width, image.height / height)
  const [middleX, middleY] = [(image.width - 1) / 2, (image.height - 1) / 2]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (x - (width - 1) / 2 - drift.shiftX) / drift.stretchX
      const dy = (y - (height - 1) / 2 - drift.shiftY) / drift.stretchY
      const turned = 1 + (drift.turn * dx) / width
      const sx = clamp(middleX + dx * turned * scale, image.width - 1)
      const sy = clamp(middleY + dy * turned * scale, image.height - 1)
      const i = min(image.width - 2, sx | 0)
      const j = min(image.height - 2, sy | 0)
      const [fx, fy] = [sx - i, sy - j]
      const from = (j * image.width + i) * 3
      const below = from + image.width * 3
      const to = (y * width + x) * 3
      const noise = within(3)
      for (let c = 0; c < 3; c++) {
        const { gain, offset } = colours[c]!
        const above = image.data[from + c]! * (1 - fx) + image.data[from + 3 + c]! * fx
        const under = image.data[below + c]! * (1 - fx) + image.data[below + 3 + c]! * fx
        data[to + c] = (above * (1 - fy) + under * fy) * gain + offset + noise
      }
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}

const clamp = (value: number, high: number): number => min(high, max(0, value))
