import { warpInJavaScript } from './warp-fallback.ts'
import { warpKernelBase64 } from './warp-kernel-bytes.ts'

/** The little of WebAssembly that is used here; TypeScript knows it only with the browser's types. */
declare const WebAssembly: {
  validate(code: Uint8Array): boolean
  Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** What becomes of a block of 16 luma pixels x one grid row. */
export const blockMode = { skip: 0, copy: 1, over: 2 } as const

/**
 * One drawing order. Addresses are bytes from the start of the kernel's memory; every grid, plane and mode map lives there.
 * `shift` is 0 for luma and 1 for the chroma pair (positions are halved, blocks are 8 pixels wide).
 */
export interface WarpCall {
  /** Source column of every grid node in luma pixels, 16.16 fixed point, row-major, `nodesPerRow` a row. */
  readonly gridX: number
  readonly gridY: number
  readonly nodesPerRow: number
  /** One byte a block: see blockMode. */
  readonly modes: number
  readonly columns: number
  readonly rows: number
  /** log2 of the grid's cell in luma pixels: 2 or 3. */
  readonly gridLog: 2 | 3
  readonly shift: 0 | 1
  /** Address of pixel (0, 0); the plane is padded, so positions a little outside are fine. */
  readonly source: number
  readonly stride: number
  /** Coverage plane of the same shape as the source; read only in `over` blocks. */
  readonly alpha: number
  /** Address of the first block's first pixel. */
  readonly target: number
  readonly targetStride: number
  /** A second plane drawn with the same positions, or 0. */
  readonly source2: number
  readonly target2: number
}

export interface WarpKernel {
  readonly kind: 'wasm' | 'javascript'
  readonly memory: ArrayBuffer
  /** First free address. */
  readonly start: number
  warp(call: WarpCall): void
}

// The kernel keeps its own scratch bytes at 1024.
const callAddress = 2048
const firstFree = 4096
const pageBytes = 65536

function writeCall(words: Int32Array, call: WarpCall): void {
  words[0] = call.gridX
  words[1] = call.gridY
  words[2] = call.nodesPerRow
  words[3] = call.modes
  words[4] = call.columns
  words[5] = call.rows
  words[6] = call.gridLog
  words[7] = call.shift
  words[8] = call.source
  words[9] = call.stride
  words[10] = call.alpha
  words[11] = call.target
  words[12] = call.targetStride
  words[13] = call.source2
  words[14] = call.target2
}

/** The SIMD kernel with `bytes` of memory, or the slower JavaScript one (same pixels) where WebAssembly SIMD is missing. */
export function createWarpKernel(bytes: number, prefer: 'wasm' | 'javascript' = 'wasm'): WarpKernel {
  const code = Buffer.from(warpKernelBase64, 'base64')
  if (prefer === 'wasm' && WebAssembly.validate(code)) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + firstFree) / pageBytes) })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } })
    const run = instance.exports.warp as (call: number) => void
    const words = new Int32Array(memory.buffer, callAddress, 15)
    return {
      kind: 'wasm',
      memory: memory.buffer,
      start: firstFree,
      warp(call) {
        writeCall(words, call)
        run(callAddress)
      },
    }
  }
  const memory = new ArrayBuffer(Math.ceil((bytes + firstFree) / pageBytes) * pageBytes)
  return { kind: 'javascript', memory, start: firstFree, warp: (call) => warpInJavaScript(memory, call) }
}
