import type { CaptionBitmap } from './draw-caption.ts'

/** What a caption covers of one frame, kept to be put back. */
export interface Covered {
  /** Gives the frame back the bytes it had. */
  restore(): void
}

/**
 * Lays a caption over a YUV420 frame (planar, `width` x `height`) with its upper left corner at even `left`, `top`.
 * The frame's bytes under it are remembered: frames are drawn over, not anew, so what is not put back would stay.
 */
export function layCaption(
  frame: Uint8Array,
  width: number,
  height: number,
  bitmap: CaptionBitmap,
  left: number,
  top: number,
): Covered {
  const luma = width * height
  const planes = [
    { from: top * width + left, stride: width, scale: 1, keep: bitmap.keep, add: bitmap.add },
    ...[luma, luma + luma / 4].map((plane) => ({
      from: plane + (top / 2) * (width / 2) + left / 2,
      stride: width / 2,
      scale: 2,
      keep: bitmap.keepChroma,
      add: bitmap.addChroma,
    })),
  ].map((plane) => ({ ...plane, columns: bitmap.width / plane.scale, rows: bitmap.height / plane.scale }))
  const saved = planes.map(({ from, stride, columns, rows, keep, add }) => {
    const bytes = new Uint8Array(columns * rows)
    for (let y = 0, at = 0; y < rows; y++) {
      const row = from + y * stride
      bytes.set(frame.subarray(row, row + columns), at)
      for (let x = row; x < row + columns; x++, at++) frame[x] = ((frame[x]! * keep[at]! + 128) >> 8) + add[at]!
    }
    return bytes
  })
  return {
    restore() {
      for (const [i, { from, stride, columns, rows }] of planes.entries()) {
        for (let y = 0; y < rows; y++) frame.set(saved[i]!.subarray(y * columns, (y + 1) * columns), from + y * stride)
      }
    },
  }
}
