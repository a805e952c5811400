import { describe, expect, it } from '@jest/globals'
import { type Eye, lidSource, lidsAt, lidTravel, planBlinks } from '../../../../src/renderer/picture/blink.ts'
import type { Curve } from '../../../../src/renderer/picture/curve.ts'

function level(v: number): Curve {
  return { from: -20, step: 40 / 64, values: new Float32Array(65).fill(v) }
}

const eye: Eye = {
  x: 100,
  y: 100,
  across: { x: 1, y: 0 },
  half: 20,
  lid: level(-4),
  floor: level(6),
  crease: level(-8),
  top: level(-14),
}

describe('blinks', () => {
  it('come at least once in eight seconds, at most every two, for any seed', () => {
    for (let seed = 0; seed < 200; seed++) {
      const blinks = [...planBlinks(seed, 60)]
      expect(blinks[0]).toBeLessThan(2.6)
      for (let i = 1; i < blinks.length; i++) {
        expect(blinks[i]! - blinks[i - 1]!).toBeGreaterThanOrEqual(2)
        expect(blinks[i]! - blinks[i - 1]!).toBeLessThanOrEqual(5)
      }
    }
  })

  it('are the same for the same seed and others for another', () => {
    expect(planBlinks(3, 30)).toEqual(planBlinks(3, 30))
    expect(planBlinks(3, 30)).not.toEqual(planBlinks(4, 30))
  })

  it('shut the eye fully in some frame and leave it open at the end', () => {
    for (let seed = 0; seed < 50; seed++) {
      const blinks = planBlinks(seed, 10)
      const lids = Array.from({ length: 301 }, (_, i) => lidsAt(blinks, i / 30))
      expect(Math.max(...lids)).toBe(1)
      expect(lids.at(-1)).toBe(0)
      expect(lids[0]).toBe(0)
    }
  })

  it('last about seven frames', () => {
    const lids = Array.from({ length: 60 }, (_, i) => lidsAt([1], i / 30))
    const moving = lids.filter((lid) => lid > 0).length
    expect(moving).toBeGreaterThanOrEqual(6)
    expect(moving).toBeLessThanOrEqual(8)
  })
})

describe('the lid', () => {
  it('brings its edge down to the lower lid and stretches only the skin above the crease', () => {
    const travel = lidTravel(eye, 0)
    expect(lidSource(eye, 0, -4 + travel, 1)).toBeCloseTo(-4)
    expect(lidSource(eye, 0, -8 + travel, 1)).toBeCloseTo(-8)
    expect(lidSource(eye, 0, -14, 1)).toBe(-14)
    expect(lidSource(eye, 0, -20, 1)).toBe(-20)
  })

  it('never turns the skin over', () => {
    for (const shut of [0.2, 0.6, 1]) {
      for (let v = -16; v < 12; v += 0.5)
        expect(lidSource(eye, 3, v + 0.5, shut)).toBeGreaterThan(lidSource(eye, 3, v, shut))
    }
  })

  it('does not move at the corners or when open', () => {
    expect(lidTravel(eye, 20)).toBe(0)
    expect(lidSource(eye, 0, 0, 0)).toBe(0)
  })
})
