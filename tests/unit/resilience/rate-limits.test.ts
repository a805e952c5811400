/**
 * Each guard was broken once, and what saw it:
 *   a share is a part <- not divided ............ 'are shared out where there is no Redis, …'
 *   among those there now <- asked once ......... 'are shared out among those who are there now, …'
 *   at least one <- none ........................ 'let each process send one a spell, …'
 *   of what was left <- nothing remembered ...... 'share out only what was left of the spell …'
 *   both are asked after <- Redis alone; not by who sent nothing .. 'ask Redis and the own share for a spell …'
 *   a full Redis is none <- thrown, told each time ................ 'are shared out when Redis is full, …'
 *   short spells for fast accounts <- a minute ... 'are shared out where there is no Redis, in spells'
 *   all count together <- Redis not asked ........ 'are one for all processes while Redis counts'
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createRateLimits, type RateLimits } from '../../../src/resilience/rate-limits.ts'
import { openRedis, type RedisLink } from '../../../src/resilience/redis-link.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.remove())

const links: RedisLink[] = []
beforeEach(() => server.command('FLUSHALL'))
afterEach(async () => {
  for (const link of links.splice(0)) link.close()
  server.thaw()
  await server.start()
})

const spellMs = 60_000

/** A process beside others, whose clock the test moves. Patient with Redis, because a busy machine is no outage. */
function open(processes: () => number = () => 2, patienceMs = 5_000) {
  let nowMs = 0
  const told: object[] = []
  const link = openRedis(server.url, { info() {}, warn() {} }, { patienceMs, restMs: 50 })
  links.push(link)
  const limits = createRateLimits({
    redis: link,
    processes,
    now: () => nowMs,
    log: { warn: (details) => told.push(details) },
  })
  const tick = (ms: number) => {
    nowMs += ms
  }
  return { limits, link, told, tick }
}

type Process = ReturnType<typeof open>
const isAway = (...all: Process[]) =>
  until(() => all.every(({ link }) => link.state() === 'away'), 'the loss is noticed')
const isBack = (...all: Process[]) => until(() => all.every(({ link }) => link.state() === 'up'), 'Redis is back')

/** How many of so many requests may go, one after the other. */
async function granted({ take }: RateLimits, tries = 12, perMinute = 10): Promise<number> {
  let count = 0
  for (let n = 0; n < tries; n += 1) if ((await take('vendor', perMinute)) === 0) count += 1
  return count
}

describe('the rates of an account', () => {
  it('are one for all processes while Redis counts', async () => {
    const [a, b] = [open(), open()]
    const all = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? a : b).limits.take('vendor', 10)))
    expect(all.filter((wait) => wait === 0)).toHaveLength(10)
    expect(Math.min(...all.filter((wait) => wait > 0))).toBeGreaterThan(0)
    expect(await a.limits.take('other', 10)).toBe(0)
  })

  it('are shared out where there is no Redis, in spells', async () => {
    let nowMs = 0
    const limits = createRateLimits({ processes: () => 2, now: () => nowMs })
    expect(await granted(limits)).toBe(5)
    nowMs += 20_000
    expect(await limits.take('vendor', 10)).toBe(40)
    nowMs += 40_000
    expect(await granted(limits)).toBe(5)
    // A fast one is given out in spells of ten seconds.
    expect(await createRateLimits({ now: () => nowMs }).take('fast', 600)).toBe(0)
    const fast = createRateLimits({ now: () => nowMs })
    expect(await granted(fast, 120, 600)).toBe(100)
    expect(await fast.take('vendor', 600)).toBe(10)
  })

  it('let each process send one a spell, however many they are', async () => {
    const limits = createRateLimits({ processes: () => 50, now: () => 0 })
    expect(await granted(limits)).toBe(1)
  })

  it('are shared out among those who are there now, while Redis is stopped', async () => {
    let processes = 2
    const one = open(() => processes)
    await one.limits.take('somebody', 10)
    await server.stop()
    await isAway(one)
    expect(await granted(one.limits)).toBe(5)
    processes = 1
    expect(await granted(one.limits)).toBe(5)
    processes = 5
    one.tick(spellMs)
    expect(await granted(one.limits)).toBe(2)
  })

  it('share out only what was left of the spell when Redis was lost', async () => {
    const one = open()
    expect(await granted(one.limits, 4)).toBe(4)
    await server.stop()
    await isAway(one)
    expect(await granted(one.limits)).toBe(3)
    one.tick(spellMs)
    expect(await granted(one.limits)).toBe(5)
  })

  it('ask Redis and the own share for a spell after Redis is back, also who sent nothing meanwhile', async () => {
    const [busy, idle] = [open(), open()]
    await Promise.all([busy, idle].map(({ limits }) => limits.take('somebody', 10)))
    await server.stop()
    await isAway(busy, idle)
    expect(await granted(busy.limits)).toBe(5)
    await server.start()
    await isBack(busy, idle)
    expect([await granted(busy.limits), await granted(idle.limits)]).toEqual([0, 5])
    busy.tick(spellMs)
    idle.tick(spellMs)
    // Redis knows of the five since it is back.
    expect([await granted(busy.limits), await granted(idle.limits)]).toEqual([5, 0])
  })

  it('cost one wait when Redis says nothing: the next are not asked of it', async () => {
    const one = open(() => 2, 500)
    await one.limits.take('somebody', 10)
    server.freeze()
    expect(await one.limits.take('vendor', 10)).toBe(0)
    expect(one.link.state()).toBe('away')
    server.thaw()
    await isBack(one)
    expect(await one.limits.take('vendor', 10)).toBe(0)
  })

  it('are shared out when Redis is full, and that is told once', async () => {
    const one = open()
    await one.limits.take('somebody', 10)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    expect(await granted(one.limits)).toBe(5)
    expect(one.told).toMatchObject([{ event: 'rates_alone', reason: expect.stringMatching(/OOM/) }])
    expect(one.link.state()).toBe('up')
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    one.tick(spellMs)
    expect(await granted(one.limits)).toBe(10)
  })

  it('are counted anew when Redis was emptied', async () => {
    const one = open()
    expect(await granted(one.limits)).toBe(10)
    await server.command('FLUSHALL')
    expect(await granted(one.limits)).toBe(10)
  })
})
