/** Test faces: the six sample photos that the development dependency @vladmandic/face-api brings, 1920 px wide, 22 faces. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { createFaceFinder } from '../../src/renderer/face/face-finder.ts'
import { readPhoto } from '../../src/renderer/face/read-photo.ts'

export interface SamplePhoto {
  readonly path: string
  /** Faces a person counts in it. */
  readonly faces: number
}

export const modelDir = fileURLToPath(new URL('../../assets/face', import.meta.url))
export const fontDir = fileURLToPath(new URL('../../assets/fonts', import.meta.url))

export function samplePhotos(): readonly SamplePhoto[] {
  const demo = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo')
  return [3, 3, 3, 4, 5, 4].map((faces, index) => ({ path: join(demo, `sample${index + 1}.jpg`), faces }))
}

/** A face's margin in the cut, as a share of the face's longer side: hair, neck and some background. */
const cutMargin = 2.2

/** Cuts one face (its number in FaceFinder order) with a generous margin out of a photo into a JPEG at `dest`. */
export async function cropFace(path: string, index: number, dest: string): Promise<void> {
  const image = await readPhoto(path)
  const finder = await createFaceFinder({ modelDir })
  try {
    const face = (await finder.find(image))[index]
    if (!face) throw new Error(`${path} has no face ${index}`)
    const side = Math.round(Math.max(face.box.width, face.box.height) * cutMargin)
    const left = Math.max(0, Math.round(face.box.x + face.box.width / 2 - side / 2))
    const top = Math.max(0, Math.round(face.box.y + face.box.height / 2 - side / 2))
    await sharp(path)
      .extract({ left, top, width: Math.min(side, image.width - left), height: Math.min(side, image.height - top) })
      .jpeg({ quality: 95 })
      .toFile(dest)
  } finally {
    finder.close()
  }
}
