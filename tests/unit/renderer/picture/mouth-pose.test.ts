import { describe, expect, it } from '@jest/globals'
import { mouthAt, restAt, restingMouth } from '../../../../src/renderer/picture/mouth-pose.ts'
import type { LipTrack } from '../../../../src/renderer/ports.ts'
import { aMouth } from './a-mouth.ts'

/** 1 s at 200 Hz of an open mouth that shuts for 20 ms in the middle, between two frames of 30 a second. */
function track(): LipTrack {
  const fill = (of: (ms: number) => number): Float32Array => Float32Array.from({ length: 200 }, (_, i) => of(i * 5))
  const aperture = fill((ms) => (Math.abs(ms - 516) < 10 ? 0 : 0.25))
  const none = fill(() => 0)
  return {
    rateHz: 200,
    length: 200,
    aperture,
    width: none,
    rounding: none,
    upperRaise: none,
    press: none,
    tuck: none,
    tongue: none,
    stressesMs: [],
  }
}

describe('the mouth of a frame', () => {
  it('shuts for a closure even when it falls between frames', () => {
    const shape = aMouth(0)
    const gaps = Array.from({ length: 30 }, (_, i) => mouthAt(shape, track(), i / 30, 1 / 30, 1, 0).gap)
    expect(Math.min(...gaps)).toBe(0)
    expect(gaps.filter((gap) => gap === 0).length).toBeLessThanOrEqual(3)
  })

  it('closes a smile for a closure and gives its own gap before opening further', () => {
    const shape = aMouth(20)
    const closed = mouthAt(shape, track(), 0.516, 1 / 30, 1, 0)
    expect(closed).toMatchObject({ gap: 0, extra: 0 })
    expect(closed.pose.close).toBe(1)
    const open = mouthAt(shape, track(), 0.2, 1 / 30, 1, 0)
    expect(open.pose.close).toBe(0)
    expect(open.gap).toBeCloseTo(26.5)
    expect(open.extra).toBeCloseTo(6.5)
  })

  it("is the photo's own at rest", () => {
    const shape = aMouth(20)
    const rest = mouthAt(shape, track(), 0.2, 1 / 30, 1, 1)
    expect(rest.pose.close).toBe(0)
    expect(rest.gap).toBeCloseTo(restingMouth(shape).gap)
    expect(rest.extra).toBe(0)
  })

  it('travels less with less animation', () => {
    const shape = aMouth(0)
    expect(mouthAt(shape, track(), 0.2, 1 / 30, 0, 0).gap).toBeLessThan(mouthAt(shape, track(), 0.2, 1 / 30, 1, 0).gap)
  })
})

describe('resting', () => {
  const phones = [
    { phone: 'pau', startMs: 0, endMs: 200 },
    { phone: 'aa', startMs: 200, endMs: 500 },
    { phone: 'pau', startMs: 500, endMs: 700 },
    { phone: 'b', startMs: 700, endMs: 800 },
    { phone: 'pau', startMs: 800, endMs: 1600 },
    { phone: 'iy', startMs: 1600, endMs: 1800 },
    { phone: 'pau', startMs: 1800, endMs: 2200 },
  ]
  const at = (ms: number): number => restAt(phones, ms / 1000)

  it('is complete before the first and after the last sound', () => {
    expect([at(0), at(2150), at(5000)]).toEqual([1, 1, 1])
  })

  it('comes back in long pauses and ends before the next sound', () => {
    expect(at(1200)).toBe(1)
    expect([at(1599), at(800)]).toEqual([0, 0])
  })

  it('leaves sounds and short pauses alone', () => {
    expect([at(300), at(600), at(750)]).toEqual([0, 0, 0])
  })
})
