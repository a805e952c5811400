import { type FileHandle, open } from 'node:fs/promises'

/** Whether a font has a glyph for a code point. */
export type Coverage = (codePoint: number) => boolean

/**
 * Reads which characters a TrueType font can show, from its `cmap` table (OpenType 1.9, formats 4 and 12) and nothing
 * else: a few kilobytes even of a Chinese font.
 * @throws RangeError for a file that is no such font
 */
export async function readCoverage(path: string): Promise<Coverage> {
  const file = await open(path, 'r')
  try {
    return toCoverage(readRanges(await readTable(file, 'cmap')))
  } finally {
    await file.close()
  }
}

/** Ascending, inclusive. */
type Range = readonly [first: number, last: number]

async function readTable(file: FileHandle, wanted: string): Promise<DataView> {
  const head = await readAt(file, 0, 12)
  const directory = await readAt(file, 12, head.getUint16(4) * 16)
  for (let at = 0; at < directory.byteLength; at += 16) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((i) => directory.getUint8(at + i)))
    if (tag === wanted) return readAt(file, directory.getUint32(at + 8), directory.getUint32(at + 12))
  }
  throw new RangeError(`a font without a ${wanted} table`)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, position)
  if (bytesRead < length) throw new RangeError('a font that ends too early')
  return new DataView(bytes.buffer)
}

function readRanges(cmap: DataView): readonly Range[] {
  let best: { readonly format: number; readonly at: number } | undefined
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const at = cmap.getUint32(4 + i * 8 + 4)
    const format = cmap.getUint16(at)
    if ((format === 4 || format === 12) && format > (best?.format ?? 0)) best = { format, at }
  }
  if (!best) throw new RangeError('a font without a Unicode character map')
  return best.format === 12 ? readGroups(cmap, best.at) : readSegments(cmap, best.at)
}

function readGroups(cmap: DataView, at: number): readonly Range[] {
  return Array.from({ length: cmap.getUint32(at + 12) }, (_, i) => {
    const group = at + 16 + i * 12
    return [cmap.getUint32(group), cmap.getUint32(group + 4)] as const
  })
}

function readSegments(cmap: DataView, at: number): readonly Range[] {
  const doubled = cmap.getUint16(at + 6)
  const [ends, starts, deltas, offsets] = [14, 16 + doubled, 16 + 2 * doubled, 16 + 3 * doubled].map(
    (from) => at + from,
  )
  const ranges: [number, number][] = []
  for (let i = 0; i < doubled; i += 2) {
    const [first, last] = [cmap.getUint16(starts! + i), cmap.getUint16(ends! + i)]
    const [delta, offset] = [cmap.getUint16(deltas! + i), cmap.getUint16(offsets! + i)]
    for (let code = first; code <= last && code < 0xffff; code++) {
      const glyph = offset === 0 ? (code + delta) & 0xffff : cmap.getUint16(offsets! + i + offset + 2 * (code - first))
      if (glyph === 0) continue
      const range = ranges.at(-1)
      if (range?.[1] === code - 1) range[1] = code
      else ranges.push([code, code])
    }
  }
  return ranges
}

function toCoverage(ranges: readonly Range[]): Coverage {
  return (codePoint) => {
    let [low, high] = [0, ranges.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const [first, last] = ranges[middle]!
      if (codePoint < first) high = middle - 1
      else if (codePoint > last) low = middle + 1
      else return true
    }
    return false
  }
}
