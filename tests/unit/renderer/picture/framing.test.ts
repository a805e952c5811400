import { describe, expect, it } from '@jest/globals'
import { framePhoto, headBox, placeFace } from '../../../../src/renderer/picture/framing.ts'
import { createRandom } from '../../../../src/renderer/picture/head-motion.ts'
import type { Box, Face } from '../../../../src/renderer/ports.ts'

const random = createRandom(5)
const between = (low: number, high: number): number => low + (high - low) * random()

/** Photos of all shapes with a head somewhere in them, partly cut by the edge at times. */
const photos = Array.from({ length: 400 }, () => {
  const photo = { width: Math.round(between(300, 6000)), height: Math.round(between(300, 6000)) }
  const width = between(0.1, 0.9) * Math.min(photo.width, photo.height)
  const head: Box = {
    x: between(-0.2 * width, photo.width - 0.8 * width),
    y: between(-0.3 * width, photo.height - 1.1 * width),
    width,
    height: 1.4 * width,
  }
  return { photo, head }
})

describe('framing', () => {
  it('never cuts the head, whatever the photo and the aspect asked for', () => {
    for (const { photo, head } of photos) {
      for (const aspect of [1, 9 / 16, 16 / 9, null]) {
        const { region } = framePhoto(photo, head, aspect, 720)
        const slack = 0.501
        expect(region.x).toBeLessThanOrEqual(Math.max(0, head.x) + slack)
        expect(region.y).toBeLessThanOrEqual(Math.max(0, head.y) + slack)
        expect(region.x + region.width).toBeGreaterThanOrEqual(Math.min(photo.width, head.x + head.width) - slack)
        expect(region.y + region.height).toBeGreaterThanOrEqual(Math.min(photo.height, head.y + head.height) - slack)
      }
    }
  })

  it('gives even sizes with the short side asked for and the region in the same aspect', () => {
    for (const { photo, head } of photos) {
      for (const aspect of [1, 9 / 16, 16 / 9]) {
        const { region, width, height } = framePhoto(photo, head, aspect, 1080)
        expect([width % 2, height % 2]).toEqual([0, 0])
        expect(Math.min(width, height)).toBe(1080)
        expect(Math.abs(width / height / (region.width / region.height) - 1)).toBeLessThan(0.025)
      }
    }
  })

  it('stays inside the photo when it crops, and says so when it has to go beyond', () => {
    for (const { photo, head } of photos) {
      const { kind, region } = framePhoto(photo, head, 16 / 9, 720)
      const inside =
        region.x >= -0.01 &&
        region.y >= -0.01 &&
        region.x + region.width <= photo.width + 0.01 &&
        region.y + region.height <= photo.height + 0.01
      expect(inside).toBe(kind !== 'extend')
    }
  })

  it("keeps the photo's own aspect when none is asked for and bounds the long side of panoramas", () => {
    expect(
      framePhoto({ width: 3000, height: 2000 }, { x: 900, y: 300, width: 600, height: 800 }, null, 720),
    ).toMatchObject({
      kind: 'photo',
      width: 1080,
      height: 720,
      scale: 0.36,
    })
    const panorama = framePhoto({ width: 6000, height: 1000 }, { x: 900, y: 300, width: 300, height: 400 }, null, 720)
    expect(panorama.width).toBe(1584)
    expect(panorama.height).toBe(264)
  })

  it('keeps a portrait whole in a wide picture rather than beheading it', () => {
    const framing = framePhoto({ width: 1000, height: 1500 }, { x: 250, y: 200, width: 500, height: 800 }, 16 / 9, 720)
    expect(framing.kind).toBe('extend')
    expect(framing.region.height).toBeGreaterThanOrEqual(800)
  })
})

describe('the head box and the placed face', () => {
  const points = new Float32Array(468 * 3)
  // An upright oval of 4 points: chin at (100, 200), hairline at (100, 60), cheeks at x 50 and 150.
  points.set([100, 60, 0, 150, 130, 0, 100, 200, 0, 50, 130, 0])
  const face: Face = {
    box: { x: 50, y: 60, width: 100, height: 140 },
    score: 1,
    flag: 1,
    points,
    yawDegrees: 0,
    rollDegrees: 0,
    mouthWidth: 40,
  }

  it('takes hair and ears along', () => {
    const box = headBox(face, [0, 1, 2, 3])
    expect(box.x).toBeCloseTo(20)
    expect(box.y).toBeCloseTo(60 - 0.6 * 140)
    expect(box.x + box.width).toBeCloseTo(180)
    expect(box.y + box.height).toBeCloseTo(200 + 0.12 * 140)
  })

  it('grows with a tilted head instead of missing its corner', () => {
    const tilted = headBox({ ...face, rollDegrees: 40 }, [0, 1, 2, 3])
    expect(tilted.width).toBeGreaterThan(headBox(face, [0, 1, 2, 3]).width)
  })

  it('moves every point to where it lies in the output', () => {
    const framing = framePhoto({ width: 400, height: 400 }, headBox(face, [0, 1, 2, 3]), 9 / 16, 720)
    const placed = placeFace(face, framing)
    expect(placed.points[0]).toBeCloseTo((100 - framing.region.x) * (framing.width / framing.region.width), 3)
    expect(placed.points[1]).toBeCloseTo((60 - framing.region.y) * (framing.height / framing.region.height), 3)
    expect(placed.mouthWidth).toBeCloseTo(40 * (framing.width / framing.region.width), 3)
  })
})
