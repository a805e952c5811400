import sharp from 'sharp'
import { Failure } from '../../errors.ts'
import type { RgbImage } from '../ports.ts'

/** 50 megapixels are 150 MB of RGB. Intake admits less; a decompression bomb stops here at the latest. */
const maxPixels = 50_000_000

export interface ReadPhotoOptions {
  /** Shrinks so that the longer side is at most this many pixels. Never enlarges. */
  readonly maxSide?: number
}

export interface ReadPhoto extends RgbImage {
  /** Photo pixels per image pixel: 1 when it was not shrunk. */
  readonly shrunkBy: number
}

/**
 * Reads a photo file into packed sRGB: turned by its EXIF orientation, transparency laid on white, grey and CMYK converted.
 * @throws Failure `INVALID_REQUEST` with reason `photo-unreadable` when the file is missing, damaged, cut short or beyond 50 megapixels.
 */
export async function readPhoto(path: string, { maxSide }: ReadPhotoOptions = {}): Promise<ReadPhoto> {
  try {
    let photo = sharp(path, { limitInputPixels: maxPixels, failOn: 'error', sequentialRead: true }).autoOrient()
    const { autoOrient: own } = await photo.metadata()
    if (maxSide !== undefined) {
      photo = photo.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    }
    const { data, info } = await photo
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return {
      width: info.width,
      height: info.height,
      data: asRgb(data, info.channels),
      shrunkBy: Math.max(own.width, own.height) / Math.max(info.width, info.height),
    }
  } catch (cause) {
    throw unreadable(cause)
  }
}

export function unreadable(cause: unknown): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'photo-unreadable',
    message: 'The photo could not be read.',
    hint: 'Send a whole JPEG, PNG or WebP file of at most 50 megapixels.',
    cause,
  })
}

/** Grey photos may leave sharp with one channel even as sRGB. */
function asRgb(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return data
  const rgb = new Uint8Array((data.length / channels) * 3)
  for (let from = 0, to = 0; from < data.length; from += channels) {
    rgb[to++] = data[from]!
    rgb[to++] = data[channels > 2 ? from + 1 : from]!
    rgb[to++] = data[channels > 2 ? from + 2 : from]!
  }
  return rgb
}
