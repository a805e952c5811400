/**
 * Nodes over one real Redis: what one keeps, drops and makes, the others know. Most have a link that the test cuts and holds up
 * and words that it loses; the last have the real ones.
 *
 * Each guard was broken once, and what saw it (memory-cache: tests/unit/cache):
 *   no promotion of what was read before <- always promoted ............. 'by a node that had read it just before'
 *   forgotten again after Redis was told <- only before ................. 'by a node that reads it between the first look and the last'
 *   nothing stored after the epoch is gone <- epoch not compared ......... 'by a node that made it before, …: by tags'
 *   nothing stored without the lock <- token not compared ................ 'by a node that slept past its lease …', '…: one key'
 *   throwing one away takes its lock away <- lock left ................... 'by a node that made it before, …: one key'
 *   a stale flight keeps nothing, a dropped one is not joined ............ memory-cache: 'does not keep what was thrown away …'
 *   a gap empties memory <- memory left .................................. 'is made good by a node that may have missed it'
 *   a gap ends joining <- flights before it joined ....................... 'whatever happens in whatever order'
 *   nothing is read while something is owed <- read ...................... 'is told afterwards what to throw away, …'
 *   a minute in memory at most <- as long as the entry ................... 'ask again after a minute, …'
 *   the lease is renewed <- not .......................................... 'is not taken from one who is long at it'
 *   a full Redis is not written to <- first write a deletion ............. 'fails nobody, still gives what it has, …'
 *   nothing begun for nobody <- waits on, and begins ..................... 'is not begun for one who gave up …'
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import type { Selector } from '../../src/cache/cache.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { until } from '../support/until.ts'
import {
  connectNode,
  createHub,
  type Film,
  type Hub,
  heldMake,
  type Node,
  openNode,
  type RealNode,
} from './cache-nodes.ts'

const tags = { user: 'ada', provider: 'acme', model: 'acme/one', name: 'acme_1' }
const film = (name: string): Film => ({ film: name })
const entryKey = (key: string) => `talking-photo:cache:films:${key}`
const lockKey = (key: string) => `talking-photo:cache-lock:films:${key}`

let server: RedisServer
let redis: Redis
let hub: Hub
let clock: { ms: number }
let nodes: Node[] = []
let a: Node
let b: Node

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
})

afterAll(async () => {
  redis?.disconnect()
  await server?.remove()
})

beforeEach(async () => {
  await redis.flushall()
  hub = createHub()
  clock = { ms: Date.now() }
  nodes = []
  a = open()
  b = open()
})

afterEach(async () => {
  jest.useRealTimers()
  await Promise.all(nodes.map((node) => node.close()))
})

function open(): Node {
  const node = openNode(server.url, hub, clock)
  nodes.push(node)
  return node
}

describe('two tiers', () => {
  it('give one node what another keeps, and from its own memory from then on', async () => {
    await a.films.set('k', film('x'), tags)
    expect(await b.films.get('k')).toEqual(film('x'))
    const asked = b.link.asked()
    expect(await b.films.get('k')).toEqual(film('x'))
    expect(b.link.asked()).toBe(asked)
    expect((await b.cache.stats()).regions.films).toMatchObject({
      ...{ hits: 2, misses: 0, hitRate: 1 },
      memory: { hits: 1, misses: 1, sets: 1 },
      redis: { hits: 1, misses: 0, sets: 0 },
    })
  })

  it('give values that nobody can change where several share them', async () => {
    await a.films.set('k', film('x'), tags)
    const joined = await Promise.all([1, 2].map(() => b.films.getOrMake('k', async () => ({ value: film('y'), tags }))))
    expect(joined[0]).toBe(joined[1])
    for (const shared of [joined[0], await a.films.get('k'), await b.films.get('k')])
      expect(Object.isFrozen(shared)).toBe(true)
  })

  it('ask Redis one question for a hit and for a miss', async () => {
    await a.films.set('k', film('x'), tags)
    for (const key of ['k', 'none']) {
      const asked = b.link.asked()
      await b.films.get(key)
      expect(b.link.asked()).toBe(asked + 1)
    }
  })

  it('ask again after a minute, so that a lost word heals, and end with the entry', async () => {
    hub.loseWords(true)
    await a.films.set('k', film('x'), tags)
    await b.films.get('k')
    await a.films.set('k', film('y'), tags)
    expect(await b.films.get('k')).toEqual(film('x'))
    clock.ms += 60_000
    expect(await b.films.get('k')).toEqual(film('y'))
    expect(await redis.pttl(entryKey('k'))).toBeGreaterThan(3_590_000)
    clock.ms += 3_540_000
    expect(await b.films.get('k')).toBeUndefined()
  })

  it.each([
    ['no envelope', 'hello'],
    ['half of one', '9000000000000{"user":"ada"}\n{"film":'],
    ['a head of another shape', 'soon{}\n{"film":"x"}'],
    ['a value of another shape', '9000000000000{"user":"ada"}\n{"title":"x"}'],
  ])('take %s for a miss, and count it as an error', async (_, text) => {
    await redis.set(entryKey('k'), text)
    expect(await a.films.get('k')).toBeUndefined()
    expect((await a.cache.stats()).redis).toMatchObject({ misses: 1, errors: 1 })
    const made = await a.films.getOrMake('k', async () => ({ value: film('new'), tags }))
    expect([made, await b.films.get('k')]).toEqual([film('new'), film('new')])
  })

  it('send nothing to Redis that is larger than a megabyte, and take away what it replaces', async () => {
    await a.films.set('k', film('small'), tags)
    const large = film('x'.repeat(1024 * 1024))
    await a.films.set('k', large, tags)
    expect(await redis.exists(entryKey('k'))).toBe(0)
    await a.films.getOrMake('made', async () => ({ value: large, tags }))
    expect(await redis.exists(entryKey('made'), lockKey('made'))).toBe(0)
    expect([await a.films.get('k'), await a.films.get('made')]).toEqual([large, large])
  })

  it('say what Redis threw out itself', async () => {
    expect((await a.cache.stats()).redis).toMatchObject({ state: 'up', evictions: 0, expirations: expect.any(Number) })
    a.link.cut()
    expect((await a.cache.stats()).redis).toMatchObject({ state: 'away', evictions: null, expirations: null })
  })
})

describe('throwing away', () => {
  const others = { user: 'bob', provider: 'other', model: 'other/two', name: 'other_2' }

  it.each<[string, Selector]>([
    ['name', { name: 'acme_1' }],
    ['pattern', { pattern: 'acme_*' }],
    ['provider', { provider: 'acme' }],
    ['model', { model: 'acme/one' }],
    ['user', { user: 'ada' }],
  ])('by %s reaches both tiers and every node, and nothing else', async (_, selector) => {
    await redis.set('talking-photo:something', 'else')
    for (const node of [a, b]) await node.films.set('theirs', film('theirs'), others)
    await a.films.set('k', film('x'), tags)
    await b.films.get('k')
    expect(await a.cache.invalidate(selector)).toEqual({ memory: 1, redis: 1 })
    for (const node of [a, b]) {
      expect(await node.films.get('k')).toBeUndefined()
      expect(await node.films.get('theirs')).toEqual(film('theirs'))
    }
    expect(await redis.get('talking-photo:something')).toBe('else')
  })

  it('of everything leaves what is not the cache', async () => {
    await redis.set('talking-photo:something', 'else')
    await a.films.set('k', film('x'), tags)
    await redis.set(entryKey('broken'), 'hello')
    expect(await b.cache.invalidate({})).toEqual({ memory: 0, redis: 2 })
    expect(await a.films.get('k')).toBeUndefined()
    expect(await redis.keys('*')).toEqual(['talking-photo:something'])
  })

  it('finds each of many', async () => {
    const many = redis.pipeline()
    for (let n = 0; n < 3_000; n++) {
      const head = JSON.stringify({ user: 'u', name: `${n % 3 ? 'acme' : 'other'}_${n}` })
      many.set(entryKey(`${n}`), `${clock.ms + 1e6}${head}\n{"film":"x"}`)
    }
    await many.exec()
    expect(await a.cache.invalidate({ pattern: 'acme_*' })).toEqual({ memory: 0, redis: 2_000 })
    expect(await redis.dbsize()).toBe(1_000)
  })

  it('of one, and putting in another, is known to every node at once', async () => {
    await a.films.set('k', film('x'), tags)
    expect(await b.films.get('k')).toEqual(film('x'))
    await a.films.set('k', film('y'), tags)
    expect(await b.films.get('k')).toEqual(film('y'))
    await a.films.delete('k')
    expect(await b.films.get('k')).toBeUndefined()
  })

  it('is made good by a node that may have missed it: it forgets what it has in memory', async () => {
    await a.films.set('k', film('x'), tags)
    await b.films.get('k')
    hub.loseWords(true)
    await a.films.delete('k')
    expect(await b.films.get('k')).toEqual(film('x'))
    b.missWords()
    expect(await b.films.get('k')).toBeUndefined()
  })
})

describe('what was thrown away does not come back', () => {
  it.each<[string, (node: Node) => Promise<unknown>]>([
    ['one key', (node) => node.films.delete('k')],
    ['by tags', (node) => node.cache.invalidate({ user: 'ada' })],
  ])('by a node that had read it just before: %s', async (_, throwAway) => {
    for (const who of [a, b]) {
      await a.films.set('k', film('old'), tags)
      b.missWords()
      const answer = b.link.holdNext()
      const reading = b.films.get('k')
      await answer.arrived
      await throwAway(who)
      answer.release()
      expect(await reading).toEqual(film('old'))
      expect(await b.films.get('k')).toBeUndefined()
    }
  })

  it('by a node that reads it between the first look and the last', async () => {
    await a.films.set('k', film('old'), tags)
    b.missWords()
    const epochIsGone = a.link.holdNext()
    const forgetting = a.cache.invalidate({ user: 'ada' })
    await epochIsGone.arrived
    for (const node of [a, b]) expect(await node.films.get('k')).toEqual(film('old'))
    epochIsGone.release()
    await forgetting
    for (const node of [a, b]) expect(await node.films.get('k')).toBeUndefined()
  })

  it.each<[string, () => Promise<unknown>]>([
    ['one key', () => b.films.delete('k')],
    ['by tags', () => b.cache.invalidate({ user: 'ada' })],
    ['an emptied Redis', () => redis.flushall()],
  ])('by a node that made it before, though it heard nothing: %s', async (_, throwAway) => {
    const old = heldMake(tags)
    const asked = a.films.getOrMake('k', old.make)
    await old.begun
    hub.loseWords(true)
    await throwAway()
    old.answer('old')
    expect(await asked).toEqual(film('old'))
    for (const node of [a, b]) expect(await node.films.get('k')).toBeUndefined()
    expect(await redis.exists(lockKey('k'))).toBe(0)
  })

  it('in place of what was put in while it was made', async () => {
    for (const who of [a, b]) {
      const old = heldMake(tags)
      const asked = a.films.getOrMake(`${nodes.indexOf(who)}`, old.make)
      await old.begun
      await who.films.set(`${nodes.indexOf(who)}`, film('new'), tags)
      old.answer('old')
      await asked
      for (const node of [a, b]) expect(await node.films.get(`${nodes.indexOf(who)}`)).toEqual(film('new'))
    }
  })

  it('by a node that slept past its lease while another made anew', async () => {
    const old = heldMake(tags)
    const asleep = a.films.getOrMake('k', old.make)
    await old.begun
    await redis.pexpire(lockKey('k'), 1)
    const anew = await b.films.getOrMake('k', async () => ({ value: film('new'), tags }))
    old.answer('old')
    expect([await asleep, anew]).toEqual([film('old'), film('new')])
    for (const node of [a, b]) expect(await node.films.get('k')).toEqual(film('new'))
  })

  it('whatever happens in whatever order', async () => {
    const node = fc.constantFrom(0, 1)
    const key = fc.constantFrom('k', 'l')
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('ask' as const), node, key }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const), node, key }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('slow get' as const), node, key }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), node, key }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), node, key }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('delete unheard' as const), node, key }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        await redis.flushall()
        const shared = createHub()
        const pair = [openNode(server.url, shared, clock), openNode(server.url, shared, clock)]
        const making: (() => void)[] = []
        const holding: (() => void)[] = []
        const asked: Promise<void>[] = []
        const thrownAwayAt = new Map<string, number>()
        let turn = 0
        const born = (value: Film) => Number(value.film)
        const ask = async (who: Node, at: string) => {
          const floor = thrownAwayAt.get(at) ?? 0
          const value = await who.films.getOrMake(at, async () => {
            const value = film(`${++turn}`)
            await new Promise<void>((resolve) => making.push(resolve))
            return { value, tags: { user: at } }
          })
          expect(born(value)).toBeGreaterThanOrEqual(floor)
        }
        const get = async (who: Node, at: string) => {
          const floor = thrownAwayAt.get(at) ?? 0
          const value = await who.films.get(at)
          if (value) expect(born(value)).toBeGreaterThanOrEqual(floor)
        }
        try {
          for (const at of steps) {
            if (at.do === 'finish') making.shift()?.()
            else if (at.do === 'release') holding.shift()?.()
            else {
              const who = pair[at.node]!
              if (at.do === 'ask') asked.push(ask(who, at.key))
              else if (at.do === 'get') await get(who, at.key)
              else if (at.do === 'slow get') {
                const answer = who.link.holdNext()
                asked.push(get(who, at.key))
                holding.push(answer.release)
              } else {
                shared.loseWords(at.do === 'delete unheard')
                await (at.do === 'forget' ? who.cache.invalidate({ user: at.key }) : who.films.delete(at.key))
                shared.loseWords(false)
                if (at.do === 'delete unheard') pair[1 - at.node]!.missWords()
                thrownAwayAt.set(at.key, ++turn)
              }
            }
          }
          let done = false
          const all = Promise.all(asked).finally(() => {
            done = true
          })
          all.catch(() => {})
          await until(() => {
            for (const go of [...making.splice(0), ...holding.splice(0)]) go()
            return done
          }, 'all that was begun comes to its end')
          await all
          for (const who of pair) for (const at of ['k', 'l']) await get(who, at)
        } finally {
          await Promise.all(pair.map((one) => one.close()))
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('one make for all nodes', () => {
  it('is enough for all who ask at once', async () => {
    const three = [a, b, open()]
    let made = 0
    const make = async () => {
      made++
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { value: film('x'), tags }
    }
    const all = await Promise.all(Array.from({ length: 200 }, (_, n) => three[n % 3]!.films.getOrMake('k', make)))
    expect([made, all.length, new Set(all.map((one) => one.film)).size]).toEqual([1, 200, 1])
    const stats = await Promise.all(three.map((node) => node.cache.stats()))
    expect(stats.reduce((sum, one) => sum + one.led, 0)).toBe(1)
    expect(stats.reduce((sum, one) => sum + one.followed, 0)).toBeGreaterThanOrEqual(197)
  })

  it('tells its failure to the one whose it is, and another makes', async () => {
    const first = heldMake(tags)
    const failing = a.films.getOrMake('k', first.make)
    await first.begun
    const waiting = b.films.getOrMake('k', async () => ({ value: film('second'), tags }))
    first.fail(new Error('no film'))
    await expect(failing).rejects.toThrow('no film')
    expect(await waiting).toEqual(film('second'))
    expect(await a.films.get('k')).toEqual(film('second'))
  })

  it('is taken over when the one who makes has died, and not before', async () => {
    await redis.set(lockKey('k'), 'of a node that is gone', 'PX', 10_000)
    let made = 0
    const asked = a.films.getOrMake('k', async () => {
      made++
      return { value: film('x'), tags }
    })
    const before = a.link.asked()
    await until(() => a.link.asked() > before + 3, 'it has looked a few times')
    expect(made).toBe(0)
    await redis.pexpire(lockKey('k'), 1)
    expect(await asked).toEqual(film('x'))
  })

  it('is not taken from one who is long at it: it says that it is still there', async () => {
    jest.useFakeTimers({
      doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'nextTick', 'Date', 'queueMicrotask'],
    })
    const long = heldMake(tags)
    const asked = a.films.getOrMake('k', long.make)
    await long.begun
    await redis.pexpire(lockKey('k'), 5_000)
    jest.advanceTimersByTime(4_000)
    await until(async () => (await redis.pttl(lockKey('k'))) > 5_000, 'the lease is renewed')
    long.answer('x')
    await asked
    const askedBefore = a.link.asked()
    jest.advanceTimersByTime(60_000)
    expect(a.link.asked()).toBe(askedBefore)
  })

  it('is not begun for one who gave up while another node made', async () => {
    const first = heldMake(tags)
    const making = a.films.getOrMake('k', first.make)
    await first.begun
    const controller = new AbortController()
    let made = 0
    const waiting = b.films.getOrMake(
      'k',
      async () => {
        made++
        return { value: film('second'), tags }
      },
      controller.signal,
    )
    const before = b.link.asked()
    await until(() => b.link.asked() > before + 1, 'it waits for the other node')
    controller.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    first.fail(new Error('no film'))
    await expect(making).rejects.toThrow('no film')
    const stillWaiting = b.films.getOrMake('k', async () => ({ value: film('third'), tags }))
    expect([await stillWaiting, made]).toEqual([film('third'), 0])
  })
})

describe('a Redis that is away', () => {
  it('fails nobody: each node has its memory, and makes for itself', async () => {
    for (const node of [a, b]) node.link.cut()
    await a.films.set('k', film('x'), tags)
    expect([await a.films.get('k'), await b.films.get('k')]).toEqual([film('x'), undefined])
    const made = await Promise.all(
      [a, b].map((node, n) => node.films.getOrMake('made', async () => ({ value: film(`${n}`), tags }))),
    )
    expect(made).toEqual([film('0'), film('1')])
    expect(await b.films.get('made')).toEqual(film('1'))
    expect((await b.cache.stats()).redis).toMatchObject({ state: 'away', hits: 0, misses: 0, hitRate: null })
  })

  it('is told afterwards what to throw away, before anything is read from it', async () => {
    await a.films.set('by tags', film('x'), tags)
    await a.films.set('by key', film('x'), { user: 'bob' })
    await a.films.set('replaced', film('old'), { user: 'bob' })
    await a.films.set('stays', film('x'), { user: 'bob' })
    a.link.cut()
    expect(await a.cache.invalidate({ user: 'ada' })).toEqual({ memory: 1, redis: 'pending' })
    await a.films.delete('by key')
    await a.films.set('replaced', film('new'), { user: 'bob' })
    expect((await a.cache.stats()).redis).toMatchObject({ pending: 3 })
    const firstPaid = a.link.holdNext()
    a.link.heal()
    await firstPaid.arrived
    a.missWords()
    expect(await a.films.get('by tags')).toBeUndefined()
    expect(await a.films.getOrMake('by key', async () => ({ value: film('made'), tags }))).toEqual(film('made'))
    firstPaid.release()
    await until(async () => (await a.cache.stats()).redis?.pending === 0, 'nothing is owed any more')
    for (const node of [a, b]) {
      for (const key of ['by tags', 'by key', 'replaced']) expect(await node.films.get(key)).toBeUndefined()
      expect(await node.films.get('stays')).toEqual(film('x'))
    }
  })

  it('has others told, too, who read what was owed to be gone', async () => {
    await a.films.set('k', film('x'), tags)
    a.link.cut()
    hub.loseWords(true)
    await a.cache.invalidate({ user: 'ada' })
    hub.loseWords(false)
    expect(await b.films.get('k')).toEqual(film('x'))
    a.link.heal()
    await until(async () => (await a.cache.stats()).redis?.pending === 0, 'nothing is owed any more')
    expect(await b.films.get('k')).toBeUndefined()
  })

  it('is told to throw everything away where too much is owed', async () => {
    await b.films.set('k', film('x'), tags)
    a.link.cut()
    for (let n = 0; n <= 1_000; n++) await a.films.delete(`${n}`)
    expect((await a.cache.stats()).redis).toMatchObject({ pending: 1 })
    a.link.heal()
    await until(async () => (await a.cache.stats()).redis?.pending === 0, 'nothing is owed any more')
    expect(await redis.exists(entryKey('k'))).toBe(0)
    expect(await b.films.get('k')).toBeUndefined()
  })

  it('goes away in the middle of a make, and the one who made it has it', async () => {
    const making = heldMake(tags)
    const asked = a.films.getOrMake('k', making.make)
    await making.begun
    a.link.cut()
    making.answer('x')
    expect(await asked).toEqual(film('x'))
    expect(await a.films.get('k')).toEqual(film('x'))
  })
})

describe('a full Redis', () => {
  beforeEach(async () => {
    await a.films.set('there', film('x'), tags)
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    await redis.config('SET', 'maxmemory', '1')
  })
  afterEach(async () => {
    await redis.config('SET', 'maxmemory', '0')
  })

  it('fails nobody, still gives what it has, and its refusals are said once', async () => {
    await a.films.set('k', film('x'), tags)
    expect(await a.films.getOrMake('made', async () => ({ value: film('y'), tags }))).toEqual(film('y'))
    expect(await a.films.get('made')).toEqual(film('y'))
    expect(await b.films.get('there')).toEqual(film('x'))
    await until(async () => (await a.cache.stats()).redis?.pending === 0, 'what it could not replace is gone')
    expect(await a.films.getOrMake('more', async () => ({ value: film('z'), tags }))).toEqual(film('z'))
    expect(a.said).toEqual(['cache_redis_refuses'])
    expect((await a.cache.stats()).redis?.errors).toBe(2)
  })

  it('throws away what it is told to', async () => {
    expect(await b.cache.invalidate({ user: 'ada' })).toEqual({ memory: 0, redis: 1 })
    expect(await a.films.get('there')).toBeUndefined()
  })
})

describe('with their own connections', () => {
  const real: RealNode[] = []
  const connect = async () => {
    const node = await connectNode(server.url)
    real.push(node)
    return node
  }
  afterEach(async () => {
    server.thaw()
    await Promise.all(real.splice(0).map((node) => node.close()))
  })
  const make = (name: string) => async () => ({ value: film(name), tags })
  const nothingOwed = (node: RealNode) =>
    until(async () => {
      const { state, pending } = (await node.cache.stats()).redis!
      return state === 'up' && pending === 0
    }, 'Redis is back and knows all')

  it('nodes hear of each other what is gone, and when it is made', async () => {
    const [one, two] = [await connect(), await connect()]
    const making = heldMake(tags)
    const asked = one.films.getOrMake('k', making.make)
    await making.begun
    const waiting = two.films.getOrMake('k', make('two'))
    making.answer('one')
    expect([await asked, await waiting]).toEqual([film('one'), film('one')])
    await one.cache.invalidate({ user: 'ada' })
    await until(async () => (await two.films.get('k')) === undefined, 'the word has come')
  })

  it('a frozen Redis fails nobody, and is told later', async () => {
    const [one, two] = [await connect(), await connect()]
    for (const key of ['k', 'l']) await one.films.set(key, film('old'), tags)
    await two.films.get('l')
    server.freeze()
    expect(await one.cache.invalidate({ user: 'ada' })).toEqual({ memory: 2, redis: 'pending' })
    expect(await one.films.get('k')).toBeUndefined()
    expect(await one.films.getOrMake('k', make('new'))).toEqual(film('new'))
    expect(await two.films.getOrMake('m', make('new'))).toEqual(film('new'))
    await two.films.set('n', film('new'), tags)
    server.thaw()
    for (const node of [one, two]) await nothingOwed(node)
    for (const key of ['k', 'l'])
      await until(async () => (await two.films.get(key))?.film !== 'old', 'nothing old is left')
  })

  it('a Redis that was stopped comes back empty, and is used again', async () => {
    const [one, two] = [await connect(), await connect()]
    await one.films.set('k', film('x'), tags)
    await server.stop()
    expect(await one.films.get('k')).toEqual(film('x'))
    expect(await two.films.get('k')).toBeUndefined()
    expect(await two.films.getOrMake('k', make('y'))).toEqual(film('y'))
    await server.start()
    for (const node of [one, two]) await nothingOwed(node)
    await one.films.set('k', film('z'), tags)
    await until(async () => (await two.films.get('k'))?.film === 'z', 'the word has come')
  })
})
