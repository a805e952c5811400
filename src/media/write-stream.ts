import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { VendorFailure } from '../errors.ts'

/** Writes what a provider streams into a file, which is not there when this throws. @throws VendorFailure 'bad-output' past `maxBytes` */
export async function writeStream({
  from,
  to,
  maxBytes,
  signal,
}: {
  readonly from: Readable
  readonly to: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}): Promise<void> {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      bytes += chunk.length
      pass(bytes > maxBytes ? new VendorFailure('bad-output', { cause: new Error('it is too large') }) : null, chunk)
    },
  })
  try {
    await pipeline(from, counted, createWriteStream(to), { signal })
  } catch (error) {
    await rm(to, { force: true })
    signal.throwIfAborted()
    throw error instanceof VendorFailure ? error : new VendorFailure('cut-off', { cause: error })
  }
}
