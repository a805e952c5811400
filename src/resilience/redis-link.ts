/**
 * One connection for commands, on which nobody depends: it fails fast, comes back by itself, and says so once each time.
 *
 * Nothing is queued and nothing is sent twice: a command goes out while its caller waits, or never. A connection that falls
 * silent is given up and a new one asked every second whether Redis answers, so that of an outage only those pay who were
 * waiting when it began. What had left before a silence may still be carried out when Redis wakes.
 */
import { Redis, ReplyError } from 'ioredis'
import { createPatience } from './patience.ts'

/** Between two tries to reach one that is gone. */
const longestRetryMs = 1_000
const connectMs = 500

interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

/** Redis cannot be asked now; nobody needs to know more. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway'
  constructor() {
    super('Redis does not answer')
  }
}

export interface RedisLink {
  /** For libraries that need it raw; let them use it inside `ask`. */
  readonly client: Redis
  /**
   * What Redis answers; a refusal (no memory left, wrong type) is an answer, too, and thrown as it is.
   * @throws RedisAway at once when it is known to be away, else after at most `patienceMs`
   */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  state(): 'up' | 'away'
  /** It answers again after having been away. @returns what ends the listening */
  onBack(listener: () => void): () => void
  close(): void
}

export interface RedisLinkOptions {
  /** Nobody waits longer for an answer. */
  readonly patienceMs?: number
  /** After a silence nothing is asked for so long, lest a slow Redis be tried again and again. */
  readonly restMs?: number
  /** For a new connection to say that it is ready. */
  readonly handshakeMs?: number
}

export function openRedis(
  url: string,
  log: Log,
  { patienceMs = 100, restMs = 2_000, handshakeMs = 1_000 }: RedisLinkOptions = {},
): RedisLink {
  let isAway = false
  let isClosed = false
  let wasSilent = false
  let reason = 'no connection yet'
  const backListeners = new Set<() => void>()
  const client = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    maxLoadingRetryTime: longestRetryMs,
    connectTimeout: connectMs,
    // A silent one does not say goodbye, either.
    disconnectTimeout: 1,
    retryStrategy(tries) {
      const delayMs = wasSilent ? restMs : Math.min(longestRetryMs, 50 * tries)
      wasSilent = false
      return delayMs
    },
  })
  let tellFirstWord = () => {}
  const firstWord = new Promise<void>((resolve) => {
    tellFirstWord = resolve
  })
  const goAway = () => {
    if (isAway) return
    isAway = true
    tellFirstWord()
    if (!isClosed)
      log.warn({ event: 'redis_lost', reason }, 'Redis does not answer; until it does, each process counts for itself')
  }
  const giveUp = () => {
    // Whoever waits longest gives up for all.
    if (isAway) return
    reason = `no answer within ${patienceMs} ms`
    wasSilent = client.status === 'ready'
    goAway()
    if (wasSilent) client.disconnect(true)
  }
  const { within } = createPatience(patienceMs, giveUp, () => new RedisAway())
  let handshake: NodeJS.Timeout | undefined
  client.on('connect', () => {
    handshake = setTimeout(() => client.disconnect(true), handshakeMs)
  })
  client.on('error', (error: Error & { code?: string }) => {
    // Never the error itself: it may hold the command, and that a password.
    reason = error.code ?? error.message
  })
  client.on('close', () => {
    clearTimeout(handshake)
    goAway()
  })
  client.on('ready', () => {
    clearTimeout(handshake)
    const isBack = isAway
    isAway = false
    reason = 'the connection was closed'
    tellFirstWord()
    if (!isBack) return
    log.info({ event: 'redis_back' }, 'Redis answers again')
    for (const listener of backListeners) listener()
  })
  return {
    client,
    async ask(command) {
      if (isAway) throw new RedisAway()
      try {
        return await within(client.status === 'ready' ? command(client) : firstWord.then(() => startLate(command)))
      } catch (error) {
        if (error instanceof ReplyError || !isLost(error)) throw error
        throw new RedisAway()
      }
    },
    state: () => (isAway ? 'away' : 'up'),
    onBack(listener) {
      backListeners.add(listener)
      return () => void backListeners.delete(listener)
    },
    close() {
      isClosed = true
      clearTimeout(handshake)
      client.disconnect()
    },
  }

  async function startLate<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (isAway) throw new RedisAway()
    return command(client)
  }
  /** Whether it tells of the connection, not of what the caller did. */
  function isLost(error: unknown): boolean {
    return client.status !== 'ready' || (error instanceof Error && error.message.startsWith("Stream isn't writeable"))
  }
}
