/** Broken once: only the edges learnt from the mesh tried (both tests), teeth above the upper edge not counted (second). */
import { describe, expect, it } from '@jest/globals'
import { curveAt } from '../../../../src/renderer/picture/curve.ts'
import { lipEdges } from '../../../../src/renderer/picture/fields.ts'
import type { Look } from '../../../../src/renderer/picture/gap-content.ts'
import type { MouthFrame } from '../../../../src/renderer/picture/mouth-frame.ts'
import { findPartedLips, type PartedLips } from '../../../../src/renderer/picture/parted-lips.ts'
import { findSeam } from '../../../../src/renderer/picture/seam.ts'
import { aMouth } from './a-mouth.ts'

const skin = { luma: 150, red: 12 }
const lip = { luma: 95, red: 28 }
const teeth = { luma: 150, red: 2 }
const dark = { luma: 18, red: 5 }

/** Wide open, 40 pixels: lips 15 and 18 thick, upper teeth 12 high. */
const look: Look = (x, y) => {
  const bow = 1 - ((x - 200) / 50) ** 2
  const v = bow > 0 ? (y - 200) / bow : 99
  if (v < -35 || v > 38) return skin
  if (v < -20 || v > 20) return lip
  return v < -8 ? teeth : dark
}

/** The mesh of that mouth: it draws the upper lip down over the teeth. */
function meshOverTeeth(): MouthFrame {
  const { frame } = aMouth(40)
  return { ...frame, innerUpper: frame.innerUpper.map(({ x, y }) => ({ x, y: y * 0.4 })) }
}

/** The lips found in it, for a photo whose shut mouth has an upper lip of so many times its thickness. */
function partedLips(thickness: number): PartedLips | null {
  const { frame: still, seam } = aMouth(0)
  const thick = { ...still, outerUpper: still.outerUpper.map(({ x, y }) => ({ x, y: y * thickness })) }
  const frame = meshOverTeeth()
  const edges = lipEdges(frame)
  return findPartedLips(
    { frame: thick, seam, edges: lipEdges(thick) },
    frame,
    look,
    findSeam(frame, look, edges),
    edges,
  )
}

describe('the lips of a picture that shows a wide open mouth', () => {
  it('part above its teeth, where the mesh has them part below', () => {
    const { upper, lower } = partedLips(1)!
    for (const u of [-25, 0, 25]) {
      const bow = 1 - (u / 50) ** 2
      expect(Math.abs(curveAt(upper, u) + 20 * bow)).toBeLessThan(2.5)
      expect(Math.abs(curveAt(lower, u) - 20 * bow)).toBeLessThan(2.5)
    }
  })

  it('are given up where nothing tells them from its teeth', () => {
    expect(partedLips(5)).toBeNull()
  })
})
