import type { RgbImage } from '../ports.ts'
import { createWarpKernel, type WarpKernel } from './warp-kernel.ts'

/** Pixels of padding around every source plane: head motion stays below, so the kernel needs no clamping. Even, for chroma. */
export const padding = 32

/** One padded 8-bit plane inside the kernel's memory. `origin` is the address of pixel (0, 0). */
export interface Plane {
  readonly origin: number
  readonly stride: number
  readonly width: number
  readonly height: number
}

/** A picture layer: luma and two half-size chroma planes. */
export interface Layer {
  readonly y: Plane
  readonly u: Plane
  readonly v: Plane
}

/** How much of a pixel a layer covers, for luma and for chroma. */
export interface Coverage {
  readonly y: Plane
  readonly c: Plane
}

export interface PictureMemory {
  readonly kernel: WarpKernel
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly width: number
  readonly height: number
  /** Takes `size` bytes, 16-aligned. */
  take(size: number): number
  layer(): Layer
  coverage(): Coverage
  /** Address of an unpadded YUV420 frame of `frameBytes`. */
  frame(): number
  readonly frameBytes: number
}

/** All planes of one render live in the kernel's memory, reserved once: `layers`, `coverages` and `frames` of them and `extra` bytes. */
export function createPictureMemory(
  width: number,
  height: number,
  counts: { readonly layers: number; readonly coverages: number; readonly frames: number; readonly extra: number },
  prefer: 'wasm' | 'javascript' = 'wasm',
): PictureMemory {
  const planeBytes = (w: number, h: number, pad: number): number => (w + 2 * pad) * (h + 2 * pad) + 64
  const luma = planeBytes(width, height, padding)
  const chroma = planeBytes(width / 2, height / 2, padding)
  const frameBytes = (width * height * 3) / 2
  const total =
    counts.layers * (luma + 2 * chroma) +
    counts.coverages * (luma + chroma) +
    counts.frames * (frameBytes + 64) +
    counts.extra
  const kernel = createWarpKernel(total + 4096, prefer)
  let next = kernel.start
  const take = (size: number): number => {
    const at = (next + 15) & ~15
    next = at + size
    if (next > kernel.memory.byteLength) throw new RangeError('picture memory is too small')
    return at
  }
  const plane = (w: number, h: number): Plane => {
    const stride = w + 2 * padding
    const at = take(planeBytes(w, h, padding))
    return { origin: at + padding * stride + padding, stride, width: w, height: h }
  }
  return {
    kernel,
    bytes: new Uint8Array(kernel.memory),
    words: new Int32Array(kernel.memory),
    width,
    height,
    take,
    layer: () => ({ y: plane(width, height), u: plane(width / 2, height / 2), v: plane(width / 2, height / 2) }),
    coverage: () => ({ y: plane(width, height), c: plane(width / 2, height / 2) }),
    frame: () => take(frameBytes),
    frameBytes,
  }
}

/** Repeats a plane's edge pixels into its padding. */
export function padPlane(bytes: Uint8Array, plane: Plane): void {
  const { origin, stride, width, height } = plane
  for (let y = 0; y < height; y++) {
    const row = origin + y * stride
    bytes.fill(bytes[row]!, row - padding, row)
    bytes.fill(bytes[row + width - 1]!, row + width, row + width + padding)
  }
  const first = origin - padding
  const last = first + (height - 1) * stride
  for (let y = 1; y <= padding; y++) {
    bytes.copyWithin(first - y * stride, first, first + stride)
    bytes.copyWithin(last + y * stride, last, last + stride)
  }
}

/** Writes an sRGB picture as bt709 limited-range YUV420 (ITU-R BT.709: Kr .2126, Kb .0722), chroma averaged over 2 x 2. */
export function fillLayer(memory: PictureMemory, layer: Layer, image: RgbImage): void {
  const { bytes } = memory
  const { data, width, height } = image
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      let red = 0
      let green = 0
      let blue = 0
      for (let k = 0; k < 4; k++) {
        const px = x + (k & 1)
        const py = y + (k >> 1)
        const at = (py * width + px) * 3
        const r = data[at]!
        const g = data[at + 1]!
        const b = data[at + 2]!
        // 16.16 fixed point of 219/255 x (.2126, .7152, .0722)
        bytes[layer.y.origin + py * layer.y.stride + px] = (11966 * r + 40254 * g + 4064 * b + 1081344) >> 16
        red += r
        green += g
        blue += b
      }
      const at = (y >> 1) * layer.u.stride + (x >> 1)
      // 18.14-ish: a quarter of 224/255 x the BT.709 chroma rows, 16.16 fixed point, +128.5
      bytes[layer.u.origin + at] = (-1649 * red - 5547 * green + 7196 * blue + 8421376) >> 16
      bytes[layer.v.origin + at] = (7196 * red - 6536 * green - 660 * blue + 8421376) >> 16
    }
  }
  for (const plane of [layer.y, layer.u, layer.v]) padPlane(bytes, plane)
}

/** Copies a layer's picture without padding: the frame that the encoder takes. */
export function copyToFrame(memory: PictureMemory, layer: Layer, frame: number): void {
  let to = frame
  for (const plane of [layer.y, layer.u, layer.v]) {
    for (let y = 0; y < plane.height; y++) {
      const from = plane.origin + y * plane.stride
      memory.bytes.copyWithin(to, from, from + plane.width)
      to += plane.width
    }
  }
}

/** A YUV420 frame as sRGB, for thumbnails. */
export function frameToRgb(frame: Uint8Array, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3)
  const clamped = new Uint8ClampedArray(data.buffer)
  const chroma = width / 2
  const u = width * height
  const v = u + u / 4
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = 1.16438 * (frame[y * width + x]! - 16)
      const c = (y >> 1) * chroma + (x >> 1)
      const cb = frame[u + c]! - 128
      const cr = frame[v + c]! - 128
      const at = (y * width + x) * 3
      clamped[at] = luma + 1.79274 * cr
      clamped[at + 1] = luma - 0.21325 * cb - 0.53291 * cr
      clamped[at + 2] = luma + 2.1124 * cb
    }
  }
  return { width, height, data }
}
