import sharp from 'sharp'
import { unreadable } from '../face/read-photo.ts'
import type { RgbImage } from '../ports.ts'
import type { Framing } from './framing.ts'

/** The soft sides of an extended picture are made this many times smaller: they are blurred anyway. */
const softScale = 8
/** Share of the picture's short side over which the photo melts into its continuation. */
const meltShare = 0.05

interface Span {
  readonly start: number
  readonly size: number
}

/** The whole output pixels that a stretch of the photo covers, and the photo pixels that make exactly them. */
function cover(
  regionStart: number,
  regionSize: number,
  photoSize: number,
  outputSize: number,
): { out: Span; photo: Span } {
  const scale = outputSize / regionSize
  const first = Math.max(0, Math.round(-regionStart * scale))
  const last = Math.min(outputSize, Math.round((photoSize - regionStart) * scale))
  const start = Math.min(photoSize - 1, Math.max(0, Math.round(regionStart)))
  const end = Math.max(start + 1, Math.min(photoSize, Math.round(regionStart + regionSize)))
  return { out: { start: first, size: Math.max(1, last - first) }, photo: { start, size: end - start } }
}

export interface PhotoSize {
  readonly width: number
  readonly height: number
}

/** The photo's size in pixels as it is seen, after its EXIF orientation. @throws Failure `photo-unreadable` as readPhoto. */
export async function measurePhoto(photoPath: string): Promise<PhotoSize> {
  try {
    return (await sharp(photoPath).metadata()).autoOrient
  } catch (cause) {
    throw unreadable(cause)
  }
}

/**
 * The sharp still picture at output size. `photo` is its size in pixels as the framing saw it.
 * @throws Failure `photo-unreadable` as readPhoto.
 * Enlarging uses Lanczos; beyond the photo's edges the picture goes on as its own blurred mirror image.
 */
export async function drawBasePicture(photoPath: string, photo: PhotoSize, framing: Framing): Promise<RgbImage> {
  const { region, width, height } = framing
  const x = cover(region.x, region.width, photo.width, width)
  const y = cover(region.y, region.height, photo.height, height)
  const input = sharp(photoPath, { failOn: 'error', limitInputPixels: 60e6, autoOrient: true })
  const whole = x.photo.size === photo.width && y.photo.size === photo.height
  const part = whole
    ? input
    : input.extract({ left: x.photo.start, top: y.photo.start, width: x.photo.size, height: y.photo.size })
  const { data: pixels, info } = await part
    .resize(x.out.size, y.out.size, { fit: 'fill', kernel: 'lanczos3' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw unreadable(cause)
    })
  const data = info.channels === 3 ? pixels : firstThree(pixels, info.channels)
  const sharpPart: RgbImage = { width: x.out.size, height: y.out.size, data }
  if (sharpPart.width === width && sharpPart.height === height) return sharpPart
  return extend(sharpPart, x.out.start, y.out.start, width, height)
}

/**
 * Index `i` folded back into 0..size-1 as by mirrors at both ends, at a third of the pace: what lies near the edge is drawn out, and no
 * second head appears at the far side.
 */
function mirror(i: number, size: number): number {
  if (i >= 0 && i < size) return i
  const beyond = Math.round((i < 0 ? -1 - i : i - size) / 3)
  return i < 0 ? Math.min(beyond, size - 1) : Math.max(0, size - 1 - beyond)
}

async function extend(part: RgbImage, left: number, top: number, width: number, height: number): Promise<RgbImage> {
  const small = { width: Math.ceil(part.width / softScale), height: Math.ceil(part.height / softScale) }
  const shrunk = await sharp(part.data, { raw: { width: part.width, height: part.height, channels: 3 } })
    .resize(small.width, small.height, { fit: 'fill' })
    .raw()
    .toBuffer()
  const soft = { width: Math.ceil(width / softScale), height: Math.ceil(height / softScale) }
  const mirrored = Buffer.alloc(soft.width * soft.height * 3)
  for (let y = 0; y < soft.height; y++) {
    const row = mirror(Math.round(y - top / softScale), small.height) * small.width
    for (let x = 0; x < soft.width; x++) {
      const from = (row + mirror(Math.round(x - left / softScale), small.width)) * 3
      const to = (y * soft.width + x) * 3
      for (let c = 0; c < 3; c++) mirrored[to + c] = shrunk[from + c]!
    }
  }
  const sigma = Math.max(1, 0.025 * Math.max(soft.width, soft.height))
  const blurred = await sharp(mirrored, { raw: { ...soft, channels: 3 } })
    .blur(sigma)
    .raw()
    .toBuffer()
  const data = await sharp(blurred, { raw: { ...soft, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer()
  const melt = Math.max(4, meltShare * Math.min(part.width, part.height))
  const weightX = edgeWeights(part.width, left > 0, left + part.width < width, melt)
  const weightY = edgeWeights(part.height, top > 0, top + part.height < height, melt)
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      const weight = weightX[x]! * weightY[y]!
      const from = (y * part.width + x) * 3
      const to = ((y + top) * width + x + left) * 3
      for (let c = 0; c < 3; c++)
        data[to + c] = Math.round(data[to + c]! + (part.data[from + c]! - data[to + c]!) * weight)
    }
  }
  return { width, height, data }
}

/** 1 inside, falling smoothly to 0 towards those ends that meet the continuation. */
function edgeWeights(size: number, atStart: boolean, atEnd: boolean, melt: number): Float32Array {
  const ease = (t: number): number => (t >= 1 ? 1 : t * t * (3 - 2 * t))
  return Float32Array.from({ length: size }, (_, i) => {
    const start = atStart ? ease((i + 0.5) / melt) : 1
    const end = atEnd ? ease((size - i - 0.5) / melt) : 1
    return start * end
  })
}

/** Grey comes as one channel, with luck as three. */
function firstThree(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels
  return Uint8Array.from(
    { length: count * 3 },
    (_, i) => pixels[Math.floor(i / 3) * channels + (channels < 3 ? 0 : i % 3)]!,
  )
}
