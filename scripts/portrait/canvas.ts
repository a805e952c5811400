import { clamp } from './numbers.ts'

/** Colour in linear light, red green blue. */
export type Colour = readonly [red: number, green: number, blue: number]

/** Where the sitter stands on the pixels: the point between the eyes is (0, 0), x to the picture's right, y down, millimetres. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly pixelsPerMm: number
  readonly centreX: number
  readonly centreY: number
}

/** A frame with the picture's proportions: 341 x 427 mm, the eyes 42 % from the top. */
export function frameOf(width: number): Frame {
  const pixelsPerMm = width / 341.34
  return { width, height: Math.round(width * 1.25), pixelsPerMm, centreX: width / 2, centreY: width * 0.53 }
}

export type Plane = Float32Array

/** Evaluates a function of millimetres at every pixel's centre. */
export function planeOf(frame: Frame, value: (x: number, y: number) => number): Plane {
  const plane = new Float32Array(frame.width * frame.height)
  let i = 0
  for (let row = 0; row < frame.height; row++) {
    const y = (row + 0.5 - frame.centreY) / frame.pixelsPerMm
    for (let column = 0; column < frame.width; column++) {
      plane[i++] = value((column + 0.5 - frame.centreX) / frame.pixelsPerMm, y)
    }
  }
  return plane
}

/** Reads a plane between pixels; beyond the border the border goes on. */
export function sample(plane: Plane, frame: Frame, x: number, y: number): number {
  const px = clamp(x * frame.pixelsPerMm + frame.centreX - 0.5, 0, frame.width - 1.001)
  const py = clamp(y * frame.pixelsPerMm + frame.centreY - 0.5, 0, frame.height - 1.001)
  const column = px | 0
  const row = py | 0
  const fx = px - column
  const fy = py - row
  const i = row * frame.width + column
  const top = plane[i]! + (plane[i + 1]! - plane[i]!) * fx
  const below = i + frame.width
  const bottom = plane[below]! + (plane[below + 1]! - plane[below]!) * fx
  return top + (bottom - top) * fy
}

function boxRows(from: Plane, to: Plane, width: number, height: number, radius: number): void {
  const share = 1 / (2 * radius + 1)
  for (let row = 0; row < height; row++) {
    const start = row * width
    let sum = from[start]! * (radius + 1)
    for (let k = 1; k <= radius; k++) sum += from[start + Math.min(k, width - 1)]!
    for (let column = 0; column < width; column++) {
      // Written turned by 90 degrees, so that the same pass does the columns next.
      to[column * height + row] = sum * share
      sum += from[start + Math.min(column + radius + 1, width - 1)]! - from[start + Math.max(column - radius, 0)]!
    }
  }
}

/** Blurs by three box passes, near enough to a Gaussian of `sigma` pixels. */
export function blur(plane: Plane, width: number, height: number, sigma: number): Plane {
  const radius = Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2)
  if (radius < 1) return plane.slice()
  let now = plane
  for (let pass = 0; pass < 3; pass++) {
    const turned = new Float32Array(plane.length)
    const back = new Float32Array(plane.length)
    boxRows(now, turned, width, height, radius)
    boxRows(turned, back, height, width, radius)
    now = back
  }
  return now
}

/** The picture being painted: three planes of linear light. */
export interface Painting {
  readonly frame: Frame
  readonly channels: readonly [Plane, Plane, Plane]
}

export function blankPainting(frame: Frame): Painting {
  const plane = (): Plane => new Float32Array(frame.width * frame.height)
  return { frame, channels: [plane(), plane(), plane()] }
}

export function laySpot(painting: Painting, index: number, colour: Colour, cover: number): void {
  for (let c = 0; c < 3; c++) {
    const plane = painting.channels[c]!
    plane[index] = plane[index]! + (colour[c]! - plane[index]!) * cover
  }
}

const shoulderFrom = 0.72

function encode(light: number): number {
  // Light beyond 0.72 is rolled off towards 1, so that a highlight keeps its hue instead of clipping.
  const room = 1 - shoulderFrom
  const rolled =
    light < shoulderFrom ? Math.max(light, 0) : shoulderFrom + room * (1 - Math.exp((shoulderFrom - light) / room))
  const code = rolled <= 0.0031308 ? rolled * 12.92 : 1.055 * rolled ** (1 / 2.4) - 0.055
  return Math.round(code * 255)
}

/** Packed 8-bit sRGB. */
export function toBytes({ frame, channels }: Painting): Uint8Array {
  const bytes = new Uint8Array(frame.width * frame.height * 3)
  for (let i = 0; i < frame.width * frame.height; i++) {
    for (let c = 0; c < 3; c++) bytes[i * 3 + c] = encode(channels[c]![i]!)
  }
  return bytes
}
