/** JPEG files taken apart into segments and put together again otherwise. */

export interface JpegSegment {
  /** The second byte of its marker: 0xe1 is APP1. */
  readonly marker: number
  /** Without marker and length. */
  readonly data: Buffer
}

export interface JpegParts {
  /** What stands between SOI and the first scan. */
  readonly segments: readonly JpegSegment[]
  /** From the first SOS to the end of the file. */
  readonly scans: Buffer
}

export function takeApart(jpeg: Buffer): JpegParts {
  const segments: JpegSegment[] = []
  let at = 2
  while (jpeg[at + 1] !== 0xda) {
    const length = jpeg.readUInt16BE(at + 2)
    segments.push({ marker: jpeg[at + 1]!, data: jpeg.subarray(at + 4, at + 2 + length) })
    at += 2 + length
  }
  return { segments, scans: jpeg.subarray(at) }
}

export function putTogether({ segments, scans }: JpegParts): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments.map(segmentBytes), scans])
}

export function segmentBytes({ marker, data }: JpegSegment): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}

/** Puts segments right behind SOI. */
export function withSegments(jpeg: Buffer, ...added: readonly JpegSegment[]): Buffer {
  const { segments, scans } = takeApart(jpeg)
  return putTogether({ segments: [...added, ...segments], scans })
}

/** Another size in the header than the pixels have. */
export function withSize(jpeg: Buffer, width: number, height: number): Buffer {
  return withFrame(jpeg, (data) => {
    data.writeUInt16BE(height, 1)
    data.writeUInt16BE(width, 3)
  })
}

/** Another kind of coding in the header: 0xc3 is lossless, 0xc9 arithmetic. */
export function withCoding(jpeg: Buffer, marker: number): Buffer {
  return withFrame(jpeg, () => {}, marker)
}

function withFrame(jpeg: Buffer, change: (data: Buffer) => void, marker?: number): Buffer {
  const { segments, scans } = takeApart(jpeg)
  const changed = segments.map((segment) => {
    if (segment.marker < 0xc0 || segment.marker > 0xc2) return segment
    const data = Buffer.from(segment.data)
    change(data)
    return { marker: marker ?? segment.marker, data }
  })
  return putTogether({ segments: changed, scans })
}

/** EXIF with one entry, the orientation, of any value. */
export function exif(orientation: number, nextDirectory = 0): JpegSegment {
  const tiff = Buffer.alloc(26)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(8, 4)
  tiff.writeUInt16BE(1, 8)
  tiff.writeUInt16BE(0x0112, 10)
  tiff.writeUInt16BE(3, 12)
  tiff.writeUInt32BE(1, 14)
  tiff.writeUInt16BE(orientation, 18)
  tiff.writeUInt32BE(nextDirectory, 22)
  return { marker: 0xe1, data: Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]) }
}

/** EXIF whose entry count and offsets point far outside. */
export function wildExif(): JpegSegment {
  const tiff = Buffer.alloc(2000, 0xff)
  tiff.write('II*\0\x08\0\0\0', 0, 'latin1')
  return { marker: 0xe1, data: Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]) }
}

export function comment(text: string | Buffer): JpegSegment {
  return { marker: 0xfe, data: Buffer.from(text) }
}

/** An ICC profile cut into 255 pieces of 65 KB, as the format allows. */
export function hugeProfile(): readonly JpegSegment[] {
  const piece = Buffer.alloc(65_519, 0x41)
  return Array.from({ length: 255 }, (_, index) => ({
    marker: 0xe2,
    data: Buffer.concat([Buffer.from('ICC_PROFILE\0', 'latin1'), Buffer.from([index + 1, 255]), piece]),
  }))
}

/** The last scan of a progressive JPEG over and over: each costs a pass over the whole picture. */
export function withManyScans(progressive: Buffer, count: number): Buffer {
  const { segments, scans } = takeApart(progressive)
  const starts = [...scans.toString('latin1').matchAll(/\xff\xda/g)].map(({ index }) => index)
  const last = scans.subarray(starts.at(-1), scans.length - 2)
  const end = Buffer.from([0xff, 0xd9])
  return putTogether({
    segments,
    scans: Buffer.concat([scans.subarray(0, -2), ...Array.from({ length: count }, () => last), end]),
  })
}
