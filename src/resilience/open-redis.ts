/** A connection of which nobody depends: it fails fast, comes back by itself, and says so once each time. */
import { Redis } from 'ioredis'

interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

/** Redis is asked before each request to a vendor: nobody waits long for it. */
const redisPatienceMs = 250

export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    commandTimeout: redisPatienceMs,
    connectTimeout: 2_000,
    retryStrategy: (tries) => Math.min(5_000, 200 * tries),
  })
  let isTold = false
  redis.on('error', (error: Error) => {
    if (!isTold)
      log.warn({ event: 'redis_lost', err: error }, 'Redis does not answer; rates are counted in this process')
    isTold = true
  })
  redis.on('ready', () => {
    if (isTold) log.info({ event: 'redis_back' }, 'Redis answers again')
    isTold = false
  })
  return redis
}
