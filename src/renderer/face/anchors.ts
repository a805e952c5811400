/** Side of the detector's square input, pixels. */
export const detectorSize = 256

/** Cells per side of each output grid and the anchors in every cell, from MediaPipe's full-range BlazeFace (strides 16 and 32). */
const grids = [
  { cells: 16, anchorsPerCell: 2 },
  { cells: 8, anchorsPerCell: 6 },
] as const

/** Anchor centres in detector pixels, x and y in turn, 896 of them, in the order of the network's two outputs. */
export function createAnchors(): Float32Array {
  const centres: number[] = []
  for (const { cells, anchorsPerCell } of grids) {
    const stride = detectorSize / cells
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        for (let anchor = 0; anchor < anchorsPerCell; anchor++) {
          centres.push((column + 0.5) * stride, (row + 0.5) * stride)
        }
      }
    }
  }
  return Float32Array.from(centres)
}
