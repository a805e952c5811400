import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { memory } from '@tensorflow/tfjs-core'
import sharp, { type Sharp } from 'sharp'
import { createFaceFinder, type LoadedFaceFinder } from '../../../../src/renderer/face/face-finder.ts'
import {
  chin,
  forehead,
  innerLips,
  leftEye,
  nose,
  outerLips,
  pointCount,
  rightEye,
} from '../../../../src/renderer/face/landmarks.ts'
import { readPhoto } from '../../../../src/renderer/face/read-photo.ts'
import type { Face, RgbImage } from '../../../../src/renderer/ports.ts'
import { cropFace, modelDir, samplePhotos } from '../../../support/photos.ts'

let finder: LoadedFaceFinder
let directory: string
let portrait: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'face-finder-'))
  portrait = join(directory, 'portrait.jpg')
  await cropFace(samplePhotos()[2]!.path, 1, portrait)
  finder = await createFaceFinder({ modelDir })
})

afterAll(async () => {
  finder.close()
  await rm(directory, { recursive: true, force: true })
})

async function pixels(picture: Sharp): Promise<RgbImage> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

function point(face: Face, index: number): { x: number; y: number } {
  return { x: face.points[index * 3]!, y: face.points[index * 3 + 1]! }
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function openness(face: Face): number {
  const gaps = [
    [13, 14],
    [82, 87],
    [312, 317],
  ] as const
  const mean = gaps.reduce((sum, [up, low]) => sum + distance(point(face, up), point(face, low)) / gaps.length, 0)
  return mean / distance(point(face, 33), point(face, 263))
}

describe('the face finder on real photos', () => {
  it('finds all 22 faces of the six sample photos and nothing else, largest and surest first', async () => {
    const found: Face[] = []
    for (const { path, faces } of samplePhotos()) {
      const inPhoto = await finder.find(await readPhoto(path))
      expect(inPhoto).toHaveLength(faces)
      const prominence = inPhoto.map(({ box, score }) => box.width * box.height * score)
      expect(prominence).toEqual([...prominence].sort((a, b) => b - a))
      found.push(...inPhoto)
    }
    const frontal = found.filter(({ flag }) => flag > 0.99)
    expect(frontal).toHaveLength(21)
    for (const face of frontal) expect(Math.abs(face.yawDegrees)).toBeLessThan(32)
    const profile = found.find(({ flag }) => flag <= 0.99)!
    expect(profile.flag).toBeLessThan(0.9)
    expect(Math.abs(profile.yawDegrees)).toBeGreaterThan(40)
  })

  it('lays the points where their names say', async () => {
    const [face] = await finder.find(await readPhoto(portrait))
    expect(face!.points).toHaveLength(pointCount * 3)
    const y = (index: number) => point(face!, index).y
    const x = (index: number) => point(face!, index).x
    const down = [
      forehead,
      rightEye.upperLid[4],
      nose.tip,
      outerLips.upper[5],
      innerLips.upper[5],
      outerLips.lower[5],
      chin,
    ]
    expect(down.map(y)).toEqual(down.map(y).sort((a, b) => a - b))
    const across = [rightEye.outerCorner, rightEye.innerCorner, nose.tip, leftEye.innerCorner, leftEye.outerCorner]
    expect(across.map(x)).toEqual(across.map(x).sort((a, b) => a - b))
    for (const eye of [rightEye, leftEye]) {
      expect(y(eye.crease[4])).toBeLessThan(y(eye.upperLid[4]))
      expect(y(eye.upperLid[4])).toBeLessThan(y(eye.lowerLid[4]))
    }
  })

  it.each([90, 180, 270])('finds the same points in a photo turned by %d degrees and tells its roll', async (turn) => {
    const upright = await readPhoto(portrait)
    const turned = await pixels(sharp(portrait).rotate(turn))
    const [before] = await finder.find(upright)
    const [after] = await finder.find(turned)
    const expectedRoll = ((before!.rollDegrees + turn + 180) % 360) - 180
    expect(Math.abs(after!.rollDegrees - expectedRoll)).toBeLessThan(3)
    const eyes = distance(point(before!, 33), point(before!, 263))
    for (const index of [1, 13, 14, 33, 61, 152, 263, 291]) {
      const { x, y } = point(before!, index)
      const moved = {
        90: { x: upright.height - y, y: x },
        180: { x: upright.width - x, y: upright.height - y },
        270: { x: y, y: upright.width - x },
      }[turn]!
      expect(distance(moved, point(after!, index))).toBeLessThan(0.06 * eyes)
    }
  })

  it('finds a head tilted by 44 degrees', async () => {
    const [face, ...others] = await finder.find(await pixels(sharp(portrait).rotate(44, { background: '#808080' })))
    expect(others).toEqual([])
    expect(face!.flag).toBeGreaterThan(0.99)
    expect(Math.abs(face!.rollDegrees - 44)).toBeLessThan(4)
  })

  it('tells to which side a face is turned', async () => {
    const [face] = await finder.find(await readPhoto(portrait))
    const [mirrored] = await finder.find(await pixels(sharp(portrait).flop()))
    expect(face!.yawDegrees).toBeLessThan(-10)
    expect(mirrored!.yawDegrees).toBeGreaterThan(10)
  })

  it('holds the lips steadier over shifted crops when it averages', async () => {
    const single = await createFaceFinder({ modelDir, steady: false })
    const shifts = [
      [0, 0],
      [3, 0],
      [0, 5],
      [7, 2],
      [2, 9],
      [11, 4],
    ] as const
    const shifted = await Promise.all(
      shifts.map(([dx, dy]) =>
        pixels(
          sharp(portrait)
            .resize(260)
            .extend({ left: dx, top: dy, right: 13 - dx, bottom: 11 - dy, extendWith: 'copy' }),
        ),
      ),
    )
    const wobble = async (own: LoadedFaceFinder): Promise<number> => {
      const readings: Float64Array[] = []
      for (const [index, image] of shifted.entries()) {
        const [face] = await own.find(image)
        const [dx, dy] = shifts[index]!
        readings.push(
          Float64Array.from(
            [13, 14, 61, 82, 87, 291, 312, 317].flatMap((at) => [point(face!, at).x - dx, point(face!, at).y - dy]),
          ),
        )
      }
      return Math.hypot(
        ...readings[0]!.map((_, axis) => {
          const values = readings.map((reading) => reading[axis]!)
          const mean = values.reduce((sum, value) => sum + value / values.length, 0)
          return Math.hypot(...values.map((value) => value - mean))
        }),
      )
    }
    expect(await wobble(finder)).toBeLessThan(0.9 * (await wobble(single)))
    single.close()
  })

  it('tracks a known face without looking for it again', async () => {
    const image = await readPhoto(portrait)
    const [face] = await finder.find(image)
    const tracked = await finder.track(image, face!)
    expect(Math.abs(openness(tracked) - openness(face!))).toBeLessThan(0.01)
  })
})

describe('the face finder where there is no face', () => {
  it('finds none in noise', async () => {
    const noise = sharp({
      create: {
        width: 640,
        height: 480,
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma: 50 },
      },
    })
    expect(await finder.find(await pixels(noise))).toEqual([])
  })

  it('finds none in a drawn landscape', async () => {
    const landscape = `<svg width="800" height="600"><rect width="800" height="600" fill="#8bd"/><circle cx="620" cy="120" r="60" fill="#fe8"/>
      <path d="M0 400 L200 200 L380 380 L520 260 L800 420 V600 H0 Z" fill="#697"/><rect y="470" width="800" height="130" fill="#475"/></svg>`
    expect(await finder.find(await pixels(sharp(Buffer.from(landscape))))).toEqual([])
  })

  it('finds none in a stair rail, which the mesh takes for a face', async () => {
    const rail = sharp(samplePhotos()[4]!.path).extract({ left: 150, top: 0, width: 300, height: 300 })
    expect(await finder.find(await pixels(rail))).toEqual([])
  })

  it('refuses a picture that is not packed RGB', async () => {
    await expect(finder.find({ width: 10, height: 10, data: new Uint8Array(100) })).rejects.toThrow(RangeError)
  })
})

