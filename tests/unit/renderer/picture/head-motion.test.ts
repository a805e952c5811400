import { describe, expect, it } from '@jest/globals'
import {
  createHeadMotion,
  type HeadShape,
  headReach,
  headShare,
  stillHead,
} from '../../../../src/renderer/picture/head-motion.ts'

const head: HeadShape = { centre: { x: 200, y: 200 }, across: { x: 1, y: 0 }, radiusX: 60, radiusY: 80 }

describe('head motion', () => {
  it('starts from the photo and stays within two or three percent of the face', () => {
    let largest = 0
    for (let seed = 0; seed < 50; seed++) {
      const pose = createHeadMotion(seed, [500, 1400, 2600], 1)
      expect(Object.values(pose(0)).map(Math.abs)).toEqual([0, 0, 0, 0, 0])
      for (let t = 0; t < 10; t += 1 / 30) {
        largest = Math.max(largest, ...Object.values(pose(t)).map(Math.abs))
      }
    }
    expect(largest).toBeLessThan(0.045)
    expect(largest).toBeGreaterThan(0.01)
  })

  it('is repeatable by its seed', () => {
    expect(createHeadMotion(9, [400], 1)(3.3)).toEqual(createHeadMotion(9, [400], 1)(3.3))
    expect(createHeadMotion(9, [400], 1)(3.3)).not.toEqual(createHeadMotion(10, [400], 1)(3.3))
  })

  it('grows with the animation strength from none at 0', () => {
    expect(createHeadMotion(9, [400], 0)(3.3)).toEqual(stillHead)
    expect(Math.abs(createHeadMotion(9, [], 0.5)(3.3).turn)).toBeCloseTo(
      Math.abs(createHeadMotion(9, [], 1)(3.3).turn) / 2,
    )
  })

  it('nods down on a stressed syllable', () => {
    expect(createHeadMotion(9, [3000], 1)(3.06).nod).toBeGreaterThan(createHeadMotion(9, [], 1)(3.06).nod)
  })

  it('dies out at its reach', () => {
    expect(headShare(head, 200, 200)).toBe(1)
    expect(headShare(head, 200 + headReach * 60 + 0.1, 200)).toBe(0)
    expect(headShare(head, 200, 200 - headReach * 80 - 0.1)).toBe(0)
  })
})
