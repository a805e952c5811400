import { describe, expect, it } from '@jest/globals'
import { curveAt } from '../../../../src/renderer/picture/curve.ts'
import {
  basisAt,
  displacement,
  lipEdges,
  type MouthPose,
  neckFade,
  sideReach,
} from '../../../../src/renderer/picture/fields.ts'
import { aMouth } from './a-mouth.ts'

const wide: MouthPose = {
  spread: -8,
  cornerDrop: 6,
  raise: 4,
  open: 26,
  close: 0,
  upperThickness: 3,
  lowerThickness: 3,
}
const shut: MouthPose = { spread: 0, cornerDrop: 0, raise: 0, open: 0, close: 1, upperThickness: 0, lowerThickness: 0 }

function fieldOf(
  gap: number,
): (u: number, v: number, pose: MouthPose) => { u: number; upperV: number; lowerV: number } {
  const { frame, seam } = aMouth(gap)
  const edges = lipEdges(frame)
  return (u, v, pose) => displacement(basisAt(frame, seam, edges, u, v), pose)
}

describe('the displacement fields', () => {
  it('are the same for both layers on the line beyond the corners, where no mask parts them', () => {
    for (const gap of [0, 20]) {
      const at = fieldOf(gap)
      for (const pose of [wide, shut, { ...wide, close: 0.5 }]) {
        for (const u of [-140, -100, -75, -55, -50, 50, 55, 75, 100, 140]) {
          const { upperV, lowerV } = at(u, 0, pose)
          expect(Math.abs(upperV - lowerV)).toBeLessThan(1e-6)
        }
      }
    }
  })

  it('are exactly zero beyond their reach', () => {
    const { frame } = aMouth(0)
    const at = fieldOf(0)
    for (const [u, v] of [
      [-sideReach * 50 - 60, 0],
      [sideReach * 50 + 60, 30],
      [0, frame.chinV + neckFade * frame.unit + 1],
      [0, -70],
    ] as const) {
      const d = at(u, v, wide)
      // Only the layer that shows there counts.
      expect([Math.abs(d.u), Math.abs(v < 0 ? d.upperV : d.lowerV)]).toEqual([0, 0])
    }
  })

  it('open the middle by what is asked, and the corners not at all', () => {
    const at = fieldOf(0)
    const middle = at(0, 0, wide)
    expect(middle.lowerV - middle.upperV).toBeCloseTo(30, 5)
    const corner = at(50, 0, wide)
    expect(corner.lowerV - corner.upperV).toBeCloseTo(0, 5)
  })

  it('move the chin with the lower lip and leave the nose alone', () => {
    const at = fieldOf(0)
    const chin = at(0, 80, { ...wide, spread: 0, cornerDrop: 0 }).lowerV
    expect(chin).toBeGreaterThan(0.6 * 26)
    expect(chin).toBeLessThan(26)
    expect(at(0, -41, { ...wide, spread: 0, cornerDrop: 0 }).upperV).toBeCloseTo(0, 5)
  })

  it('go on unchanged on the far side of their own edge, so that nothing folds over', () => {
    const at = fieldOf(0)
    const pose = { ...wide, spread: 0, cornerDrop: 0 }
    expect(at(0, -20, pose).lowerV).toBeCloseTo(at(0, 0, pose).lowerV, 5)
    expect(at(0, 20, pose).upperV).toBeCloseTo(at(0, 0, pose).upperV, 5)
  })

  it('shut a smile along its whole width', () => {
    const { frame, seam } = aMouth(20)
    const at = fieldOf(20)
    for (let u = -44; u <= 44; u += 4) {
      const upper = curveAt(seam.upper, u) + at(u, curveAt(seam.upper, u), shut).upperV
      const lower = curveAt(seam.lower, u) + at(u, curveAt(seam.lower, u), shut).lowerV
      expect(lower - upper).toBeLessThanOrEqual(0)
      expect(lower - upper).toBeGreaterThan(-0.03 * frame.unit)
    }
  })

  it('stay gentle enough for their inversion: no two neighbours cross', () => {
    for (const gap of [0, 20]) {
      const at = fieldOf(gap)
      for (const pose of [wide, { ...shut, close: 1 }]) {
        for (let u = -90; u <= 90; u += 10) {
          for (let v = 2; v < 150; v += 2) {
            expect(v + 2 + at(u, v + 2, pose).lowerV).toBeGreaterThan(v + at(u, v, pose).lowerV)
          }
        }
      }
    }
  })
})
