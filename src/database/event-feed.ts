/**
 * Tells every node that a generation's log has grown. Writers call pg_notify inside their transaction, so a notice is
 * sent on commit and never for a rollback. A notice may be lost while the connection is down: `onReconnected` says when
 * to read the log again from the last seq seen. Notices carry no
 * content, the log does; only the work and the status are told, so that a worker hears of a cancel without asking after each event.
 */
import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { GenerationStatus } from '../generations/generation.ts'
import type { Log } from './log.ts'

export const eventChannel = 'generation_events'

/** What the one session is called on which a process listens. */
export const feedSessionName = 'talking-photo events'

export interface EventNotice {
  readonly generationId: string
  readonly workId: string
  readonly seq: number
  /** The generation's status as of this event. */
  readonly status: GenerationStatus
}

export interface EventFeed {
  /** Calls the listener for every event committed on any node from now on. Returns the way to stop it. */
  subscribe(listener: (notice: EventNotice) => void): () => void
  /** Calls the listener after each gap in which notices may have been lost. Returns the way to stop it. */
  onReconnected(listener: () => void): () => void
}

export interface OwnedEventFeed extends EventFeed {
  /** Settles with the first connection. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/** How often the listening connection is proved alive, and how long it may take: a silent cut is seen within 20 s. */
const heartbeatMs = 15_000
const heartbeatTimeoutMs = 5_000
const reconnectDelaysMs = [100, 500, 1_000, 2_000, 5_000]

function createHub(log: Log) {
  const listeners = new Set<(notice: EventNotice) => void>()
  const gapListeners = new Set<() => void>()
  const guarded = (call: () => void) => {
    try {
      call()
    } catch (error) {
      log.error({ err: error }, 'a listener of the event feed threw')
    }
  }
  return {
    subscribe(listener: (notice: EventNotice) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onReconnected(listener: () => void) {
      gapListeners.add(listener)
      return () => void gapListeners.delete(listener)
    },
    deliver(payload: string) {
      const notice = readNotice(payload)
      if (notice === null) return log.warn({ payload }, 'an unreadable notice came over the event channel')
      for (const listener of [...listeners]) guarded(() => listener(notice))
    },
    tellGap() {
      for (const listener of [...gapListeners]) guarded(listener)
    },
  }
}

function readNotice(payload: string): EventNotice | null {
  try {
    const { generationId, workId, seq, status } = JSON.parse(payload) as Partial<EventNotice>
    return generationId !== undefined && workId !== undefined && seq !== undefined && status !== undefined
      ? { generationId, workId, seq, status }
      : null
  } catch {
    return null
  }
}

export async function createEmbeddedFeed(pglite: PGlite, log: Log): Promise<OwnedEventFeed> {
  const hub = createHub(log)
  const unlisten = await pglite.listen(eventChannel, (payload) => hub.deliver(payload))
  return {
    subscribe: hub.subscribe,
    onReconnected: hub.onReconnected,
    ready: Promise.resolve(),
    close: () => unlisten(),
  }
}

export function createPostgresFeed(databaseUrl: string, log: Log): OwnedEventFeed {
  const hub = createHub(log)
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let failures = 0

  const connect = async () => {
    const next = new pg.Client({
      connectionString: databaseUrl,
      application_name: feedSessionName,
      connectionTimeoutMillis: 10_000,
      query_timeout: heartbeatTimeoutMs,
      keepAlive: true,
    })
    let over = false
    const lose = (error: unknown) => {
      if (over) return
      over = true
      next.removeAllListeners('notification')
      if (client !== next) return
      client = null
      void next.end().catch(() => {})
      if (closed) return
      log.warn({ err: error }, 'the event feed lost its connection')
      retry()
    }
    next.on('error', lose)
    next.on('end', () => lose(new Error('connection ended')))
    next.on('notification', (message) => hub.deliver(message.payload ?? ''))
    try {
      await next.connect()
      await next.query(`LISTEN ${eventChannel}`)
    } catch (error) {
      over = true
      void next.end().catch(() => {})
      throw error
    }
    if (closed) return void next.end().catch(() => {})
    client = next
    failures = 0
    beat(next, lose)
  }

  const beat = (held: pg.Client, lose: (error: unknown) => void) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (client !== held) return
      held.query('SELECT 1').then(() => beat(held, lose), lose)
    }, heartbeatMs)
    timer.unref()
  }

  const retry = () => {
    clearTimeout(timer)
    const delay = reconnectDelaysMs[Math.min(failures, reconnectDelaysMs.length - 1)] ?? 0
    failures += 1
    timer = setTimeout(() => {
      if (closed) return
      connect().then(
        () => {
          if (closed) return
          log.info({}, 'the event feed is connected again')
          hub.tellGap()
        },
        () => {
          if (!closed) retry()
        },
      )
    }, delay)
  }

  const ready = connect()
  return {
    subscribe: hub.subscribe,
    onReconnected: hub.onReconnected,
    ready,
    async close() {
      closed = true
      clearTimeout(timer)
      await ready.catch(() => {})
      const held = client
      client = null
      await held?.end().catch(() => {})
    },
  }
}
