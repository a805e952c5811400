import { beforeAll, describe, expect, it } from '@jest/globals'
import { createFaceFinder } from '../../../../src/renderer/face/face-finder.ts'
import { faceOfMesh } from '../../../../src/renderer/face/face-of-mesh.ts'
import { judgePhoto } from '../../../../src/renderer/face/judge-photo.ts'
import { packMesh, unpackMesh } from '../../../../src/renderer/face/pack-mesh.ts'
import { readPhoto } from '../../../../src/renderer/face/read-photo.ts'
import type { Face, RgbImage } from '../../../../src/renderer/ports.ts'
import { demoPortrait } from '../../../support/demo-portrait.ts'
import { modelDir } from '../../../support/photos.ts'

let image: RgbImage
let face: Face
let packed: string

beforeAll(async () => {
  image = await readPhoto(demoPortrait, { maxSide: 1600 })
  face = (await (await createFaceFinder({ modelDir })).find(image))[0]!
  packed = packMesh(face.points, image)
})

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

describe('a packed mesh', () => {
  it('comes back to a fiftieth of a pixel, from 3.8 kB of text', () => {
    expect(packed.length).toBeLessThan(3800)
    expect(farthest(unpackMesh(packed, image)!, face.points)).toBeLessThan(0.02)
  })

  it('tells the same face', () => {
    const same = faceOfMesh(unpackMesh(packed, image)!, face)
    expect(same.yawDegrees).toBeCloseTo(face.yawDegrees, 1)
    expect(same.rollDegrees).toBeCloseTo(face.rollDegrees, 1)
    expect(same.mouthWidth).toBeCloseTo(face.mouthWidth, 1)
    expect(same.box.width).toBeCloseTo(face.box.width, 1)
  })

  it('fits the same picture in any size', () => {
    const twice = { width: image.width * 2, height: image.height * 2 }
    const scaled = face.points.map((value) => value * 2)
    expect(farthest(unpackMesh(packed, twice)!, scaled)).toBeLessThan(0.04)
  })

  it('is refused by a photo of another shape, and when it is cut or none at all', () => {
    expect(unpackMesh(packed, { width: image.height * 2, height: image.height })).toBeNull()
    expect(unpackMesh(packed.slice(0, -8), image)).toBeNull()
    expect(unpackMesh('', image)).toBeNull()
    expect(unpackMesh(Buffer.alloc(Buffer.from(packed, 'base64').length).toString('base64'), image)).toBeNull()
  })

  it('is refused when it lies outside the picture or is not made of numbers', () => {
    const outside = face.points.map((value, i) => (i % 3 === 0 ? value + image.width * 2 : value))
    expect(unpackMesh(packMesh(outside, image), image)).toBeNull()
    const nowhere = Buffer.from(packed, 'base64')
    nowhere.writeFloatLE(Number.NaN, 2 + 4)
    expect(unpackMesh(nowhere.toString('base64'), image)).toBeNull()
  })

  it('comes with the verdict on a face that can speak, and with no other', () => {
    expect(judgePhoto([face], image).faces[0]!.mesh).toBe(packed)
    expect(judgePhoto([{ ...face, flag: 0.5 }], image).faces[0]!.mesh).toBeNull()
  })
})
