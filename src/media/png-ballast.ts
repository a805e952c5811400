/**
 * What a PNG carries beside its pixels. A decoder inflates compressed notes and profiles before it says a word about the
 * picture, a thousandfold if it comes to that, so they are weighed without being opened, from the bytes as they pass by.
 */
export interface PngScale {
  /** The next bytes of the file. */
  add(bytes: Uint8Array): void
  /** Whether this is more than any photo has. */
  tooHeavy(): boolean
}

/** Compressed; large profiles have 600 KB. A megabyte can hold a gigabyte. */
const maxCompressedBytes = 1024 * 1024
/** Beside IDAT and the frames of an animation. Camera and editor programs write some ten. */
const maxChunks = 2_000

const signatureBytes = 8
const chunkHeadBytes = 8
const checksumBytes = 4

export function createPngScale(): PngScale {
  const head = new Uint8Array(chunkHeadBytes)
  let [headFilled, toSkip, compressed, chunks] = [0, signatureBytes, 0, 0]

  const weigh = () => {
    const length = new DataView(head.buffer).getUint32(0)
    const type = String.fromCharCode(...head.subarray(4))
    if (/^(zTXt|iTXt|iCCP)$/.test(type)) compressed += length
    if (!/^(IDAT|fdAT|fcTL)$/.test(type)) chunks += 1
    toSkip = length + checksumBytes
    headFilled = 0
  }
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const skipped = Math.min(toSkip, bytes.length - at)
        toSkip -= skipped
        at += skipped
        while (toSkip === 0 && at < bytes.length && headFilled < chunkHeadBytes) head[headFilled++] = bytes[at++]!
        if (headFilled === chunkHeadBytes) weigh()
      }
    },
    tooHeavy: () => compressed > maxCompressedBytes || chunks > maxChunks,
  }
}
