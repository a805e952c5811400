import { fixedColumn, fixedRow } from './grid.ts'
import type { MouthLayers } from './mouth-layers.ts'
import type { PictureMemory } from './picture-memory.ts'
import { blockMode } from './warp-kernel.ts'

/** Decides block by block what is drawn: nearly all blocks hold one layer whole and are plain copies. `qx`, `qy` as in invertLayer. */
export function chooseBlocks(memory: PictureMemory, layers: MouthLayers, qx: Float32Array, qy: Float32Array): void {
  const { grid, upper, lower, interiorModes, interiorPositions, softness } = layers
  // Between nodes the seam may bend, and the source lies between those of the nodes.
  const margin = 3
  const w = grid.nodesPerRow
  for (let by = 0; by < grid.rows; by++) {
    for (let bx = 0; bx < grid.columns; bx++) {
      let upperLeast = Number.POSITIVE_INFINITY
      let upperMost = Number.NEGATIVE_INFINITY
      let lowerLeast = Number.POSITIVE_INFINITY
      let lowerMost = Number.NEGATIVE_INFINITY
      const first = by * w + bx * 4
      for (let k = 0; k < 10; k++) {
        const n = k < 5 ? first + k : first + w + k - 5
        const a = upper.sourceDepth[n]!
        const b = lower.sourceDepth[n]!
        if (a < upperLeast) upperLeast = a
        if (a > upperMost) upperMost = a
        if (b < lowerLeast) lowerLeast = b
        if (b > lowerMost) lowerMost = b
      }
      const block = by * grid.columns + bx
      const upperWhole = upperLeast > margin
      const upperGone = upperMost < -softness - margin
      const lowerWhole = lowerLeast > margin
      const lowerGone = lowerMost < -softness - margin
      upper.modes.bytes[block] = upperWhole ? blockMode.copy : upperGone ? blockMode.skip : blockMode.over
      lower.modes.bytes[block] = upperWhole || lowerGone ? blockMode.skip : lowerWhole ? blockMode.copy : blockMode.over
      interiorModes.bytes[block] = upperWhole || lowerWhole ? blockMode.skip : blockMode.copy
      if (upperWhole || lowerWhole) continue
      for (let k = 0; k < 10; k++) {
        const n = k < 5 ? first + k : first + w + k - 5
        interiorPositions.xs[n] = fixedColumn(memory, qx[n]!)
        interiorPositions.ys[n] = fixedRow(memory, qy[n]!)
      }
    }
  }
}
