import { pointCount } from './landmarks.ts'

/**
 * A mesh as 3.8 kB of text, kept with the photo so that the renderer need not look for the face again. Little-endian, in base64:
 * a version, the image's height as a share of its width, then origin and step of a lattice and each coordinate as 16 bits on it, all in
 * shares of the image's width: the mesh fits every size of the same picture. On a face of 1000 pixels the lattice is .015 pixels fine.
 */
const version = 1
const headerBytes = 2 + 5 * 4
const bytesInAll = headerBytes + pointCount * 3 * 2
const latticeSteps = 65535
/** Rounding to whole pixels changes a 64-pixel picture's aspect by less than this. */
const sameAspect = 0.02
/** A mesh may reach beyond the picture, but not by more than this share of its width or height. */
const reach = 0.5

interface Size {
  readonly width: number
  readonly height: number
}

/** `points` as in Face, in pixels of an image of this size. */
export function packMesh(points: Float32Array, { width, height }: Size): string {
  const view = new DataView(new ArrayBuffer(bytesInAll))
  const low = [0, 1, 2].map((axis) => extreme(points, axis, Math.min))
  const span = Math.max(...low.map((from, axis) => extreme(points, axis, Math.max) - from), 1e-6)
  const step = span / latticeSteps
  view.setUint16(0, version, true)
  const header = [height / width, ...low.map((from) => from / width), step / width]
  header.forEach((value, i) => {
    view.setFloat32(2 + i * 4, value, true)
  })
  for (let i = 0; i < points.length; i++) {
    view.setUint16(headerBytes + i * 2, Math.round((points[i]! - low[i % 3]!) / step), true)
  }
  return Buffer.from(view.buffer).toString('base64')
}

/** The points in pixels of a photo of this size, or null when the text is no mesh, or one of another picture. */
export function unpackMesh(packed: string, { width, height }: Size): Float32Array | null {
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.length !== bytesInAll || bytes.readUInt16LE(0) !== version) return null
  const [aspect, x, y, z, step] = [0, 1, 2, 3, 4].map((i) => bytes.readFloatLE(2 + i * 4)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (!(Math.abs(aspect / (height / width) - 1) < sameAspect)) return null
  const low = [x, y, z]
  const points = Float32Array.from(
    { length: pointCount * 3 },
    (_, i) => (low[i % 3]! + step * bytes.readUInt16LE(headerBytes + i * 2)) * width,
  )
  return isWithin(points, { width, height }) ? points : null
}

function extreme(points: Float32Array, axis: number, choose: (a: number, b: number) => number): number {
  let value = points[axis]!
  for (let at = axis; at < points.length; at += 3) value = choose(value, points[at]!)
  return value
}

function isWithin(points: Float32Array, { width, height }: Size): boolean {
  const limits = [width, height]
  return points.every((value, i) => {
    const limit = limits[i % 3]
    return limit === undefined ? Number.isFinite(value) : value >= -reach * limit && value <= (1 + reach) * limit
  })
}
