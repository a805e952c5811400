/**
 * Server-Sent Events: the log of one generation as a stream that any browser's EventSource follows and takes up again by
 * itself. The id of an event is its seq, so a reconnect, here or at another node, goes on after the last one seen.
 *
 * Back-pressure: the log is not read on while the connection holds more than Node's own buffer (16 kB); who takes nothing
 * for a minute is cut off and may come back. The number of open streams is bounded, per process and per tenant.
 */
import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { Failure } from '../errors.ts'
import type { GenerationEvent } from '../generations/event.ts'
import { presentEvent } from './present-event.ts'

export interface EventStreamParts {
  readonly log: Logger
  /** Called for each event sent. */
  readonly sent?: () => void
  /** Open streams in this process. */
  readonly limit?: number
  /** Open streams of one tenant in this process. */
  readonly tenantLimit?: number
  /** A comment at this interval shows both ends that the other one is there. */
  readonly heartbeatMs?: number
  /** How long a client may take nothing. */
  readonly stallMs?: number
}

export interface StreamRequest {
  readonly tenantId: string
  /** Not begun; the stream owns it from here on. */
  readonly response: ServerResponse
  /** Opens the log; it ends when the signal does. */
  follow(signal: AbortSignal): AsyncIterable<GenerationEvent>
}

export interface EventStreams {
  /**
   * Sends the log until its final event, until the client leaves or until `close`. Resolves when the log is let go.
   * @throws Failure RATE_LIMIT_EXCEEDED 'too-many-streams' (429), 'streams-full' (503), before anything is sent
   */
  serve(request: StreamRequest): Promise<void>
  /** How many are open now. */
  open(): number
  /** Ends every stream; their clients come back after the retry time. */
  close(): Promise<void>
}

/** What a client waits before it comes back. */
const retryMs = 2_000
const retryAfterSeconds = 5

export function createEventStreams({
  log,
  sent,
  limit = 1_000,
  tenantLimit = 250,
  heartbeatMs = 15_000,
  stallMs = 60_000,
}: EventStreamParts): EventStreams {
  const running = new Map<AbortController, Promise<void>>()
  const perTenant = new Map<string, number>()

  const takePlace = (tenantId: string) => {
    const held = perTenant.get(tenantId) ?? 0
    if (held >= tenantLimit) throw tooManyStreams(tenantLimit)
    if (running.size >= limit) throw streamsFull()
    perTenant.set(tenantId, held + 1)
  }
  const leavePlace = (tenantId: string) => {
    const left = (perTenant.get(tenantId) ?? 1) - 1
    if (left > 0) perTenant.set(tenantId, left)
    else perTenant.delete(tenantId)
  }

  const run = async ({ response, follow }: StreamRequest, stop: AbortController) => {
    const leave = () => stop.abort()
    if (response.destroyed) leave()
    response.once('close', leave)
    const heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n')
    }, heartbeatMs)
    try {
      response.writeHead(200, streamHeaders)
      response.write(`retry: ${retryMs}\n\n`)
      for await (const event of follow(stop.signal)) {
        if (!(await taken(response, stop.signal, stallMs))) return void response.destroy()
        if (stop.signal.aborted) break
        response.write(toFrame(event))
        sent?.()
      }
    } catch (error) {
      // The client takes it up again where it was cut.
      if (!stop.signal.aborted) log.error({ err: error }, 'a stream of events broke off')
    } finally {
      clearInterval(heartbeat)
      response.off('close', leave)
      response.end()
    }
  }

  return {
    async serve(request) {
      takePlace(request.tenantId)
      const stop = new AbortController()
      const ended = run(request, stop)
      running.set(stop, ended)
      try {
        await ended
      } finally {
        running.delete(stop)
        leavePlace(request.tenantId)
      }
    },
    open: () => running.size,
    async close() {
      for (const stop of running.keys()) stop.abort()
      await Promise.all(running.values())
    },
  }
}

const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // nginx and its kin would hold the events back until their buffer is full.
  'X-Accel-Buffering': 'no',
}

/** JSON holds no line break, so one data line is always enough. */
function toFrame(event: GenerationEvent): string {
  const envelope = presentEvent(event)
  return `id: ${envelope.seq}\nevent: ${envelope.type}\ndata: ${JSON.stringify(envelope)}\n\n`
}

/** False when the client took nothing for `stallMs`. Resolves at once while Node's own buffer has room, and on the signal. */
function taken(response: ServerResponse, signal: AbortSignal, stallMs: number): Promise<boolean> {
  if (!response.writableNeedDrain || signal.aborted) return Promise.resolve(true)
  return new Promise((resolve) => {
    const settle = (inTime: boolean) => {
      clearTimeout(patience)
      response.off('drain', go)
      signal.removeEventListener('abort', go)
      resolve(inTime)
    }
    const go = () => settle(true)
    const patience = setTimeout(() => settle(false), stallMs)
    response.once('drain', go)
    signal.addEventListener('abort', go, { once: true })
  })
}

const otherWays = 'Close those that are done, read the pages of JSON, or watch several over one Socket.IO connection.'

function tooManyStreams(tenantLimit: number): Failure {
  return new Failure('RATE_LIMIT_EXCEEDED', {
    reason: 'too-many-streams',
    message: `There are ${tenantLimit} streams of yours open here already.`,
    hint: otherWays,
    retryAfterSeconds,
  })
}

function streamsFull(): Failure {
  return new Failure('RATE_LIMIT_EXCEEDED', {
    reason: 'streams-full',
    status: 503,
    message: 'This server has as many streams open as it can.',
    hint: otherWays,
    retryAfterSeconds,
  })
}
