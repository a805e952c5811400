import sharp from 'sharp'
import {
  broken,
  cut,
  flat,
  noFace,
  noise,
  overloaded,
  type Row,
  speaks,
  tooManyPixels,
  tooSmall,
  zip,
} from './answers.ts'
import * as png from './build-png.ts'

const size = { width: 100, height: 100 }

export function pngFiles(portrait: Buffer): readonly Row[] {
  const small = (...between: Buffer[]) =>
    png.pngFile(png.pngHeader(size), ...between, png.pngChunk('IDAT', png.blackRows(100, 100)))
  const photo = () => sharp(portrait).resize({ width: 800 })
  return [
    [
      'a PNG that says 60000 x 60000',
      tooManyPixels,
      () => png.pngFile(png.pngHeader({ width: 60_000, height: 60_000 }), png.pngChunk('IDAT', png.zeros(1))),
    ],
    [
      'a PNG that says 2^31 x 2^31',
      broken,
      () => png.pngFile(png.pngHeader({ width: 0x80000000, height: 0x80000000 })),
    ],
    ['a PNG of 0 x 0', broken, () => png.pngFile(png.pngHeader({ width: 0, height: 0 }))],
    ['a PNG of 1 x 1', tooSmall, () => flat(1, 1).png().toBuffer()],
    [
      'a PNG of 100 x 100 whose pixels inflate to 1 GB',
      noFace,
      () => png.pngFile(png.pngHeader(size), ...Array.from({ length: 4 }, () => png.pngChunk('IDAT', png.zeros(256)))),
    ],
    ['a PNG with a zTXt of 256 MB', noFace, () => small(png.zTxt(png.zeros(256)))],
    ['a PNG with an iTXt of 256 MB', noFace, () => small(png.iTxt(png.zeros(256)))],
    ['a PNG with a colour profile of 256 MB', noFace, () => small(png.iCcp(png.zeros(256)))],
    ['a PNG with 1000 zTXt of 8 MB', overloaded, () => small(...new Array(1000).fill(png.zTxt(png.zeros(8))))],
    [
      'a PNG with 50000 text chunks',
      overloaded,
      () => small(...new Array(50_000).fill(png.pngChunk('tEXt', Buffer.from('a\0b')))),
    ],
    [
      'an APNG with 10000 frames',
      noFace,
      () => {
        const pixels = png.blackRows(100, 100)
        const first = [png.pngHeader(size), png.apngControl(10_000), png.pngChunk('IDAT', pixels)]
        return png.pngFile(...first, png.apngFrames(10_000, size, pixels))
      },
    ],
    ['a PNG of 49 megapixels and one colour', noFace, () => flat(8160, 6000).png().toBuffer()],
    [
      'an interlaced PNG of 49 megapixels, 16 bits, alpha',
      tooManyPixels,
      () =>
        flat(8160, 6000)
          .ensureAlpha()
          .toColourspace('rgb16')
          .png({ progressive: true, compressionLevel: 1 })
          .toBuffer(),
    ],
    ['a PNG with a wrong checksum', broken, () => Buffer.from(small()).fill(0xaa, 29, 33)],
    ['a PNG that ends in its pixels', broken, async () => cut(await photo().png().toBuffer(), 0.5)],
    ['a PNG that ends behind its signature', broken, () => png.pngSignature],
    ['a PNG without pixels', broken, () => png.pngFile(png.pngHeader(size))],
    [
      'a PNG of noise behind its header',
      broken,
      () => png.pngFile(png.pngHeader(size), png.pngChunk('IDAT', noise(4000))),
    ],
    ['a PNG with 16 bits a colour', speaks, () => photo().toColourspace('rgb16').png().toBuffer()],
    ['a PNG with a palette', speaks, () => photo().png({ palette: true, colours: 64 }).toBuffer()],
    ['a grey PNG', speaks, () => photo().greyscale().toColourspace('b-w').png().toBuffer()],
    ['a grey PNG of 16 bits', speaks, () => photo().greyscale().toColourspace('grey16').png().toBuffer()],
    ['an interlaced PNG', speaks, () => photo().png({ progressive: true }).toBuffer()],
    ['a PNG with half transparency', speaks, () => photo().ensureAlpha(0.7).png().toBuffer()],
    ['a PNG with a ZIP behind it', speaks, async () => Buffer.concat([await photo().png().toBuffer(), zip()])],
  ]
}
