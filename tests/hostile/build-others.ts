/** Small files of other kinds: GIF, WebP, ISO media, and heads of formats that are not taken. */

const latin = (text: string) => Buffer.from(text, 'latin1')
const little16 = (value: number) => Buffer.from([value & 0xff, value >> 8])

/** A GIF with a black and white palette. A frame is a 1 x 1 picture unless it says otherwise. */
export function gifFile(screen: readonly [number, number], frames: readonly Buffer[]): Buffer {
  const palette = Buffer.from([0, 0, 0, 255, 255, 255])
  return Buffer.concat([
    latin('GIF89a'),
    little16(screen[0]),
    little16(screen[1]),
    Buffer.from([0x80, 0, 0]),
    palette,
    ...frames,
    latin(';'),
  ])
}

export function gifFrame(width = 1, height = 1, pixels = Buffer.from([2, 2, 0x4c, 1, 0])): Buffer {
  return Buffer.concat([latin(',\0\0\0\0'), little16(width), little16(height), Buffer.from([0]), pixels])
}

/** A GIF that is a script as well: the screen's size is a comment's beginning. */
export const gifScript = () => latin('GIF89a/*\0\0\0\0\0*/=1;alert(document.domain)//\0;')

/** RIFF with one chunk after the other; the size can lie. */
export function webpFile(chunks: readonly (readonly [string, Buffer])[], size?: number): Buffer {
  const body = Buffer.concat(
    chunks.map(([name, data]) => {
      const head = Buffer.alloc(8)
      head.write(name, 0, 'latin1')
      head.writeUInt32LE(data.length, 4)
      return Buffer.concat([head, data, Buffer.alloc(data.length % 2)])
    }),
  )
  const head = Buffer.alloc(12)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(size ?? body.length + 4, 4)
  head.write('WEBP', 8, 'latin1')
  return Buffer.concat([head, body])
}

/** The extended header: canvas up to 16777216 a side. */
export function vp8x(width: number, height: number, flags = 0): readonly [string, Buffer] {
  const data = Buffer.alloc(10)
  data[0] = flags
  data.writeUIntLE(width - 1, 4, 3)
  data.writeUIntLE(height - 1, 7, 3)
  return ['VP8X', data]
}

/** A box with brands and nothing behind it. */
export function isoMedia(...brands: readonly [string, ...string[]]): Buffer {
  const [main, ...more] = brands
  const box = Buffer.concat([latin(`\0\0\0\0ftyp${main}\0\0\0\0${main}${more.join('')}`)])
  box.writeUInt32BE(box.length)
  return Buffer.concat([box, Buffer.alloc(64)])
}

/** Makes an AVIF say another size than it has. */
export function avifWithSize(avif: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(avif)
  for (let at = copy.indexOf('ispe'); at >= 0; at = copy.indexOf('ispe', at + 4)) {
    copy.writeUInt32BE(width, at + 8)
    copy.writeUInt32BE(height, at + 12)
  }
  return copy
}

/** First bytes of kinds that are recognised and refused, with a little noise behind them. */
export const strangers: readonly (readonly [name: string, head: string])[] = [
  ['a TIFF', 'II*\0\x08\0\0\0'],
  ['a big TIFF', 'II+\0\x08\0\0\0'],
  ['a BMP', 'BM\x36\0\x0c\0\0\0\0\0'],
  ['a Photoshop file', '8BPS\0\x01\0\0\0\0\0\0'],
  ['an icon', '\0\0\x01\0\x01\0'],
  ['a JPEG XL', '\xff\x0a\xfa\x1f'],
  ['a JPEG XL in its container', '\0\0\0\x0cJXL \r\n\x87\n'],
  ['a JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
  ['an OpenEXR', 'v/1\x01\x02\0\0\0'],
  ['a netpbm of 60000 x 60000', 'P6 60000 60000 255\n'],
  ['an MP3', 'ID3\x04\0\0\0\0'],
  ['a WAV', 'RIFF\x24\0\0\0WAVEfmt '],
  ['a WebM', '\x1aE\xdf\xa3\x9fB\x86'],
  ['a ZIP', 'PK\x03\x04\x14\0\0\0'],
  ['a gzip', '\x1f\x8b\x08\0\0\0\0\0'],
  ['a program', '\x7fELF\x02\x01\x01\0'],
  ['a shell script', '#!/bin/sh\nrm -rf /\n'],
  ['a PostScript', '%!PS-Adobe-3.0\n(%pipe%id) (r) file\n'],
  ['an ImageMagick script', 'push graphic-context\nfill url(https://127.0.0.1/)\n'],
  ['a Java archive of pixels', '\xca\xfe\xba\xbe\0\0\0\x34'],
]
