/** PNG files chunk by chunk, also such as no program writes. */
import { deflateSync } from 'node:zlib'

export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly depth?: number
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colour?: number
  readonly interlaced?: boolean
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

export function pngFile(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([pngSignature, ...chunks, pngChunk('IEND')])
}

export function pngChunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

export function pngHeader({ width, height, depth = 8, colour = 2, interlaced = false }: PngHeader): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8)
  return pngChunk('IHDR', data)
}

/** The pixels of a black picture of 8-bit RGB. */
export function blackRows(width: number, height: number): Buffer {
  return deflateSync(Buffer.alloc((width * 3 + 1) * height))
}

/** Zeros that inflate to about `megabytes`; a thousandth of it in the file. */
export function zeros(megabytes: number): Buffer {
  return deflateSync(Buffer.alloc(megabytes * 1024 * 1024), { level: 9 })
}

/** A compressed text chunk: the keyword, two or five bytes of settings, the text. */
export const zTxt = (compressed: Buffer) => pngChunk('zTXt', Buffer.concat([latin('Comment\0\0'), compressed]))
export const iTxt = (compressed: Buffer) =>
  pngChunk('iTXt', Buffer.concat([latin('Comment\0\x01\0en\0Comment\0'), compressed]))
export const iCcp = (compressed: Buffer) => pngChunk('iCCP', Buffer.concat([latin('profile\0\0'), compressed]))

/** The animation chunks for `count` more frames of a small picture, each with the same pixels. */
export function apngFrames(count: number, { width, height }: PngHeader, pixels: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let frame = 0; frame < count; frame += 1) {
    const control = Buffer.alloc(26)
    control.writeUInt32BE(frame * 2, 0)
    control.writeUInt32BE(width, 4)
    control.writeUInt32BE(height, 8)
    control.writeUInt16BE(1, 20)
    control.writeUInt16BE(10, 22)
    const sequence = Buffer.alloc(4)
    sequence.writeUInt32BE(frame * 2 + 1)
    parts.push(pngChunk('fcTL', control), pngChunk('fdAT', Buffer.concat([sequence, pixels])))
  }
  return Buffer.concat(parts)
}

export function apngControl(frames: number): Buffer {
  const data = Buffer.alloc(8)
  data.writeUInt32BE(frames)
  return pngChunk('acTL', data)
}

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc >>> 0
})

const latin = (text: string) => Buffer.from(text, 'latin1')
