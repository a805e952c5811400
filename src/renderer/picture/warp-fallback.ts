import type { WarpCall } from './warp-kernel.ts'

/** The plain JavaScript twin of kernel/warp.ts: the same integers, step by step, so the same pixels. */
export function warpInJavaScript(memory: ArrayBuffer, call: WarpCall): void {
  const bytes = new Uint8Array(memory)
  const words = new Int32Array(memory)
  const { shift, stride, source, source2, alpha } = call
  const log = call.gridLog - shift
  const cell = 1 << log
  const blockWidth = 16 >> shift
  const nodesPerBlock = 16 >> call.gridLog
  const gridX = call.gridX >> 2
  const gridY = call.gridY >> 2
  const down = call.nodesPerRow

  const between = (above: number, below: number, row: number): number => {
    const from = above >> shift
    return from + ((((below >> shift) - from) * row) >> log)
  }
  const sample = (at: number, fx: number, fy: number): number => {
    const h0 = bytes[at]! * (128 - fx) + bytes[at + 1]! * fx
    const h1 = bytes[at + stride]! * (128 - fx) + bytes[at + stride + 1]! * fx
    return (h0 + (((h1 - h0) * (fy << 8) + 16384) >> 15) + 64) >> 7
  }
  const put = (target: number, value: number, weight: number): void => {
    bytes[target] = weight === 256 ? value : (bytes[target]! * (256 - weight) + value * weight + 128) >> 8
  }

  for (let by = 0; by < call.rows; by++) {
    for (let bx = 0; bx < call.columns; bx++) {
      const mode = bytes[call.modes + by * call.columns + bx]!
      if (mode === 0) continue
      for (let j = 0; j < cell; j++) {
        const row = (by * cell + j) * call.targetStride
        for (let k = 0; k < nodesPerBlock; k++) {
          const n = by * down + bx * nodesPerBlock + k
          const x0 = between(words[gridX + n]!, words[gridX + n + down]!, j)
          const y0 = between(words[gridY + n]!, words[gridY + n + down]!, j)
          const dx = (between(words[gridX + n + 1]!, words[gridX + n + 1 + down]!, j) - x0) >> log
          const dy = (between(words[gridY + n + 1]!, words[gridY + n + 1 + down]!, j) - y0) >> log
          for (let i = 0; i < cell; i++) {
            const x = x0 + dx * i
            const y = y0 + dy * i
            const at = (y >> 16) * stride + (x >> 16)
            const fx = (x >> 9) & 127
            const fy = (y >> 9) & 127
            const out = row + bx * blockWidth + k * cell + i
            let weight = 256
            if (mode === 2) {
              const a = sample(alpha + at, fx, fy)
              weight = a + (a >> 7)
            }
            put(call.target + out, sample(source + at, fx, fy), weight)
            if (source2) put(call.target2 + out, sample(source2 + at, fx, fy), weight)
          }
        }
      }
    }
  }
}
