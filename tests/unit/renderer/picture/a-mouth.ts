import { curveThrough } from '../../../../src/renderer/picture/curve.ts'
import type { MouthFrame, Point } from '../../../../src/renderer/picture/mouth-frame.ts'
import type { Seam } from '../../../../src/renderer/picture/seam.ts'

/** An upright mouth 100 pixels wide, its left corner at u -50, in the middle of a 400 x 400 picture; `gap` pixels open in the middle. */
export function aMouth(gap: number): { frame: MouthFrame; seam: Seam } {
  const us = [-50, -38, -26, -14, -6, 0, 6, 14, 26, 38, 50]
  const bow = (u: number): number => 1 - (u / 50) ** 2
  const line = (height: number): Point[] => us.map((u) => ({ x: u, y: height * bow(u) }))
  const frame: MouthFrame = {
    x: 200,
    y: 200,
    across: { x: 1, y: 0 },
    left: 50,
    right: 50,
    leftV: 0,
    rightV: 0,
    unit: 100,
    noseV: -40,
    upperEdgeV: -15 - gap / 2,
    lowerEdgeV: 18 + gap / 2,
    chinV: 85 + gap / 2,
    innerUpper: line(-gap / 2),
    innerLower: line(gap / 2),
    outerUpper: line(-15 - gap / 2),
    outerLower: line(18 + gap / 2),
  }
  const upper = curveThrough(frame.innerUpper, -50, 50)
  const lower = curveThrough(frame.innerLower, -50, 50)
  return { frame, seam: { closed: gap === 0, upper, lower, gap: gap / 100, teeth: gap > 0, rim: 0 } }
}
