import sharp, { type Sharp } from 'sharp'
import { broken, cut, flat, noFace, notAPhoto, type Row, speaks, tooManyPixels, zip } from './answers.ts'
import * as jpeg from './build-jpeg.ts'

export function jpegFiles(portrait: Buffer): readonly Row[] {
  const photo = () => sharp(portrait).resize({ width: 800 })
  const plain = () => photo().jpeg({ quality: 90 }).toBuffer()
  const progressive = (width: number) => sharp(portrait).resize({ width }).jpeg({ progressive: true }).toBuffer()
  const added = async (...segments: readonly jpeg.JpegSegment[]) => jpeg.withSegments(await plain(), ...segments)
  const turned: readonly ((image: Sharp) => Sharp)[] = [
    (image) => image,
    (image) => image.flop(),
    (image) => image.rotate(180),
    (image) => image.flip(),
    (image) => image.rotate(90).flip(),
    (image) => image.rotate(270),
    (image) => image.rotate(90).flop(),
    (image) => image.rotate(90),
  ]
  return [
    ['a JPEG that says 65000 x 65000', tooManyPixels, async () => jpeg.withSize(await plain(), 65_000, 65_000)],
    ['a JPEG that says 0 x 0', broken, async () => jpeg.withSize(await plain(), 0, 0)],
    ['a JPEG that says three times its height', speaks, async () => jpeg.withSize(await plain(), 800, 3000)],
    [
      'a progressive JPEG of 49 megapixels',
      tooManyPixels,
      () => flat(8160, 6000).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    ],
    ['a JPEG of 49 megapixels and one colour', noFace, () => flat(8160, 6000).jpeg().toBuffer()],
    [
      'a progressive JPEG of 16 megapixels with 5000 scans',
      broken,
      async () => jpeg.withManyScans(await flat(4000, 4000).jpeg({ progressive: true }).toBuffer(), 5000),
    ],
    ['a progressive JPEG with 5000 scans', broken, async () => jpeg.withManyScans(await progressive(200), 5000)],
    ['a JPEG with 10 MB of EXIF', speaks, () => added(...new Array(160).fill(jpeg.exif(1)), ...exifPadding())],
    [
      'a JPEG with 10 MB of comments',
      speaks,
      () => added(...new Array(160).fill(jpeg.comment(Buffer.alloc(65_000, 'a')))),
    ],
    ['a JPEG with a colour profile of 16 MB', speaks, () => added(...jpeg.hugeProfile())],
    ['a JPEG whose EXIF points everywhere', speaks, () => added(jpeg.wildExif())],
    ['a JPEG whose EXIF goes in circles', speaks, () => added(jpeg.exif(1, 8))],
    ['a JPEG of orientation 9', speaks, () => added(jpeg.exif(9))],
    ['a JPEG of orientation 0', speaks, () => added(jpeg.exif(0))],
    ['a JPEG of lossless coding', broken, async () => jpeg.withCoding(await plain(), 0xc3)],
    ['a JPEG of hierarchical coding', broken, async () => jpeg.withCoding(await plain(), 0xc5)],
    ['a JPEG that ends behind its signature', broken, () => Buffer.from([0xff, 0xd8, 0xff])],
    ['a JPEG that ends in its header', broken, async () => (await plain()).subarray(0, 200)],
    ['a JPEG that ends in its pixels', broken, async () => cut(await plain(), 0.7)],
    ['a progressive JPEG that ends in its pixels', broken, async () => cut(await progressive(800), 0.7)],
    ['a JPEG without its last two bytes', broken, async () => (await plain()).subarray(0, -2)],
    ['a JPEG with its middle overwritten', noFace, async () => spoiled(await plain())],
    ['a JPEG with a ZIP behind it', speaks, async () => Buffer.concat([await plain(), zip()])],
    ['a JPEG with a PDF in it', speaks, () => added(jpeg.comment('%PDF-1.4\n1 0 obj<</JS(app.alert(1))>>'))],
    ['a JPEG with a web page in it', speaks, () => added(jpeg.comment('<html><script>alert(1)</script>'))],
    ['a JPEG with PHP in it', speaks, () => added(jpeg.comment('<?php system($_GET["x"]); ?>'))],
    ['a JPEG behind a PDF', notAPhoto, async () => Buffer.concat([Buffer.from('%PDF-1.4\n'), await plain()])],
    ['a CMYK JPEG', speaks, () => photo().toColourspace('cmyk').jpeg({ quality: 90 }).toBuffer()],
    ['a grey JPEG', speaks, () => photo().greyscale().toColourspace('b-w').jpeg().toBuffer()],
    ['a progressive JPEG', speaks, () => progressive(800)],
    ...turned.map(
      (turn, index): Row => [
        `a JPEG of EXIF orientation ${index + 1}`,
        speaks,
        async () =>
          jpeg.withSegments(
            await turn(sharp(await plain()))
              .jpeg()
              .toBuffer(),
            jpeg.exif(index + 1),
          ),
      ],
    ),
  ]
}

function spoiled(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  // 0xff00 stays out of it: a marker in the wrong place is another test.
  copy.fill(0x55, Math.floor(copy.length * 0.4), Math.floor(copy.length * 0.6))
  return copy
}

function exifPadding(): readonly jpeg.JpegSegment[] {
  return new Array(160).fill({
    marker: 0xe1,
    data: Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), Buffer.alloc(65_000)]),
  })
}
