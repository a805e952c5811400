/** The answers that files may get, and what the tables of files share. */
import sharp from 'sharp'

export type Answer =
  | { readonly status: number; readonly reason: string }
  /** It is a photo; whether it can speak, and if not, why. */
  | { readonly status: 200; readonly face: true | 'no-face' }

export type Row = readonly [name: string, answer: Answer, make: () => Buffer | Promise<Buffer>]

export const speaks: Answer = { status: 200, face: true }
export const noFace: Answer = { status: 200, face: 'no-face' }
export const broken: Answer = { status: 422, reason: 'photo-undecodable' }
export const tooManyPixels: Answer = { status: 422, reason: 'photo-too-many-pixels' }
export const tooSmall: Answer = { status: 422, reason: 'photo-too-small' }
export const overloaded: Answer = { status: 422, reason: 'photo-overloaded' }
export const notAPhoto: Answer = { status: 415, reason: 'photo-type-unsupported' }

/** Within every bound of pixels, and nothing in it: what a small file costs at most. */
export const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#a08070' } })
export const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share))

/** The same noise each time. */
export function noise(length: number): Buffer {
  let state = 1
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export function zip(): Buffer {
  return Buffer.from('PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1')
}
