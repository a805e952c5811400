/** Node's HTTP server around the app, with bounds on what a connection may cost, and with answers for what never becomes a request. */
import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { Failure } from '../errors.ts'
import { hangUpOnLateBodies } from './early-answer.ts'
import { toProblem } from './problem.ts'

export interface ServerBounds {
  /** Open connections; those beyond are closed unanswered. */
  readonly maxConnections: number
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number
  /** From the first byte of a request to its last. */
  readonly requestMs: number
}

/** 200 MB in ten minutes are 2.8 Mbit/s. */
export const usualBounds = { headersMs: 15_000, requestMs: 600_000 } as const

export function createHttpServer(app: RequestListener, bounds: ServerBounds, log: Logger): Server {
  const server = createServer({
    headersTimeout: bounds.headersMs,
    requestTimeout: bounds.requestMs,
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMs),
  })
  server.maxConnections = bounds.maxConnections
  server.on('drop', () => log.warn({ event: 'connection_dropped' }, 'too many connections'))
  server.on('request', hangUpOnLateBodies)
  server.on('request', app)
  // The app asks for the body itself, once it wants it: a request that is refused never sends one.
  server.on('checkContinue', (request, response) => {
    hangUpOnLateBodies(request, response)
    app(request, response)
  })
  server.on('checkExpectation', (request, response) => {
    const { status, text, requestId } = describe(expectationFailed(String(request.headers.expect)), request.url ?? '/')
    const length = String(Buffer.byteLength(text))
    response.writeHead(status, { ...problemHeaders, 'X-Request-ID': requestId, 'Content-Length': length }).end(text)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseConnection(error, socket, log))
  return server
}

const problemHeaders = { 'Content-Type': 'application/problem+json; charset=utf-8', 'Cache-Control': 'no-store' }

/** What came is no HTTP, or came too late. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex, log: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy()
    return
  }
  const { status, text, requestId } = describe(translate(error), '/')
  log.warn({ event: 'request_unreadable', request_id: requestId, status, code: error.code }, 'no request could be read')
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(problemHeaders).map(([name, value]) => `${name}: ${value}`),
    `X-Request-ID: ${requestId}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  setTimeout(() => socket.destroy(), 1_000).unref()
}

/** Node keeps the answer under way at the socket; there is no other way to learn of it here (its own handler does the same). */
function hasBegunToAnswer(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: { readonly headersSent: boolean } | null }
  return answer?.headersSent === true
}

function describe(failure: Failure, url: string) {
  const requestId = randomUUID()
  const problem = toProblem(failure, { instance: url.split('?', 1)[0] ?? '/', requestId })
  return { status: failure.status, text: JSON.stringify(problem), requestId }
}

function translate(error: NodeJS.ErrnoException): Failure {
  const refused = (status: number, reason: string, message: string, hint: string) =>
    new Failure('INVALID_REQUEST', { status, reason, message, hint, cause: error })
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return refused(431, 'headers-too-large', 'The headers are too large.', 'Send less than 16 KB of them.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refused(413, 'body-too-large', 'The chunks of the body carry too many extensions.', 'Leave them out.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Failure('TIMEOUT', {
        status: 408,
        reason: 'request-too-slow',
        message: 'The request did not arrive in time.',
        hint: 'Send it again over a better connection.',
        cause: error,
      })
    default:
      return refused(
        400,
        'http-malformed',
        'What was sent is not a valid HTTP request.',
        'Check its lines and lengths.',
      )
  }
}

function expectationFailed(asked: string): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 417,
    reason: 'expectation-unknown',
    message: `The expectation '${asked.slice(0, 40)}' cannot be met.`,
    hint: "Send 'Expect: 100-continue' or leave it out.",
  })
}
