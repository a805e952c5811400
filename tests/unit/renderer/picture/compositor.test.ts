import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createFaceFinder } from '../../../../src/renderer/face/face-finder.ts'
import { faceOval } from '../../../../src/renderer/face/landmarks.ts'
import { readPhoto } from '../../../../src/renderer/face/read-photo.ts'
import { drawBasePicture } from '../../../../src/renderer/picture/base-picture.ts'
import { type Compositor, createCompositor } from '../../../../src/renderer/picture/compositor.ts'
import { framePhoto, headBox, placeFace } from '../../../../src/renderer/picture/framing.ts'
import { createHeadMotion, stillHead } from '../../../../src/renderer/picture/head-motion.ts'
import { type MouthMoment, mouthAt, restingMouth } from '../../../../src/renderer/picture/mouth-pose.ts'
import type { Face, LipTrack, RgbImage } from '../../../../src/renderer/ports.ts'
import { demoPortrait } from '../../../support/demo-portrait.ts'

let picture: RgbImage
let face: Face

beforeAll(async () => {
  const photo = await readPhoto(demoPortrait)
  const finder = await createFaceFinder({ modelDir: 'assets/face' })
  const [found] = await finder.find(photo)
  const framing = framePhoto(photo, headBox(found!, faceOval), null, 360)
  picture = await drawBasePicture(demoPortrait, photo, framing)
  face = placeFace(found!, framing)
  finder.close()
})

const hold = (value: number): Float32Array => new Float32Array(400).fill(value)

/** A mouth that holds an opening (in S) for two seconds. */
function holding(aperture: number, press = 0): LipTrack {
  const rest = {
    width: hold(0),
    rounding: hold(0),
    upperRaise: hold(0),
    tuck: hold(0),
    tongue: hold(0.3),
    stressesMs: [],
  }
  return { rateHz: 200, length: 400, aperture: hold(aperture), press: hold(press), ...rest }
}

const mouthOf = (compositor: Compositor, aperture: number, press = 0): MouthMoment =>
  mouthAt(compositor.shape, holding(aperture, press), 1, 1 / 30, 1, 0)

/** Luma in the strip of the middle third of the mouth, `height` units S around the lips' line: the mean and the darkest. */
function mouthStrip(compositor: Compositor, frame: Uint8Array): { mean: number; darkest: number } {
  const { x, y, unit } = compositor.shape.frame
  let sum = 0
  let count = 0
  let darkest = 255
  for (let j = Math.round(y); j < y + 0.2 * unit; j++) {
    for (let i = Math.round(x - unit / 6); i < x + unit / 6; i++) {
      const luma = frame[j * picture.width + i]!
      sum += luma
      count++
      darkest = Math.min(darkest, luma)
    }
  }
  return { mean: sum / count, darkest }
}

function hashOfClip(prefer: 'wasm' | 'javascript', seed: number): string {
  const compositor = createCompositor(picture, face, { headMoves: true, prefer })
  const head = createHeadMotion(seed, [300], 1)
  const hash = createHash('sha256')
  for (let i = 0; i < 8; i++)
    hash.update(compositor.draw(head(0.4 + i / 10), mouthOf(compositor, 0.04 * i), i === 5 ? 1 : 0))
  return hash.digest('hex')
}

describe('the compositor', () => {
  it('draws the photo itself, but for rounding, when nothing moves', () => {
    const compositor = createCompositor(picture, face, { headMoves: true })
    const first = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    const still = createCompositor(picture, face, { headMoves: false })
    const second = Buffer.from(still.draw(stillHead, restingMouth(still.shape), 0))
    expect(first.equals(second)).toBe(true)
  })

  it('never touches a byte outside the moving rectangle', () => {
    const compositor = createCompositor(picture, face, { headMoves: true })
    const original = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    const head = createHeadMotion(2, [200, 1100], 1)
    const { left, top, right, bottom } = compositor.moving
    let changedInside = 0
    for (let i = 0; i < 20; i++) {
      const frame = compositor.draw(head(i / 5), mouthOf(compositor, 0.02 * i), (i % 4) / 3)
      let changedOutside = 0
      for (let n = 0; n < frame.length; n++) {
        if (frame[n] === original[n]) continue
        const luma = n < picture.width * picture.height
        const inPlane = luma ? n : (n - picture.width * picture.height) % ((picture.width * picture.height) / 4)
        const width = luma ? picture.width : picture.width / 2
        const scale = luma ? 1 : 2
        const x = (inPlane % width) * scale
        const y = Math.floor(inPlane / width) * scale
        if (x >= left && x < right && y >= top && y < bottom) changedInside++
        else changedOutside++
      }
      expect(changedOutside).toBe(0)
    }
    expect(changedInside).toBeGreaterThan(1000)
  })

  it('leaves the rim of its rectangle as it is, so that no edge shows', () => {
    const compositor = createCompositor(picture, face, { headMoves: true })
    const original = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    const frame = compositor.draw(createHeadMotion(2, [], 1)(2.2), mouthOf(compositor, 0.3), 0)
    const { left, top, right, bottom } = compositor.moving
    for (let x = left; x < right; x++) {
      expect(Math.abs(frame[top * picture.width + x]! - original[top * picture.width + x]!)).toBeLessThanOrEqual(1)
      expect(
        Math.abs(frame[(bottom - 1) * picture.width + x]! - original[(bottom - 1) * picture.width + x]!),
      ).toBeLessThanOrEqual(1)
    }
  })

  it('opens a dark mouth and shuts it again', () => {
    const compositor = createCompositor(picture, face, { headMoves: true })
    const closed = mouthStrip(compositor, compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    const open = mouthStrip(compositor, compositor.draw(stillHead, mouthOf(compositor, 0.3), 0))
    const pressed = mouthStrip(compositor, compositor.draw(stillHead, mouthOf(compositor, 0, 1), 0))
    expect(open.mean).toBeLessThan(closed.mean - 25)
    expect(Math.abs(pressed.mean - closed.mean)).toBeLessThan(12)
  })

  it('lowers the lids over the eyes and raises them again', () => {
    const compositor = createCompositor(picture, face, { headMoves: true })
    expect(compositor.eyes).toHaveLength(2)
    const open = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    const shut = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 1))
    const again = Buffer.from(compositor.draw(stillHead, restingMouth(compositor.shape), 0))
    for (const eye of compositor.eyes) {
      const at = Math.round(eye.y) * picture.width + Math.round(eye.x)
      expect(shut[at]).not.toBe(open[at])
    }
    expect(again.equals(open)).toBe(true)
  })

  it('draws the same bytes for the same seed, and the same with and without SIMD', () => {
    expect(hashOfClip('wasm', 4)).toBe(hashOfClip('wasm', 4))
    expect(hashOfClip('wasm', 4)).not.toBe(hashOfClip('wasm', 5))
    expect(hashOfClip('javascript', 4)).toBe(hashOfClip('wasm', 4))
  })

  it('takes grey photos and sizes that are no multiple of its blocks', () => {
    const grey = picture.data.map((_, i) => picture.data[i - (i % 3)]!)
    const compositor = createCompositor({ ...picture, data: grey }, face, { headMoves: true })
    const frame = compositor.draw(stillHead, mouthOf(compositor, 0.25), 0)
    const chroma = frame.subarray(picture.width * picture.height)
    expect(chroma.every((value) => Math.abs(value - 128) <= 1)).toBe(true)
    expect(picture.width % 16).not.toBe(0)
  })
})
