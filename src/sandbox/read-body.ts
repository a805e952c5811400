import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** A client hears a 413 only when its body was taken; beyond this it is hung up on. */
const mostDrainedBytes = 256 * 1024 * 1024

/** The whole body. Throws `refusal` (413) once it is over and was larger than `maxBytes`, and when the client left. */
export async function readBody(request: IncomingMessage, maxBytes: number, refusal = tooLarge()): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (bytes > mostDrainedBytes) request.destroy()
  }
  if (bytes > maxBytes) throw refusal
  return Buffer.concat(chunks)
}

function tooLarge(): Refusal {
  return new Refusal({ status: 413, code: 'too_large', message: 'The body is too large.' })
}
