import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'
import { Failure } from '../../../src/errors.ts'
import { createPreparePhoto } from '../../../src/media/photo-intake.ts'

const prepare = createPreparePhoto({ maxPixels: 50e6, maxSide: 2560 })
let directory: string
let count = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'intake-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Left half red, right half blue. */
function halves(width: number, height: number) {
  const right = { create: { width: width / 2, height, channels: 3 as const, background: '#0000ff' } }
  return sharp({ create: { width, height, channels: 3, background: '#ff0000' } }).composite([
    { input: right, left: width / 2, top: 0 },
  ])
}

async function take(bytes: Buffer, options: { prepare?: typeof prepare; signal?: AbortSignal } = {}) {
  count += 1
  const file = join(directory, `upload-${count}.exe`)
  const target = await mkdtemp(join(directory, 'out-'))
  await writeFile(file, bytes)
  const result = (options.prepare ?? prepare)(file, target, options.signal)
  return { result, target }
}

async function accept(bytes: Buffer, options?: { prepare?: typeof prepare }) {
  return (await take(bytes, options)).result
}

async function refusal(bytes: Buffer, options?: { prepare?: typeof prepare }): Promise<Failure> {
  const { result, target } = await take(bytes, options)
  const error = await result.then(
    () => null,
    (caught: unknown) => caught,
  )
  expect(await readdir(target)).toEqual([])
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${error}`)
  expect(error.code).toBe('INVALID_REQUEST')
  expect(error.hint).toBeTruthy()
  return error
}

async function pixel(file: string, x: number, y: number): Promise<number[]> {
  const raw = await sharp(file).raw().toBuffer({ resolveWithObject: true })
  expect(raw.info.channels).toBe(3)
  const at = (y * raw.info.width + x) * 3
  return [...raw.data.subarray(at, at + 3)]
}

const near = (value: number) => ({
  asymmetricMatch: (other: unknown) => typeof other === 'number' && Math.abs(other - value) <= 18,
})
const colour = (r: number, g: number, b: number) => [near(r), near(g), near(b)]

describe('the photo intake', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('takes a %s whatever its file is called', async (format) => {
    const bytes = await halves(320, 240).toFormat(format).toBuffer()
    const photo = await accept(bytes)
    expect(photo).toMatchObject({ width: 320, height: 240, sha256: createHash('sha256').update(bytes).digest('hex') })
    const copy = await readFile(photo.file)
    expect(copy.length).toBe(photo.bytes)
    expect(await sharp(copy).metadata()).toMatchObject({ format: 'jpeg', space: 'srgb', chromaSubsampling: '4:4:4' })
    expect(await pixel(photo.file, 40, 120)).toEqual(colour(255, 0, 0))
    expect(await pixel(photo.file, 280, 120)).toEqual(colour(0, 0, 255))
  })

  it.each([
    [1, 320, 240, 40, 120],
    [2, 320, 240, 280, 120],
    [3, 320, 240, 280, 120],
    [6, 240, 320, 120, 40],
    [8, 240, 320, 120, 280],
  ])('turns EXIF orientation %i upright', async (orientation, width, height, redX, redY) => {
    const photo = await accept(await halves(320, 240).jpeg().withMetadata({ orientation }).toBuffer())
    expect(photo).toMatchObject({ width, height })
    expect(await pixel(photo.file, redX, redY)).toEqual(colour(255, 0, 0))
  })

  it('keeps none of the metadata', async () => {
    const bytes = await halves(320, 240)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'secret owner' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withXmp('<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">secret place</x:xmpmeta>')
      .toBuffer()
    expect(bytes.includes('secret owner')).toBe(true)
    const photo = await accept(bytes)
    const { exif, icc, iptc, xmp } = await sharp(photo.file).metadata()
    expect({ exif, icc, iptc, xmp }).toEqual({ exif: undefined, icc: undefined, iptc: undefined, xmp: undefined })
    expect((await readFile(photo.file)).includes('secret')).toBe(false)
  })

  it('shrinks to the longer side and never enlarges', async () => {
    const small = createPreparePhoto({ maxPixels: 50e6, maxSide: 200 })
    const bytes = await halves(400, 300).jpeg().toBuffer()
    expect(await accept(bytes, { prepare: small })).toMatchObject({ width: 200, height: 150 })
    expect(await accept(bytes)).toMatchObject({ width: 400, height: 300 })
  })

  it('lays transparent pictures on a light neutral', async () => {
    const clear = {
      create: { width: 100, height: 100, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    }
    for (const bytes of [await sharp(clear).png().toBuffer(), await sharp(clear).webp().toBuffer()]) {
      expect(await pixel((await accept(bytes)).file, 50, 50)).toEqual(colour(245, 245, 244))
    }
  })

  it('brings grey, 16-bit, palette, CMYK and wide-gamut pictures to 8-bit sRGB', async () => {
    const red = () => sharp({ create: { width: 100, height: 100, channels: 3, background: '#c04040' } })
    const grey = await accept(await red().greyscale().png().toBuffer())
    const [r, g, b] = await pixel(grey.file, 50, 50)
    expect(r).toBe(g)
    expect(g).toBe(b)
    for (const bytes of [
      await red().toColourspace('rgb16').png().toBuffer(),
      await red().png({ palette: true }).toBuffer(),
      await red().withIccProfile('p3').jpeg({ quality: 100 }).toBuffer(),
      await red().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    ]) {
      const photo = await accept(bytes)
      expect(await sharp(photo.file).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar', channels: 3 })
      expect(await pixel(photo.file, 50, 50)).toEqual(colour(192, 64, 64))
    }
  })

  it('takes the first picture of an animation', async () => {
    const frames = Buffer.concat([
      Buffer.alloc(100 * 100 * 3, '\xff\0\0', 'latin1'),
      Buffer.alloc(100 * 100 * 3, '\0\0\xff', 'latin1'),
    ])
    const animation = () => sharp(frames, { raw: { width: 100, height: 200, channels: 3, pageHeight: 100 } })
    for (const bytes of [await animation().gif().toBuffer(), await animation().webp().toBuffer()]) {
      expect((await sharp(bytes).metadata()).pages).toBe(2)
      const photo = await accept(bytes)
      expect(photo).toMatchObject({ width: 100, height: 100 })
      expect(await pixel(photo.file, 50, 50)).toEqual(colour(255, 0, 0))
    }
  })

  it.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>', 'SVG'],
    ['an SVG behind an XML head', '\ufeff<?xml version="1.0"?>\n<!-- x -->\n<svg/>', 'SVG'],
    ['a web page', '  <!DOCTYPE html><html></html>', 'HTML'],
    ['a PDF', '%PDF-1.7\n', 'PDF'],
    ['a ZIP', 'PK\x03\x04rest', 'ZIP'],
    ['an MP4', '\0\0\0\x18ftypisom\0\0\0\0isommp42', 'MP4'],
    ['a TIFF', 'II*\0rest of it', 'TIFF'],
    ['plain words', 'hello, I am a photo', undefined],
    ['one byte', 'x', undefined],
  ])('refuses %s and says what it takes', async (_, text, found) => {
    const failure = await refusal(Buffer.from(text, text.includes('\ufeff') ? 'utf8' : 'latin1'))
    expect(failure).toMatchObject({ reason: 'photo-type-unsupported', status: 415 })
    expect(failure.message).toContain('JPEG, PNG, WebP, AVIF')
    expect(failure.extra.accepted).toContain('image/jpeg')
    expect(failure.extra.found).toBe(found)
  })

  it('refuses HEIC and says how to convert it', async () => {
    const avif = await halves(128, 128).avif().toBuffer()
    const heic = Buffer.from(avif.toString('latin1').replaceAll('avif', 'heic'), 'latin1')
    const failure = await refusal(heic)
    expect(failure).toMatchObject({ reason: 'photo-type-unsupported', status: 415, extra: { found: 'HEIC' } })
    expect(failure.hint).toContain('Most Compatible')
  })

  it('refuses an empty file', async () => {
    expect(await refusal(Buffer.alloc(0))).toMatchObject({ reason: 'photo-empty', status: 422 })
  })

  it('refuses too many pixels by the header alone and tells both numbers', async () => {
    const png = await halves(100, 100).png().toBuffer()
    // A PNG whose header claims 60,000 x 60,000: the chunk's checksum is made right again.
    const bomb = Buffer.from(png)
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
    const failure = await refusal(bomb)
    expect(failure).toMatchObject({
      reason: 'photo-too-many-pixels',
      extra: { pixels: 3_600_000_000, max_pixels: 50_000_000 },
    })
    expect(failure.message).toContain('3600.0 megapixels')
    expect(failure.message).toContain('50.0')
  })

  it.each([
    [63, 400],
    [400, 63],
    [8, 8],
    [100, 6000],
  ])('refuses a photo of %i x %i as too small or too narrow', async (width, height) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    expect(await refusal(bytes)).toMatchObject({ reason: 'photo-too-small', extra: { width, height } })
  })

  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('refuses a %s that is cut off', async (format) => {
    const noise = Buffer.from(Array.from({ length: 300 * 300 * 3 }, (_, i) => (i * 7919) % 251))
    const bytes = await sharp(noise, { raw: { width: 300, height: 300, channels: 3 } })
      .toFormat(format)
      .toBuffer()
    expect(await refusal(bytes.subarray(0, bytes.length / 2))).toMatchObject({
      reason: 'photo-undecodable',
      status: 422,
    })
  })

  it('leaves nothing of a copy that was half written when the damage showed', async () => {
    const size = { width: 2000, height: 2000, channels: 3 as const, background: 'red' }
    const noise = { noise: { type: 'gaussian' as const, mean: 128, sigma: 40 } }
    const bytes = await sharp({ create: { ...size, ...noise } })
      .jpeg()
      .toBuffer()
    expect(await refusal(bytes.subarray(0, bytes.length * 0.95))).toMatchObject({ reason: 'photo-undecodable' })
  })

  it('refuses a signature with nothing behind it', async () => {
    expect(await refusal(Buffer.from('\xff\xd8\xff\xe0', 'latin1'))).toMatchObject({ reason: 'photo-undecodable' })
  })

  it('stops on an abort', async () => {
    const stop = new AbortController()
    const { result, target } = await take(await halves(200, 200).jpeg().toBuffer(), { signal: stop.signal })
    stop.abort(new Error('gone'))
    await expect(result).rejects.toThrow('gone')
    expect(await readdir(target)).toEqual([])
  })

  it('leaves nothing of a copy whose asker went away while it was written', async () => {
    const stop = new AbortController()
    const { result, target } = await take(await halves(4000, 3000).png().toBuffer(), { signal: stop.signal })
    const refused = expect(result).rejects.toThrow('gone')
    while ((await readdir(target)).length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('gone'))
    await refused
    expect(await readdir(target)).toEqual([])
  })
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
