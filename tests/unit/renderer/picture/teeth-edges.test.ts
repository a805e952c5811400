import { describe, expect, it } from '@jest/globals'
import { curveAt, curveThrough } from '../../../../src/renderer/picture/curve.ts'
import { lipEdges } from '../../../../src/renderer/picture/fields.ts'
import type { Look, Tone } from '../../../../src/renderer/picture/gap-content.ts'
import { type MouthFrame, toMouth } from '../../../../src/renderer/picture/mouth-frame.ts'
import { findSeam } from '../../../../src/renderer/picture/seam.ts'
import { snapToTeeth, type TeethEdges } from '../../../../src/renderer/picture/teeth-edges.ts'
import { aMouth } from './a-mouth.ts'

const lips: Tone = { luma: 110, red: 40 }
const enamel: Tone = { luma: 165, red: 12 }
const skin: Tone = { luma: 150, red: 22 }
const places = [-36, -24, -12, 0, 12, 24, 36]
const bow = (u: number): number => Math.max(0, 1 - (u / 50) ** 2)

/** A drawn smile 100 pixels wide; inside it teeth down to `teethTo` of the gap, with gaps between them, and darkness below. */
function smile(
  frame: MouthFrame,
  top: number,
  bottom: number,
  teethTo = 1,
  light: (u: number) => number = () => 1,
): Look {
  return (x, y) => {
    const { x: u, y: v } = toMouth(frame, { x, y })
    const [from, to] = [top * bow(u), bottom * bow(u)]
    const inside = v > from && v < to
    const between = Math.abs((Math.abs(u) % 9) - 4.5) > 4 ? 0.8 : 1
    const tone = inside
      ? v < from + teethTo * (to - from)
        ? { luma: enamel.luma * between, red: enamel.red }
        : { luma: 25, red: 12 }
      : Math.abs(v) < 27 * bow(u)
        ? lips
        : skin
    return { luma: tone.luma * light(u), red: tone.red * light(u) }
  }
}

function snapped(frame: MouthFrame, look: Look): TeethEdges | undefined {
  const upper = curveThrough(frame.innerUpper, -50, 50)
  const lower = curveThrough(frame.innerLower, -50, 50)
  return snapToTeeth(frame, look, upper, lower, lipEdges(frame))
}

function worst(edges: TeethEdges | undefined, top: number, bottom: number): number {
  if (edges === undefined) return Number.POSITIVE_INFINITY
  return Math.max(
    ...places.flatMap((u) => [
      Math.abs(curveAt(edges.upper, u) - top * bow(u)),
      Math.abs(curveAt(edges.lower, u) - bottom * bow(u)),
    ]),
  )
}

describe('the lip edges around teeth', () => {
  const { frame } = aMouth(18)

  it.each([
    ['too high', -3, 15],
    ['too low', -15, 3],
    ['too narrow', -15, 15],
  ])('come within 1.5 %% of the mouth when the mesh lies 6 %% %s', (_, top, bottom) => {
    expect(worst(snapped(frame, smile(frame, top, bottom)), top, bottom)).toBeLessThan(1.5)
  })

  it('are where the lip begins, not where the teeth end, over a dark gap', () => {
    expect(worst(snapped(frame, smile(frame, -9, 15, 0.6)), -9, 15)).toBeLessThan(1.5)
  })

  it('are found in a mouth that lies half in shade', () => {
    const look = smile(frame, -9, 15, 1, (u) => 0.85 - u / 75)
    expect(worst(snapped(frame, look), -9, 15)).toBeLessThan(1.5)
  })

  it('meet in the corners', () => {
    const edges = snapped(frame, smile(frame, -15, 15))
    for (const u of [-50, 50]) {
      expect(curveAt(edges!.upper, u)).toBeCloseTo(0, 3)
      expect(curveAt(edges!.lower, u)).toBeCloseTo(0, 3)
    }
  })

  it('are not looked for where teeth and lips have nearly the same colour', () => {
    const noise = (x: number, y: number): number => ((Math.imul(x * 31 + y, 2654435761) >>> 16) % 21) - 10
    const faint: Look = (x, y) => {
      const { x: u, y: v } = toMouth(frame, { x, y })
      const teeth = v > -9 * bow(u) && v < 15 * bow(u)
      return { luma: (teeth ? 116 : 110) + noise(x, y), red: 30 }
    }
    expect(snapped(frame, faint)).toBeUndefined()
  })

  it('are laid a little into the lips by the seam, whose gap stays that of the photo', () => {
    const seam = findSeam(frame, smile(frame, -9, 15), lipEdges(frame))
    expect(seam).toMatchObject({ closed: false, teeth: true })
    expect(seam.rim).toBeGreaterThan(1.3)
    expect(curveAt(seam.upper, 0)).toBeLessThan(-9 - seam.rim + 1.5)
    expect(curveAt(seam.lower, 0)).toBeGreaterThan(15 + seam.rim - 1.5)
    expect(Math.abs(seam.gap * frame.unit - 24)).toBeLessThan(2)
  })
})

describe('a smile whose upper lip the mesh lays on the teeth', () => {
  const { frame } = aMouth(18)
  // The teeth reach from 3 pixels below the mesh's outer upper edge to its inner lower edge.
  const look = smile(frame, -21, 9)

  it('is known by its lower lip, and its upper edge is found with that colour', () => {
    // Dim teeth: against the mean of both lips, one of them teeth, they are not pale enough.
    const dim: Look = (x, y) => {
      const tone = look(x, y)
      return tone.luma === enamel.luma ? { luma: 130, red: 24 } : tone
    }
    expect(findSeam(frame, dim, lipEdges(frame))).toMatchObject({ closed: false, teeth: true })
    expect(worst(snapped(frame, look), -21, 9)).toBeLessThan(1.5)
  })
})