describe('the face finder as a tenant of tfjs', () => {
  it('leaves no tensor behind', async () => {
    const photo = await readPhoto(samplePhotos()[1]!.path, { maxSide: 960 })
    const empty: RgbImage = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) }
    const before = memory().numTensors
    const [face] = await finder.find(photo)
    await finder.find(empty)
    await finder.track(photo, face!)
    expect(memory().numTensors).toBe(before)
  })

  it('frees the networks when it is closed', async () => {
    const before = memory().numTensors
    const other = await createFaceFinder({ modelDir })
    expect(memory().numTensors).toBeGreaterThan(before)
    other.close()
    expect(memory().numTensors).toBe(before)
  })

  it('answers calls made at once as if they were made in turn', async () => {
    const photos = await Promise.all(
      samplePhotos()
        .slice(0, 3)
        .map(({ path }) => readPhoto(path, { maxSide: 640 })),
    )
    const inTurn: (readonly Face[])[] = []
    for (const photo of photos) inTurn.push(await finder.find(photo))
    expect(await Promise.all(photos.map((photo) => finder.find(photo)))).toEqual(inTurn)
  })

  it('says so when the models are not there', async () => {
    await expect(createFaceFinder({ modelDir: directory })).rejects.toMatchObject({ reason: 'face-models-missing' })
  })
})
