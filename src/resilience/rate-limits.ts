/**
 * Requests a minute to one account: counted in Redis where there is one, for all nodes together; else, and whenever Redis
 * does not answer, in this process, which then takes its share of the limit.
 */
import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

export interface RateLimits {
  /** Takes one request of the account's minute. @returns seconds to wait before asking again; 0: go */
  take(account: string, perMinute: number): Promise<number>
}

export function createRateLimits({
  redis,
  processes = 1,
}: {
  readonly redis?: Redis
  /** How many share the limit when Redis does not answer. */
  readonly processes?: number
} = {}): RateLimits {
  const limiters = new Map<string, RateLimiterAbstract>()
  const limiterOf = (account: string, perMinute: number): RateLimiterAbstract => {
    const name = `${account}:${perMinute}`
    const found = limiters.get(name)
    if (found) return found
    // A minute's worth is not sent in its first second: six spells of ten seconds.
    const spell = perMinute >= 60 ? 10 : 60
    const points = Math.max(1, Math.floor((perMinute * spell) / 60))
    const local = new RateLimiterMemory({
      keyPrefix: 'rate',
      points: redis ? Math.max(1, Math.floor(points / processes)) : points,
      duration: spell,
    })
    const limiter = redis
      ? new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: 'talking-photo:rate',
          points,
          duration: spell,
          insuranceLimiter: local,
          rejectIfRedisNotReady: true,
        })
      : local
    limiters.set(name, limiter)
    return limiter
  }
  return {
    async take(account, perMinute) {
      try {
        await limiterOf(account, perMinute).consume(account)
        return 0
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        return Math.max(0.1, refused.msBeforeNext / 1000)
      }
    },
  }
}
