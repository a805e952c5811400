/**
 * The body of a request on its way to whoever reads it, under watch: not more than agreed and not slower than agreed. The
 * request itself is never destroyed, so that it can still be answered; the reader may let go of the body at any time.
 */
import type { IncomingMessage } from 'node:http'
import { Transform, type Writable } from 'node:stream'
import { Failure } from '../errors.ts'

export interface BodyBounds {
  readonly maxBytes: number
  /** Each span of this length has to bring its share of `minBytesPerSecond`. */
  readonly patienceMs: number
  /** What is thrown beyond maxBytes. */
  readonly tooLarge: () => Failure
}

/** Any telephone network is faster; who sends less holds a connection, not an upload. */
const minBytesPerSecond = 1024

/** A stream of the same bytes. Fails with `tooLarge()`, with 408 'upload-too-slow', or when the client goes away. */
export function watchBody(request: IncomingMessage, { maxBytes, patienceMs, tooLarge }: BodyBounds): Transform {
  let total = 0
  let recent = 0
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length
      recent += chunk.length
      if (total > maxBytes) done(tooLarge())
      else done(null, chunk)
    },
  })
  const pace = setInterval(() => {
    // A full buffer means that we are the slow ones.
    if (!body.writableNeedDrain && recent < (minBytesPerSecond * patienceMs) / 1000) body.destroy(tooSlow())
    recent = 0
  }, patienceMs)
  const leave = () => {
    if (!request.complete) body.destroy(new Error('the client went away'))
  }
  request.once('close', leave)
  body.once('close', () => {
    clearInterval(pace)
    request.off('close', leave)
    request.unpipe(body)
  })
  // Multer lets go of a form that it refuses and then waits for its end; there is none to wait for.
  const { unpipe } = body
  body.unpipe = (destination?: Writable) => {
    unpipe.call(body, destination)
    body.destroy()
    return body
  }
  if (request.destroyed) leave()
  request.pipe(body)
  return body
}

export function tooSlow(): Failure {
  return new Failure('TIMEOUT', {
    reason: 'upload-too-slow',
    status: 408,
    message: 'The body of the request came too slowly.',
    hint: 'Send it again over a better connection, or send a smaller photo: 2560 pixels on the longer side are enough.',
  })
}
