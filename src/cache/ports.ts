import type { Redis } from 'ioredis'

/** A connection for commands. Known to be away it fails at once, so that an outage costs a bounded wait. */
export interface RedisLink {
  /** @throws at once when Redis is known to be away, or after a short while (100 ms) without an answer */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  state(): 'up' | 'away'
  /** It answers again after having been away. */
  onBack(listener: () => void): () => void
}

/** Word between nodes. Best effort: nothing waits for it, and what is said while it is cut is lost. */
export interface Bus {
  /** JSON. Own messages are not heard. */
  publish(topic: string, message: unknown): void
  subscribe(topic: string, listener: (message: unknown) => void): () => void
  /** After each time in which messages may have been missed. */
  onGap(listener: () => void): () => void
}

/** What this room says to the log; a pino logger fits. */
export interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
