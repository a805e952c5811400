import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'
import { readPhoto } from '../../../../src/renderer/face/read-photo.ts'
import { samplePhotos } from '../../../support/photos.ts'

let directory: string
const file = (name: string) => join(directory, name)

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-photo-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Left half red, right half transparent blue; 40 x 20. */
function twoHalves() {
  const pixels = Buffer.alloc(40 * 20 * 4)
  for (let at = 0; at < pixels.length; at += 4) {
    pixels.set((at / 4) % 40 < 20 ? [255, 0, 0, 255] : [0, 0, 255, 0], at)
  }
  return sharp(pixels, { raw: { width: 40, height: 20, channels: 4 } })
}

function pixel(image: { width: number; data: Uint8Array }, x: number, y: number): number[] {
  return Array.from(image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3))
}

describe('reading a photo', () => {
  it('gives packed RGB with transparency laid on white', async () => {
    await twoHalves().png().toFile(file('alpha.png'))
    const image = await readPhoto(file('alpha.png'))
    expect(image).toMatchObject({ width: 40, height: 20, shrunkBy: 1 })
    expect(image.data).toHaveLength(40 * 20 * 3)
    expect(pixel(image, 5, 5)).toEqual([255, 0, 0])
    expect(pixel(image, 35, 5)).toEqual([255, 255, 255])
  })

  it('turns it by its EXIF orientation', async () => {
    await twoHalves().png().withMetadata({ orientation: 6 }).toFile(file('turned.png'))
    const image = await readPhoto(file('turned.png'))
    expect(image).toMatchObject({ width: 20, height: 40 })
    expect(pixel(image, 5, 5)).toEqual([255, 0, 0])
    expect(pixel(image, 5, 35)).toEqual([255, 255, 255])
  })

  it.each([
    ['grey', () => sharp(samplePhotos()[0]!.path).resize(60).greyscale().jpeg()],
    ['grey with alpha', () => sharp(samplePhotos()[0]!.path).resize(60).greyscale().ensureAlpha(0.5).png()],
    ['16 bits deep', () => sharp(samplePhotos()[0]!.path).resize(60).toColourspace('rgb16').png()],
    ['CMYK', () => sharp(samplePhotos()[0]!.path).resize(60).toColourspace('cmyk').jpeg()],
    ['WebP', () => sharp(samplePhotos()[0]!.path).resize(60).webp()],
  ] as const)('reads one that is %s', async (name, make) => {
    await make().toFile(file(name))
    const image = await readPhoto(file(name))
    expect(image).toMatchObject({ width: 60, height: 40 })
    expect(image.data).toHaveLength(60 * 40 * 3)
  })

  it('shrinks to the longer side asked for, says by how much, and never enlarges', async () => {
    await expect(readPhoto(samplePhotos()[0]!.path, { maxSide: 480 })).resolves.toMatchObject({
      width: 480,
      height: 320,
      shrunkBy: 4,
    })
    await expect(readPhoto(file('alpha.png'), { maxSide: 480 })).resolves.toMatchObject({ width: 40, shrunkBy: 1 })
  })

  it('refuses a file that is missing, no picture, or cut short', async () => {
    await writeFile(file('text.jpg'), 'not a picture')
    await writeFile(file('short.jpg'), (await readFile(samplePhotos()[0]!.path)).subarray(0, 70_000))
    for (const name of ['missing.jpg', 'text.jpg', 'short.jpg']) {
      await expect(readPhoto(file(name))).rejects.toMatchObject({ code: 'INVALID_REQUEST', reason: 'photo-unreadable' })
    }
  })

  it('refuses a bomb of more than 50 megapixels', async () => {
    await sharp({ create: { width: 8000, height: 6500, channels: 3, background: '#123456' } })
      .png()
      .toFile(file('bomb.png'))
    await expect(readPhoto(file('bomb.png'), { maxSide: 100 })).rejects.toMatchObject({ reason: 'photo-unreadable' })
  })
})
