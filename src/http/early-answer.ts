/**
 * Answers to requests whose body is still on its way. Reading it to its end only to say no would let a stranger keep us
 * busy for as long as he sends; closing at once would reset the connection, and many clients would never read the answer. So the
 * whole answer is written first, the connection is to be closed, and what comes is thrown away for a moment longer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Response } from 'express'

/** Enough for the answer to cross the world and for the sender to stop. */
const lingerMs = 1_000
/** What is this short is read to its end: the connection can then be used again. */
const shortBodyBytes = 64 * 1024

/** Tells a client that waits with its body (Expect: 100-continue) to send it. Call it before a body is read. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (/(?:^|\W)100-continue(?:$|\W)/i.test(request.headers.expect ?? '')) response.writeContinue()
}

/** Sends `text` under the status and headers set so far. */
export function answerEarly(response: Response, text: string): void {
  const { req: request } = response
  if (isNearlyRead(request) || request.method === 'HEAD') {
    request.resume()
    response.send(text)
    return
  }
  response.set({ Connection: 'close', 'Content-Length': String(Buffer.byteLength(text)) })
  response.write(text)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, lingerMs)
  request.once('end', end).once('close', end).resume()
}

/** For every request: an answer of any kind is the end of a long body that nobody read. */
export function hangUpOnLateBodies(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (isNearlyRead(request)) return
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy()
    }, lingerMs)
    timer.unref()
  })
}

function isNearlyRead(request: IncomingMessage): boolean {
  if (request.complete) return true
  const { 'content-length': length, 'transfer-encoding': coding, expect } = request.headers
  return coding === undefined && expect === undefined && Number(length ?? 0) <= shortBodyBytes
}
