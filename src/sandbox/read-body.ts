import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** A client hears a 413 only when its body was taken; beyond this it is hung up on. */
const mostDrainedBytes = 256 * 1024 * 1024

/** The whole body. Throws a Refusal 413 once it is over and was larger than `maxBytes`, and when the client left. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > mostDrainedBytes) request.destroy()
  }
  if (bytes > maxBytes) throw tooLarge()
  return Buffer.concat(chunks)
}

export function tooLarge(): Refusal {
  return new Refusal({ status: 413, code: 'image_too_large', field: 'image.data', message: 'The image is too large.' })
}
