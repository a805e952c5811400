import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { createRandom } from '../../../../src/renderer/picture/head-motion.ts'
import { blockMode, createWarpKernel } from '../../../../src/renderer/picture/warp-kernel.ts'

const width = 128
const height = 96
const padding = 32
const stride = width + 2 * padding
const planeBytes = stride * (height + 2 * padding)

interface Scene {
  readonly gridLog: 2 | 3
  readonly shift: 0 | 1
  /** Pixels that neighbouring nodes may differ by beyond their distance. */
  readonly unrest: number
  readonly seed: number
}

/** Draws one random scene (all block modes, two source planes) and returns both target planes. */
function draw(kind: 'wasm' | 'javascript', { gridLog, shift, unrest, seed }: Scene): { kind: string; pixels: Buffer } {
  const kernel = createWarpKernel(1 << 20, kind)
  const bytes = new Uint8Array(kernel.memory)
  const words = new Int32Array(kernel.memory)
  const random = createRandom(seed)
  let next = (kernel.start + 15) & ~15
  const take = (size: number): number => {
    const at = next
    next = (next + size + 15) & ~15
    return at
  }
  const plane = (): number => {
    const at = take(planeBytes)
    for (let i = 0; i < planeBytes; i++) bytes[at + i] = 256 * random()
    return at + padding * stride + padding
  }
  const [source, source2, alpha] = [plane(), plane(), plane()]
  const columns = width / 16
  const rows = height >> gridLog
  const nodesPerRow = columns * (16 >> gridLog) + 1
  const gridX = take(4 * nodesPerRow * (rows + 1))
  const gridY = take(4 * nodesPerRow * (rows + 1))
  for (let n = 0; n < nodesPerRow * (rows + 1); n++) {
    const x = ((n % nodesPerRow) << gridLog) + (random() - 0.5) * unrest
    const y = (Math.floor(n / nodesPerRow) << gridLog) + (random() - 0.5) * unrest
    words[(gridX >> 2) + n] = Math.round(65536 * Math.min(width + 10, Math.max(-20, x)))
    words[(gridY >> 2) + n] = Math.round(65536 * Math.min(height + 10, Math.max(-20, y)))
  }
  const modes = take(columns * rows)
  for (let i = 0; i < columns * rows; i++) bytes[modes + i] = Math.floor(3 * random())
  const target = take(width * height)
  const target2 = take(width * height)
  const targetStride = width >> shift
  const grid = { gridX, gridY, nodesPerRow, modes, columns, rows, gridLog, shift }
  kernel.warp({ ...grid, source, source2, alpha, stride, target, target2, targetStride })
  return { kind: kernel.kind, pixels: Buffer.from(bytes.slice(target, target2 + width * height)) }
}

describe('the warp kernel', () => {
  const scenes = ([2, 3] as const).flatMap((gridLog) =>
    ([0, 1] as const).flatMap((shift) =>
      [0.001, 0.4, 3, 24].map((unrest, i) => ({ gridLog, shift, unrest, seed: 11 * i + gridLog })),
    ),
  )

  it.each(scenes)('gives the same pixels in SIMD and in JavaScript: %j', (scene) => {
    const fast = draw('wasm', scene)
    const plain = draw('javascript', scene)
    expect(fast.kind).toBe('wasm')
    expect(plain.kind).toBe('javascript')
    expect(fast.pixels.some((value) => value !== 0)).toBe(true)
    expect(fast.pixels.equals(plain.pixels)).toBe(true)
  })

  it('copies a picture byte for byte when every node stays where it is', () => {
    const kernel = createWarpKernel(1 << 20)
    const bytes = new Uint8Array(kernel.memory)
    const words = new Int32Array(kernel.memory)
    const [plane, gridX, gridY, modes, target] = [4096, 65536, 131072, 196608, 262144]
    for (let i = 0; i < 50_000; i++) bytes[plane + i] = (i * 31 + (i >> 7)) & 255
    for (let n = 0; n < 5 * 3; n++) {
      words[(gridX >> 2) + n] = ((n % 5) * 8) << 16
      words[(gridY >> 2) + n] = (Math.floor(n / 5) * 8) << 16
    }
    bytes.fill(blockMode.copy, modes, modes + 4)
    const grid = { gridX, gridY, nodesPerRow: 5, modes, columns: 2, rows: 2, gridLog: 3, shift: 0 } as const
    kernel.warp({ ...grid, source: plane, stride: 256, alpha: 0, target, targetStride: 32, source2: 0, target2: 0 })
    for (let y = 0; y < 16; y++) {
      expect(Buffer.from(bytes.slice(target + y * 32, target + y * 32 + 32))).toEqual(
        Buffer.from(bytes.slice(plane + y * 256, plane + y * 256 + 32)),
      )
    }
  })

  it('is what its source compiles to', async () => {
    const script = fileURLToPath(new URL('../../../../scripts/build-kernel.mjs', import.meta.url))
    await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toBeDefined()
  })
})
