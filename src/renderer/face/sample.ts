import type { RgbImage } from '../ports.ts'

/** A square of an image, turned: what the mesh network looks at. Pixels and radians of the image. */
export interface Crop {
  readonly centreX: number
  readonly centreY: number
  readonly side: number
  /** Clockwise on screen; 0 is upright. */
  readonly angle: number
}

/** How an image was fitted into the square: image = (square - offset) / scale. */
export interface Fit {
  readonly scale: number
  readonly offsetX: number
  readonly offsetY: number
}

/**
 * Fits a whole image into a `size` x `size` square, centred, black around, as floats in -1..1.
 * Areas are averaged: picking single pixels would lose small faces of large photos.
 */
export function letterbox(image: RgbImage, size: number): { readonly pixels: Float32Array; readonly fit: Fit } {
  const scale = size / Math.max(image.width, image.height)
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const left = (size - width) >> 1
  const top = (size - height) >> 1
  const pixels = new Float32Array(size * size * 3).fill(-1)
  const columns = spans(image.width, width)
  const rows = spans(image.height, height)
  const row = new Float32Array(image.width * 3)
  for (let y = 0; y < height; y++) {
    averageRows(image, rows, y, row)
    for (let x = 0; x < width; x++) {
      const from = columns.from[x]!
      const to = columns.to[x]!
      let red = 0
      let green = 0
      let blue = 0
      for (let source = from; source < to; source++) {
        red += row[source * 3]!
        green += row[source * 3 + 1]!
        blue += row[source * 3 + 2]!
      }
      const share = 1 / (127.5 * (to - from))
      const at = ((y + top) * size + x + left) * 3
      pixels[at] = red * share - 1
      pixels[at + 1] = green * share - 1
      pixels[at + 2] = blue * share - 1
    }
  }
  return { pixels, fit: { scale, offsetX: left, offsetY: top } }
}

/** Whole source pixels that make each target pixel; never empty, so small images are enlarged by repetition. */
function spans(source: number, target: number): { readonly from: Int32Array; readonly to: Int32Array } {
  const from = new Int32Array(target)
  const to = new Int32Array(target)
  for (let index = 0; index < target; index++) {
    from[index] = Math.min(source - 1, Math.floor((index * source) / target))
    to[index] = Math.max(from[index]! + 1, Math.floor(((index + 1) * source) / target))
  }
  return { from, to }
}

function averageRows(
  image: RgbImage,
  rows: { readonly from: Int32Array; readonly to: Int32Array },
  y: number,
  into: Float32Array,
): void {
  const from = rows.from[y]!
  const to = rows.to[y]!
  const share = 1 / (to - from)
  const stride = image.width * 3
  into.fill(0)
  for (let source = from; source < to; source++) {
    const start = source * stride
    for (let at = 0; at < stride; at++) into[at]! += image.data[start + at]!
  }
  for (let at = 0; at < stride; at++) into[at]! *= share
}

/** A square picture turned clockwise by a quarter. */
export function turnClockwise(pixels: Float32Array, size: number): Float32Array {
  const turned = new Float32Array(pixels.length)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = ((size - 1 - x) * size + y) * 3
      turned.set(pixels.subarray(from, from + 3), (y * size + x) * 3)
    }
  }
  return turned
}

/** Most samples per side that one target pixel averages; 4 bilinear ones cover a crop of 8 x 192 = 1536 px without gaps. */
const maxTaps = 4

/** Cuts a turned square out of an image, `size` x `size`, as floats in 0..1. Outside the image the edge pixel repeats. */
export function cutOut(image: RgbImage, crop: Crop, size: number): Float32Array {
  const pixels = new Float32Array(size * size * 3)
  const step = crop.side / size
  const taps = Math.min(maxTaps, Math.max(1, Math.ceil(step / 2)))
  const share = 1 / (255 * taps * taps)
  const cos = Math.cos(crop.angle)
  const sin = Math.sin(crop.angle)
  const sum = new Float32Array(3)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sum.fill(0)
      for (let tap = 0; tap < taps * taps; tap++) {
        const u = (x + ((tap % taps) + 0.5) / taps) * step - crop.side / 2
        const v = (y + (((tap / taps) | 0) + 0.5) / taps) * step - crop.side / 2
        addBilinear(image, crop.centreX + u * cos - v * sin - 0.5, crop.centreY + u * sin + v * cos - 0.5, sum)
      }
      const at = (y * size + x) * 3
      pixels[at] = sum[0]! * share
      pixels[at + 1] = sum[1]! * share
      pixels[at + 2] = sum[2]! * share
    }
  }
  return pixels
}

function addBilinear({ width, height, data }: RgbImage, x: number, y: number, sum: Float32Array): void {
  const insideX = clamp(x, width - 1)
  const insideY = clamp(y, height - 1)
  const left = insideX | 0
  const top = insideY | 0
  const right = insideX - left
  const bottom = insideY - top
  const a = (top * width + left) * 3
  const b = left + 1 < width ? a + 3 : a
  const down = top + 1 < height ? width * 3 : 0
  const wa = (1 - right) * (1 - bottom)
  const wb = right * (1 - bottom)
  const wc = (1 - right) * bottom
  const wd = right * bottom
  for (let channel = 0; channel < 3; channel++) {
    sum[channel]! +=
      wa * data[a + channel]! +
      wb * data[b + channel]! +
      wc * data[a + down + channel]! +
      wd * data[b + down + channel]!
  }
}

/** No Math here: this runs up to a million times per crop. */
function clamp(value: number, highest: number): number {
  if (value < 0) return 0
  if (value > highest) return highest
  return value
}
