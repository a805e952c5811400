/**
 * Word between nodes over Redis pub/sub. Best effort: nothing waits for it, and what is said while Redis is away is lost. But a
 * loss is known: who may have missed something hears of a gap, both when its own connection was cut (or silent: a frozen Redis
 * keeps it open, so it is asked for a sign of life) and when it or another node could not be heard.
 */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { openRedis } from './redis-link.ts'

interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

export interface Bus {
  /** To all other nodes, as JSON; own messages are not heard. Returns at once. */
  publish(topic: string, message: unknown): void
  /** @returns what ends the listening */
  subscribe(topic: string, listener: (message: unknown) => void): () => void
  /**
   * Whenever messages may have been missed: when the connection stands (the first time, too), and when this or another node
   * could not be heard. @returns what ends the listening
   */
  onGap(listener: () => void): () => void
  close(): Promise<void>
}

const envelopeSchema = z.object({
  from: z.string(),
  /** Absent: the sender could not be heard for a while. */
  said: z.object({ topic: z.string(), message: z.unknown() }).optional(),
})
type Envelope = z.infer<typeof envelopeSchema>

const longestRetryMs = 1_000

export interface BusOptions {
  /** Between two signs of life. */
  readonly pulseMs?: number
  /** How long Redis may take for one. */
  readonly patienceMs?: number
}

export function openBus(url: string, log: Log, { pulseMs = 5_000, patienceMs = 2_000 }: BusOptions = {}): Bus {
  const me = randomUUID()
  // Pub/sub knows no database numbers: who shares a server under another number must not hear us.
  const channel = `talking-photo:${new URL(url).pathname.slice(1) || '0'}:bus`
  const topics = new Map<string, Set<(message: unknown) => void>>()
  const gapListeners = new Set<() => void>()
  const tellGap = () => {
    for (const listener of gapListeners) listener()
  }

  // Nothing waits for it, so it may be as patient as the ear.
  const mouth = openRedis(url, silent, { patienceMs, restMs: longestRetryMs })
  let isUnheard = false
  const send = (envelope: Envelope) => {
    mouth
      .ask((redis) => redis.publish(channel, JSON.stringify(envelope)))
      .catch(() => {
        isUnheard = true
      })
  }
  mouth.onBack(() => {
    if (!isUnheard) return
    isUnheard = false
    send({ from: me })
    // What it asked the others was not heard, either.
    tellGap()
  })

  const ear = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    maxLoadingRetryTime: longestRetryMs,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    disconnectTimeout: 1,
    retryStrategy: (tries) => Math.min(longestRetryMs, 50 * tries),
  })
  let isDeaf = false
  let isClosed = false
  let reason = 'no connection yet'
  const startOver = (error: Error) => {
    // What ended with the last connection says nothing of this one.
    if (ear.status !== 'ready') return
    reason = error.message
    ear.disconnect(true)
  }
  ear.on('error', (error: Error & { code?: string }) => {
    reason = error.code ?? error.message
  })
  ear.on('close', () => {
    if (isDeaf || isClosed) return
    isDeaf = true
    log.warn({ event: 'bus_lost', reason }, 'no word from other nodes until Redis answers again')
  })
  ear.on('ready', () => {
    ear.subscribe(channel).then(() => {
      if (isDeaf) log.info({ event: 'bus_back' }, 'word from other nodes comes again')
      isDeaf = false
      reason = 'the connection was closed'
      tellGap()
    }, startOver)
  })
  ear.on('message', (_channel: string, text: string) => {
    const envelope = readEnvelope(text)
    if (!envelope || envelope.from === me) return
    if (!envelope.said) return tellGap()
    const { topic, message } = envelope.said
    for (const listener of topics.get(topic) ?? []) listener(message)
  })
  const pulse = setInterval(() => {
    if (ear.status === 'ready') ear.ping().catch(startOver)
  }, pulseMs)
  pulse.unref()

  return {
    publish: (topic, message) => send({ from: me, said: { topic, message } }),
    subscribe(topic, listener) {
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners.add(listener))
      return () => void listeners.delete(listener)
    },
    onGap(listener) {
      gapListeners.add(listener)
      return () => void gapListeners.delete(listener)
    },
    async close() {
      isClosed = true
      clearInterval(pulse)
      mouth.close()
      ear.disconnect()
    },
  }
}

/** The ear speaks for both. */
const silent: Log = { info() {}, warn() {} }

function readEnvelope(text: string): Envelope | null {
  try {
    return envelopeSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
