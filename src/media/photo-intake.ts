/**
 * The photo intake: an uploaded file of unknown nature becomes one upright sRGB JPEG without metadata, or a Failure
 * that says what to do. Cheap questions come first: size and kind from the first bytes, width and height from the
 * header; only a file that passed both is decoded, few at a time.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Metadata, type SharpOptions } from 'sharp'
import { Failure } from '../errors.ts'
import type { PreparedPhoto, PreparePhoto } from '../generations/ports.ts'
import { createGate } from './gate.ts'
import { checkSize, type PhotoLimits } from './photo-bounds.ts'
import { type PhotoType, sniffPhotoType } from './photo-type.ts'
import { createPngScale } from './png-ballast.ts'

/** 49 MP took 0.6 s as JPEG, 1.8 s as PNG or WebP, 4.7 s as AVIF; past this a decoder is being led in circles. */
const decodeTimeoutSeconds = 30
/** Each takes some 80 MB, and up to 180 where the picture has to be in memory whole; of those only one at a time. */
const decodesAtOnce = 2
/** What shows through a transparent picture: a light neutral, so that hair edges do not turn grey. */
const paper = { r: 245, g: 245, b: 244 }

const acceptedWords = 'JPEG, PNG, WebP, AVIF or GIF (its first picture)'

/**
 * Sets sharp up for a server once (no cache, one thread a photo) and answers the intake.
 * The copy is written to `<directory>/photo.jpg`; a failure leaves nothing there.
 */
export function createPreparePhoto(limits: PhotoLimits): PreparePhoto {
  sharp.cache(false)
  sharp.concurrency(1)
  const gates = { rows: createGate(decodesAtOnce), whole: createGate(1) }

  return async (file, directory, signal) => {
    const { size } = await stat(file)
    if (size === 0) {
      throw refuse('photo-empty', 'The uploaded photo has no bytes.', { hint: 'Check the file and upload it again.' })
    }
    const type = await sniffPhotoType(file)
    if (!type.accepted) throw unsupported(type.name)
    signal?.throwIfAborted()
    const options: SharpOptions = { failOn: 'error', limitInputPixels: limits.maxPixels, sequentialRead: true }
    const sha256 = await readThrough(file, type.accepted, signal)
    const target = join(directory, 'photo.jpg')
    const enter = gates[checkSize(await readHeader(file), limits)]
    const copy = await enter(() => writeCopy(file, options, target, limits.maxSide, signal), signal)
    return { ...copy, sha256, file: target }
  }
}

/** Only the header is read, so no pixel limit is needed here, and the numbers can be told to the sender. */
async function readHeader(file: string): Promise<Metadata> {
  try {
    return await sharp(file, { failOn: 'error', limitInputPixels: false }).metadata()
  } catch (error) {
    throw undecodable(error)
  }
}

/**
 * Decodes the first picture, turns it upright, lays it on paper and brings it inside the limits. That the copy is 8-bit sRGB
 * without metadata is what sharp does when it is told nothing else; the tests hold it to that.
 */
async function writeCopy(
  file: string,
  options: SharpOptions,
  target: string,
  maxSide: number,
  signal: AbortSignal | undefined,
): Promise<Pick<PreparedPhoto, 'width' | 'height' | 'bytes'>> {
  signal?.throwIfAborted()
  try {
    const { width, height, size } = await sharp(file, options)
      .timeout({ seconds: decodeTimeoutSeconds })
      .autoOrient()
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: paper })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toFile(target)
    signal?.throwIfAborted()
    return { width, height, bytes: size }
  } catch (error) {
    await rm(target, { force: true })
    signal?.throwIfAborted()
    throw undecodable(error)
  }
}

/** The hash of the file; and no decoder has looked at it when it is refused here. */
async function readThrough(file: string, type: PhotoType, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  const scale = type === 'png' ? createPngScale() : null
  for await (const chunk of createReadStream(file, signal ? { signal } : {})) {
    hash.update(chunk as Buffer)
    scale?.add(chunk as Buffer)
    if (scale?.tooHeavy()) throw overloaded()
  }
  return hash.digest('hex')
}

function overloaded(): Failure {
  return refuse('photo-overloaded', 'The PNG carries more notes and profiles than a photo has.', {
    hint: 'Save it again without metadata, or as JPEG, and upload that.',
  })
}

function unsupported(name: string | null): Failure {
  const heif = name === 'HEIC' || name === 'HEIF'
  const what =
    name === null ? 'The file is not a photo in a known format.' : `${name} files are not accepted as a photo.`
  return refuse('photo-type-unsupported', `${what} Accepted are ${acceptedWords}.`, {
    status: 415,
    hint: heif
      ? 'Export it as JPEG. On an iPhone: Settings > Camera > Formats > Most Compatible, or share the photo by e-mail, which converts it.'
      : 'Convert it to JPEG or PNG and upload that.',
    extra: {
      accepted: ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
      ...(name && { found: name }),
    },
  })
}

function undecodable(cause: unknown): Failure {
  return refuse('photo-undecodable', 'The photo is damaged or cut off and cannot be read.', {
    hint: 'Open it in a picture viewer, save it again as JPEG and upload that.',
    cause,
  })
}

function refuse(
  reason: string,
  message: string,
  more: { hint: string; status?: number; extra?: Record<string, unknown>; cause?: unknown },
): Failure {
  return new Failure('INVALID_REQUEST', { reason, message, ...more })
}
