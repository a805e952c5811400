import { describe, expect, it } from '@jest/globals'
import { placeCaptions } from '../../../../src/renderer/burn-in/place-captions.ts'
import { pointCount } from '../../../../src/renderer/face/landmarks.ts'
import type { Face } from '../../../../src/renderer/ports.ts'

/** A face of which only the mouth's height matters here: all points on one line. */
function faceWithMouthAt(y: number, mouthWidth: number): Face {
  const points = new Float32Array(pointCount * 3)
  for (let i = 0; i < pointCount; i++) points[i * 3 + 1] = y
  return {
    points,
    mouthWidth,
    box: { x: 0, y: 0, width: 1, height: 1 },
    score: 1,
    flag: 1,
    yawDegrees: 0,
    rollDegrees: 0,
  }
}

describe('the place of captions', () => {
  it('is a tenth above the lower edge', () => {
    expect(placeCaptions({ width: 1920, height: 1080 }, faceWithMouthAt(600, 120))).toMatchObject({
      edge: 'bottom',
      y: 972,
      fontPixels: 54,
      limits: { lines: 2 },
    })
  })

  it('grows with the picture, with lines that fit its width', () => {
    const wide = placeCaptions({ width: 1280, height: 720 }, null)
    const tall = placeCaptions({ width: 720, height: 1280 }, null)
    expect(wide.limits.lineWidth).toBe(42)
    expect(tall.limits.lineWidth).toBeLessThan(30)
    expect(tall.maxWidth).toBe(648)
    expect(placeCaptions({ width: 1920, height: 1080 }, null).fontPixels).toBe(1.5 * wide.fontPixels)
  })

  it('goes lower, then to one line, then to the top, before it covers the mouth', () => {
    const at = (y: number) => placeCaptions({ width: 1000, height: 1000 }, faceWithMouthAt(y, 100))
    expect(at(600)).toMatchObject({ edge: 'bottom', y: 900, limits: { lines: 2 } })
    expect(at(750)).toMatchObject({ edge: 'bottom', y: 950, limits: { lines: 2 } })
    expect(at(810)).toMatchObject({ edge: 'bottom', limits: { lines: 1 } })
    expect(at(950)).toMatchObject({ edge: 'top', y: 100, limits: { lines: 2 } })
  })
})
