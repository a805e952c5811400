import { describe, expect, it } from '@jest/globals'
import { curveAt } from '../../../../src/renderer/picture/curve.ts'
import { lipEdges } from '../../../../src/renderer/picture/fields.ts'
import type { Look } from '../../../../src/renderer/picture/gap-content.ts'
import { toMouth } from '../../../../src/renderer/picture/mouth-frame.ts'
import { findSeam } from '../../../../src/renderer/picture/seam.ts'
import { aMouth } from './a-mouth.ts'

const lips = { luma: 110, red: 40 }

describe('the seam', () => {
  it('of closed lips follows the dark line of the photo, not the mesh that is off by 5 % of the mouth', () => {
    const { frame } = aMouth(0)
    const trueLine = (u: number): number => 5 + 3 * Math.sin(u / 15)
    const look: Look = (x, y) => {
      const { x: u, y: v } = toMouth(frame, { x, y })
      const nearCorner = Math.max(0, 1 - Math.abs(u) / 50)
      const distance = v - trueLine(u) * Math.min(1, nearCorner * 4)
      return { luma: 110 - 70 * Math.exp(-((distance / 1.6) ** 2)), red: 40 }
    }
    const seam = findSeam(frame, look, lipEdges(frame))
    expect(seam.closed).toBe(true)
    for (const u of [-30, -15, 0, 15, 30]) expect(Math.abs(curveAt(seam.upper, u) - trueLine(u))).toBeLessThan(1.3)
    expect(seam.lower).toBe(seam.upper)
  })

  it('of a mouth that the mesh draws ajar over nothing but lips is closed', () => {
    const { frame } = aMouth(7)
    const seam = findSeam(frame, () => lips, lipEdges(frame))
    expect(seam).toMatchObject({ closed: true, gap: 0, teeth: false })
  })

  it('of a smile keeps both edges and knows the teeth', () => {
    const { frame } = aMouth(18)
    const look: Look = (x, y) => {
      const { x: u, y: v } = toMouth(frame, { x, y })
      return Math.abs(v) < 9 * (1 - (u / 50) ** 2) ? { luma: 170, red: 12 } : lips
    }
    const seam = findSeam(frame, look, lipEdges(frame))
    expect(seam).toMatchObject({ closed: false, teeth: true })
    expect(seam.gap).toBeCloseTo(0.18, 1)
  })

  it('of an open dark mouth is open without teeth', () => {
    const { frame } = aMouth(20)
    const look: Look = (x, y) => {
      const { x: u, y: v } = toMouth(frame, { x, y })
      return Math.abs(v) < 10 * (1 - (u / 50) ** 2) ? { luma: 20, red: 10 } : lips
    }
    expect(findSeam(frame, look, lipEdges(frame))).toMatchObject({ closed: false, teeth: false })
  })
})
