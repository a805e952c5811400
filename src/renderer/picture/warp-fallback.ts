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
      for (let k = 0; k < nodesPerBlock; k++) {
        const n = by * down + bx * nodesPerBlock + k
        const x0 = words[gridX + n]! >> shift
        const y0 = words[gridY + n]! >> shift
        const stepX = ((words[gridX + n + 1]! >> shift) - x0) >> log
        const stepY = ((words[gridY + n + 1]! >> shift) - y0) >> log
        const x1 = words[gridX + n + down]! >> shift
        const y1 = words[gridY + n + down]! >> shift
        const belowX = ((words[gridX + n + down + 1]! >> shift) - x1) >> log
        const belowY = ((words[gridY + n + down + 1]! >> shift) - y1) >> log
        for (let i = 0; i < cell; i++) {
          let x = x0 + stepX * i
          let y = y0 + stepY * i
          const dx = (x1 + belowX * i - x) >> log
          const dy = (y1 + belowY * i - y) >> log
          let out = by * cell * call.targetStride + bx * blockWidth + k * cell + i
          for (let j = 0; j < cell; j++) {
            const at = (y >> 16) * stride + (x >> 16)
            const fx = (x >> 9) & 127
            const fy = (y >> 9) & 127
            let weight = 256
            if (mode === 2) {
              const a = sample(alpha + at, fx, fy)
              weight = a + (a >> 7)
            }
            put(call.target + out, sample(source + at, fx, fy), weight)
            if (source2) put(call.target2 + out, sample(source2 + at, fx, fy), weight)
            x += dx
            y += dy
            out += call.targetStride
          }
        }
      }
    }
  }
}
