/**
 * Stands in for an image model that is asked to change a photo's mouth: our own renderer draws the mouth, then the picture drifts as real
 * edits do. The model redraws everything at its own size (about a megapixel, nearest of its aspects), a few pixels off, a percent larger or
 * smaller, in slightly other colours, with other noise. The same photo and shape always give the same bytes.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { createFaceFinder } from '../src/renderer/face/face-finder.ts'
import { faceOval } from '../src/renderer/face/landmarks.ts'
import { readPhoto } from '../src/renderer/face/read-photo.ts'
import { drawBasePicture, measurePhoto } from '../src/renderer/picture/base-picture.ts'
import { createCompositor } from '../src/renderer/picture/compositor.ts'
import { framePhoto, headBox, placeFace } from '../src/renderer/picture/framing.ts'
import { createRandom, stillHead } from '../src/renderer/picture/head-motion.ts'
import { mouthAt } from '../src/renderer/picture/mouth-pose.ts'
import { frameToRgb } from '../src/renderer/picture/picture-memory.ts'
import type { RgbImage } from '../src/renderer/ports.ts'
import { driftAway, type Spoiling } from './drift-away.ts'
import { holdSound } from './hold-sound.ts'

export type EditedShape = 'closed' | 'ah' | 'ee' | 'oo' | 'f'

export interface EditRequest {
  /** The photo's file. */
  readonly photo: Buffer
  /** In the order of the face finder; the most prominent one where it is left out. */
  readonly face?: number
  readonly shape: EditedShape
  /** How the edit goes wrong; it is good where this is left out. */
  readonly spoiling?: Spoiling
  readonly signal?: AbortSignal
}

export interface BelievableEdits {
  /** A JPEG. Of a photo without such a face it is the photo, redrawn: an image model always answers with something. */
  makeEdit(request: EditRequest): Promise<Buffer>
  close(): Promise<void>
}

const sounds: Readonly<Record<EditedShape, string>> = { closed: 'm', ah: 'aa', ee: 'iy', oo: 'uw', f: 'f' }

/** What a model calls 1K. */
const modelPixels = 1024 * 1024
const modelAspects = [1, 2 / 3, 3 / 2, 3 / 4, 4 / 3, 4 / 5, 5 / 4, 9 / 16, 16 / 9, 21 / 9]
const analysisSide = 1600

export function openBelievableEdits({ pixels = modelPixels }: { readonly pixels?: number } = {}): BelievableEdits {
  const finder = createFaceFinder({ modelDir: fileURLToPath(new URL('../assets/face', import.meta.url)) })
  // A failed load is met by the first edit.
  finder.catch(() => {})

  const draw = async (path: string, { face, shape }: EditRequest): Promise<RgbImage> => {
    const size = await measurePhoto(path)
    const shortSide = Math.round(Math.sqrt(pixels / Math.max(size.width / size.height, size.height / size.width)))
    const image = await readPhoto(path, { maxSide: analysisSide })
    const found = (await (await finder).find(image))[face ?? 0]
    if (!found) return readPhoto(path, { maxSide: shortSide })
    const scale = size.width / image.width
    const own = { ...found, points: found.points.map((p) => p * scale), mouthWidth: found.mouthWidth * scale }
    const framing = framePhoto(size, headBox(own, faceOval), null, shortSide)
    const picture = await drawBasePicture(path, size, framing)
    const compositor = createCompositor(picture, placeFace(own, framing), { headMoves: false })
    const mouth = mouthAt(compositor.shape, holdSound(sounds[shape]), 0.5, 1 / 30, 1, 0)
    return frameToRgb(compositor.draw(stillHead, mouth, 0), framing.width, framing.height)
  }

  return {
    makeEdit: async (request) => {
      const { photo, shape, spoiling, signal } = request
      const directory = await mkdtemp(join(tmpdir(), 'edit-'))
      try {
        const path = join(directory, 'photo')
        await writeFile(path, photo)
        const drawn = await draw(path, request)
        signal?.throwIfAborted()
        const seed = createHash('sha256').update(photo).update(shape).digest().readUInt32LE(0)
        const { data, ...raw } = driftAway(drawn, modelSize(drawn, pixels), createRandom(seed), spoiling)
        const edit = sharp(data, { raw: { ...raw, channels: 3 } })
        return await (spoiling === 'tiny' ? edit.resize(96) : edit).jpeg({ quality: 92 }).toBuffer()
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
    close: async () => (await finder).close(),
  }
}

/** The model's own size for a picture: its nearest aspect, sides in steps of 16. */
function modelSize({ width, height }: RgbImage, pixels: number): { width: number; height: number } {
  const own = Math.log(width / height)
  const aspect = modelAspects.reduce((best, a) =>
    Math.abs(Math.log(a) - own) < Math.abs(Math.log(best) - own) ? a : best,
  )
  const step = (side: number): number => Math.round(side / 16) * 16
  return { width: step(Math.sqrt(pixels * aspect)), height: step(Math.sqrt(pixels / aspect)) }
}
