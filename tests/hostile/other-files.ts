import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { broken, cut, flat, noFace, noise, notAPhoto, type Row, speaks, tooManyPixels, tooSmall } from './answers.ts'
import * as other from './build-others.ts'

export function gifFiles(portrait: Buffer): readonly Row[] {
  return [
    ['a GIF that says 65535 x 65535', tooSmall, () => other.gifFile([65_535, 65_535], [other.gifFrame()])],
    [
      'a GIF with a picture larger than its screen',
      tooManyPixels,
      () => other.gifFile([100, 100], [other.gifFrame(65_535, 65_535)]),
    ],
    ['a GIF of 49 megapixels and one colour', tooManyPixels, () => flat(8160, 6000).gif().toBuffer()],
    ['a GIF with 50000 frames', noFace, () => other.gifFile([100, 100], new Array(50_000).fill(other.gifFrame()))],
    ['a GIF that is a script', broken, other.gifScript],
    ['a GIF without pictures', broken, () => other.gifFile([100, 100], [])],
    [
      'a GIF that ends in its pixels',
      broken,
      async () => cut(await sharp(portrait).resize({ width: 300 }).gif().toBuffer(), 0.5),
    ],
    ['a GIF', speaks, () => sharp(portrait).resize({ width: 500 }).gif().toBuffer()],
  ]
}

export function webpFiles(portrait: Buffer): readonly Row[] {
  const photo = () => sharp(portrait).resize({ width: 800 })
  const animation = async (frames: number) => {
    const one = await sharp(portrait).resize(400, 500).removeAlpha().raw().toBuffer()
    const raw = { width: 400, height: 500 * frames, channels: 3 as const, pageHeight: 500 }
    return sharp(Buffer.concat(new Array(frames).fill(one)), { raw })
      .webp({ quality: 60 })
      .toBuffer()
  }
  return [
    ['a WebP that says 16 million x 16 million', broken, () => other.webpFile([other.vp8x(16_777_216, 16_777_216)])],
    ['a WebP of 49 megapixels and one colour', tooManyPixels, () => flat(8160, 6000).webp({ effort: 0 }).toBuffer()],
    [
      'a lossless WebP of 49 megapixels and one colour',
      tooManyPixels,
      () => flat(8160, 6000).webp({ lossless: true, effort: 0 }).toBuffer(),
    ],
    ['a WebP whose size lies', broken, () => other.webpFile([other.vp8x(100, 100), ['VP8 ', noise(500)]], 0xfffffff0)],
    ['a WebP that ends in its pixels', broken, async () => cut(await photo().webp().toBuffer(), 0.5)],
    ['a WebP of noise', broken, () => other.webpFile([['VP8L', noise(3000)]])],
    ['an animated WebP', speaks, () => animation(6)],
    [
      'a lossless WebP with alpha',
      speaks,
      () => photo().ensureAlpha(0.9).webp({ lossless: true, effort: 0 }).toBuffer(),
    ],
  ]
}

export function isoMediaFiles(portrait: Buffer): readonly Row[] {
  const photo = () => sharp(portrait).resize({ width: 500 }).avif({ effort: 0 }).toBuffer()
  return [
    ['an AVIF of 49 megapixels and one colour', tooManyPixels, () => flat(8160, 6000).avif({ effort: 0 }).toBuffer()],
    ['an AVIF that says 65535 x 65535', tooManyPixels, async () => other.avifWithSize(await photo(), 65_535, 65_535)],
    ['an AVIF that ends in its pixels', broken, async () => cut(await photo(), 0.6)],
    ['an AVIF of a head alone', broken, () => other.isoMedia('avif', 'mif1')],
    ['an AVIF film of a head alone', broken, () => other.isoMedia('avis', 'msf1')],
    ['an AVIF', speaks, photo],
    ['a HEIC', notAPhoto, () => other.isoMedia('heic', 'mif1', 'heic')],
    ['a HEIF that says to be AVIF as well', notAPhoto, () => other.isoMedia('mif1', 'avif', 'heic')],
    ['an MP4', notAPhoto, () => other.isoMedia('isom', 'mp42')],
    ['a QuickTime film', notAPhoto, () => other.isoMedia('qt  ')],
  ]
}

export function wrongFiles(portrait: Buffer): readonly Row[] {
  const svg = (body: string) =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500">${body}</svg>`)
  const image = `<image href="data:image/jpeg;base64,${portrait.toString('base64')}" width="500" height="500"/>`
  const entity = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
  const laughs = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">${'bcdefghij'.replace(/./g, (name) => `<!ENTITY ${name} "${`&${String.fromCharCode(name.charCodeAt(0) - 1)};`.repeat(10)}">`)}]>`
  return [
    ['no bytes', { status: 422, reason: 'photo-empty' }, () => Buffer.alloc(0)],
    ['one byte', notAPhoto, () => Buffer.from('x')],
    ['a megabyte of NUL', notAPhoto, () => Buffer.alloc(1_000_000)],
    ['a megabyte of noise', notAPhoto, () => noise(1_000_000)],
    ['words', notAPhoto, () => Buffer.from('I am a photo, really.')],
    ['an SVG with a face in it', notAPhoto, () => svg(image)],
    ['an SVG that reads a file', notAPhoto, () => Buffer.concat([Buffer.from(entity), svg('<text>&x;</text>')])],
    [
      'an SVG that asks another server',
      notAPhoto,
      () => svg('<image href="http://127.0.0.1:1/"/><script>alert(1)</script>'),
    ],
    ['an SVG that laughs', notAPhoto, () => Buffer.concat([Buffer.from(laughs), svg('<text>&j;</text>')])],
    ['an SVG behind a mark and blanks', notAPhoto, () => Buffer.concat([Buffer.from('\ufeff \n\t'), svg(image)])],
    ['an SVG in gzip', notAPhoto, () => gzipSync(svg(image))],
    ['an SVG behind a JPEG signature', broken, () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), svg(image)])],
    ['a web page', notAPhoto, () => Buffer.from('<!doctype html><script>alert(1)</script>')],
    ...other.strangers.map(
      ([name, head]): Row => [name, notAPhoto, () => Buffer.concat([Buffer.from(head, 'latin1'), noise(2000)])],
    ),
  ]
}
