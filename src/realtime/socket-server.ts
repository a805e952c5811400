/**
 * Socket.IO beside the HTTP API. A client sends `generation:watch {id, after?}`, hears whether that is granted, then gets
 * every event with seq > after, in order, each once, as `generation:event`. After a reconnect it watches again from the
 * last seq it saw; the log has the rest. Nothing is kept here that a restart would lose. An operator sends `admin:watch {}`,
 * hears what is alarming, and gets every alert that begins or ends as `ops:alert`.
 */
import type { Server as HttpServer, IncomingHttpHeaders } from 'node:http'
import type { Logger } from 'pino'
import { Server, type Socket } from 'socket.io'
import type { z } from 'zod'
import { Failure, toFailure } from '../errors.ts'
import type { GetGeneration, WatchGeneration } from '../generations/use-cases.ts'
import { type Answer, adminWatchRequest, unwatchRequest, watchRequest } from './messages.ts'
import { createOutlet } from './outlet.ts'
import { presentEvent } from './present-event.ts'
import { presentProblem } from './present-problem.ts'
import type { PublicAlert } from './public-alert.ts'
import { createWatches } from './watches.ts'

/** What a client showed when it connected. */
export interface Handshake {
  readonly headers: IncomingHttpHeaders
  /** What it passed as `auth`. */
  readonly auth: Readonly<Record<string, unknown>>
  readonly address: string
}

/** What operators are told. */
export interface Alerts {
  isOperator(tenantId: string): boolean
  /** Those that are on. */
  firing(): readonly PublicAlert[]
  /** @returns unsubscribe */
  subscribe(listener: (change: PublicAlert) => void): () => void
}

export interface RealtimeParts {
  readonly httpServer: HttpServer
  readonly getGeneration: GetGeneration
  readonly watchGeneration: WatchGeneration
  /** Whose connection it is. @throws Failure AUTHENTICATION_FAILED */
  tenantOf(handshake: Handshake): string | Promise<string>
  readonly alerts?: Alerts
  readonly log: Logger
  /** Called for each event sent. */
  readonly sent?: () => void
  /** Generations one connection may watch at a time. */
  readonly watchLimit?: number
}

export interface Realtime {
  /** Open connections. */
  connections(): number
  /**
   * Cuts every connection and resolves when their watches have let go. Not with Socket.IO's own disconnect: told so, a
   * client stays away, while one that was cut comes back by itself, to another node. The HTTP server is left to its owner.
   */
  close(): Promise<void>
}

/** Requests are an id and a number. */
const maxMessageBytes = 4 * 1024
const defaultWatchLimit = 100
/** The room of those who hear of alerts. */
const operators = 'admins'
/** An envelope is some 300 bytes, a completed one 700: a slow client costs less than 100 kB. */
const packetsInFlight = 64

export function attachRealtime(parts: RealtimeParts): Realtime {
  const io = new Server(parts.httpServer, { serveClient: false, maxHttpBufferSize: maxMessageBytes })
  const endings = new Set<Promise<void>>()
  const stopAlerts = parts.alerts?.subscribe((change) => io.to(operators).emit('ops:alert', change))

  io.use((socket, next) => {
    const { headers, auth, address } = socket.handshake
    Promise.resolve()
      .then(() => parts.tenantOf({ headers, auth, address }))
      .then(
        (tenantId) => {
          socket.data.tenantId = tenantId
          next()
        },
        (error: unknown) => {
          const failure = report(parts.log, error)
          next(Object.assign(new Error(failure.message), { data: presentProblem(failure) }))
        },
      )
  })

  io.on('connection', (socket) => {
    const ended = serve(socket, parts)
    endings.add(ended)
    ended.finally(() => endings.delete(ended))
  })

  return {
    connections: () => io.engine.clientsCount,
    async close() {
      stopAlerts?.()
      io.engine.close()
      await Promise.all(endings)
    },
  }
}

/** Resolves when the socket is gone and all it watched has ended. */
function serve(
  socket: Socket,
  { getGeneration, watchGeneration, alerts, log, sent, watchLimit = defaultWatchLimit }: RealtimeParts,
): Promise<void> {
  const tenantId = String(socket.data.tenantId)
  const outlet = createOutlet(socket.conn, packetsInFlight, () =>
    log.debug({ socket: socket.id }, 'waiting for a slow watcher'),
  )
  const watches = createWatches({
    limit: watchLimit,
    follow: (id, after, signal) => watchGeneration(tenantId, id, after, signal),
    ready: outlet.ready,
    send: (event) => {
      socket.emit('generation:event', presentEvent(event))
      sent?.()
    },
    failed: (id, error) => socket.emit('generation:error', { id, error: presentProblem(report(log, error)) }),
  })

  on(socket, log, 'generation:watch', watchRequest, async ({ id, after }, answer) => {
    const watch = watches.open(id)
    try {
      await getGeneration(tenantId, id)
    } catch (error) {
      watch.end()
      throw error
    }
    answer({ ok: true, id, after })
    if (!watch.signal.aborted) watch.begin(after)
  })

  on(socket, log, 'generation:unwatch', unwatchRequest, async ({ id }, answer) => {
    watches.end(id)
    answer({ ok: true, id })
  })

  on(socket, log, 'admin:watch', adminWatchRequest, async (_, answer) => {
    if (!alerts?.isOperator(tenantId)) throw operatorsOnly()
    await socket.join(operators)
    answer({ ok: true, alerts: alerts.firing() })
  })

  return new Promise((resolve) => {
    socket.once('disconnect', () => {
      watches.endAll()
      resolve(watches.settled())
    })
  })
}

/** Hears one kind of request; whatever goes wrong is its acknowledgement, or `generation:error` when none was asked for. */
function on<S extends z.ZodType>(
  socket: Socket,
  log: Logger,
  event: string,
  schema: S,
  handle: (request: z.output<S>, answer: (answer: Answer) => void) => Promise<void>,
): void {
  socket.on(event, (...said: unknown[]) => {
    const acknowledge = said.at(-1)
    const payload = typeof said[0] === 'function' ? undefined : said[0]
    const answer = (answered: Answer) => {
      if (typeof acknowledge === 'function') acknowledge(answered)
      else if (!answered.ok) socket.emit('generation:error', { id: null, error: answered.error })
    }
    const read = schema.safeParse(payload)
    if (!read.success) return answer({ ok: false, error: presentProblem(malformed(event, read.error)) })
    handle(read.data, answer).catch((error: unknown) => {
      answer({ ok: false, error: presentProblem(report(log, error)) })
    })
  })
}

function report(log: Logger, error: unknown): Failure {
  const failure = toFailure(error)
  if (failure.status >= 500) log.error({ err: failure }, failure.message)
  return failure
}

function operatorsOnly(): Failure {
  return new Failure('AUTHENTICATION_FAILED', {
    reason: 'operators-only',
    status: 403,
    message: 'Only operators of this service may watch that.',
    hint: 'Connect with the key of an operator.',
  })
}

function malformed(event: string, error: z.ZodError): Failure {
  const [issue] = error.issues
  return new Failure('INVALID_REQUEST', {
    reason: 'message-malformed',
    message: `${event}: ${issue?.path.join('.') || 'the message'} is not as expected (${issue?.message}).`,
    hint:
      event === 'admin:watch'
        ? 'Send admin:watch with {}.'
        : `Send ${event} with {"id": "…"}${event === 'generation:watch' ? ' and, to go on, "after": the last seq seen' : ''}.`,
  })
}
