/** The cache of a single process, without Redis. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createCache } from '../../../src/cache/create-cache.ts'

interface Film {
  readonly film: string
  readonly frames: readonly number[]
}
const isFilm = (json: unknown): json is Film => typeof (json as Film | null)?.film === 'string'
const read = (json: unknown) => (isFilm(json) ? json : undefined)
const film = (name: string): Film => ({ film: name, frames: [1, 2] })
const tags = { user: 'ada' }

function open() {
  const clock = { ms: 0 }
  const said: string[] = []
  const note = (details: object) => void said.push((details as { event: string }).event)
  const cache = createCache({
    policy: 'lru',
    maxEntries: 10,
    maxBytes: 10_000,
    ttlMs: 3_600_000,
    link: null,
    bus: null,
    now: () => clock.ms,
    log: { info: note, warn: note, error: note },
  })
  return { cache, clock, said, films: cache.region({ name: 'films', read }) }
}

describe('a cache of one process', () => {
  it('gives back an equal value that nobody can change, and leaves the one that was put in alone', async () => {
    const { films } = open()
    const mine = { film: 'a', frames: [1, 2] }
    await films.set('k', mine, tags)
    mine.frames.push(3)
    const kept = await films.get('k')
    expect(kept).toEqual(film('a'))
    expect(() => (kept!.frames as number[]).push(4)).toThrow(TypeError)
    expect(await films.get('k')).toBe(kept)
  })

  it('keeps an entry for the time of its region, to the end where there is no Redis', async () => {
    const { cache, clock, films } = open()
    const short = cache.region({ name: 'short', read, ttlMs: 10 })
    await short.set('k', film('a'), tags)
    await films.set('k', film('a'), tags)
    clock.ms = 10
    expect(await short.get('k')).toBeUndefined()
    clock.ms = 3_599_999
    expect(await films.get('k')).toEqual(film('a'))
    clock.ms = 3_600_000
    expect(await films.get('k')).toBeUndefined()
  })

  it('keeps regions apart, and takes each name once', async () => {
    const { cache, films } = open()
    const others = cache.region({ name: 'others', read })
    await films.set('k', film('a'), tags)
    expect(await others.get('k')).toBeUndefined()
    expect(() => cache.region({ name: 'films', read })).toThrow('films')
    expect(() => cache.region({ name: 'a:b', read })).toThrow('a:b')
  })

  it('does not keep what its own region cannot read, says so, and gives it to who made it', async () => {
    const { films, said } = open()
    const wrong = { title: 'x' } as unknown as Film
    await films.set('k', wrong, tags)
    expect(await films.getOrMake('k', async () => ({ value: wrong, tags }))).toBe(wrong)
    expect(await films.get('k')).toBeUndefined()
    expect(said).toEqual(['cache_value_refused', 'cache_value_refused'])
  })

  it('throws away by tags and says how many', async () => {
    const { cache, films } = open()
    await films.set('a', film('a'), { user: 'ada', provider: 'acme', model: 'one', name: 'acme_1' })
    await films.set('b', film('b'), { user: 'bob', provider: 'acme', model: 'two', name: 'acme_2' })
    await films.set('c', film('c'), { user: 'bob' })
    expect(await cache.invalidate({ pattern: 'acme_*', user: 'ada' })).toEqual({ memory: 1, redis: 0 })
    expect(await cache.invalidate({ model: 'one' })).toEqual({ memory: 0, redis: 0 })
    expect(await cache.invalidate({ user: 'bob' })).toEqual({ memory: 2, redis: 0 })
    expect(await films.get('c')).toBeUndefined()
  })

  it('counts', async () => {
    const { cache, films } = open()
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 0, hitRate: null, redis: null })
    await films.set('k', film('a'), tags)
    for (const key of ['k', 'k', 'k', 'l']) await films.get(key)
    for (let n = 0; n < 10; n++) await films.set(`${n}`, film('a'), tags)
    const stats = await cache.stats()
    expect(stats).toMatchObject({ hits: 3, misses: 1, hitRate: 0.75, redis: null })
    expect(stats.memory).toMatchObject({ policy: 'lru', hits: 3, misses: 1, sets: 11, evictions: 1, entries: 10 })
    expect(stats.memory.bytes).toBeGreaterThan(10 * JSON.stringify(film('a')).length)
    expect(stats.regions.films).toMatchObject({ hits: 3, memory: { sets: 11, evictions: 1 }, redis: null })
  })
})

describe('making what is not there', () => {
  it('is done once for all who ask at once', async () => {
    const { cache, films } = open()
    let made = 0
    const make = async () => {
      made++
      await setImmediate()
      return { value: film('a'), tags }
    }
    const all = await Promise.all(Array.from({ length: 200 }, () => films.getOrMake('k', make)))
    expect([made, new Set(all).size]).toEqual([1, 1])
    expect(await films.getOrMake('k', make)).toBe(all[0])
    expect(await cache.stats()).toMatchObject({ led: 1, followed: 199 })
  })

  it('tells a failure to the one whose it is, and the next makes', async () => {
    const { films } = open()
    const making = held()
    const first = films.getOrMake('k', async () => making.promise)
    let made = 0
    const others = [1, 2, 3].map(() =>
      films.getOrMake('k', async () => {
        made++
        return { value: film('b'), tags }
      }),
    )
    making.reject(new Error('no film'))
    await expect(first).rejects.toThrow('no film')
    expect(await Promise.all(others)).toEqual([film('b'), film('b'), film('b')])
    expect(made).toBe(1)
  })

  it('frees the one who gives up, and goes on for the others, also those who come later', async () => {
    const { films } = open()
    const making = held()
    const controller = new AbortController()
    let made = 0
    const make = () => {
      made++
      return making.promise
    }
    const first = films.getOrMake('k', make, controller.signal)
    await setImmediate()
    controller.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    const later = films.getOrMake('k', make)
    making.resolve({ value: film('a'), tags })
    expect(await later).toEqual(film('a'))
    expect(made).toBe(1)
    await expect(films.getOrMake('other', make, controller.signal)).rejects.toThrow('gone')
  })

  it('does not keep what was thrown away while it was made; who asks after that has it made anew', async () => {
    const { cache, films } = open()
    for (const throwAway of [() => films.delete('k'), () => cache.invalidate({ user: 'ada' })]) {
      const making = held()
      const old = films.getOrMake('k', () => making.promise)
      await setImmediate()
      await throwAway()
      const anew = await films.getOrMake('k', async () => ({ value: film('new'), tags }))
      expect(anew).toEqual(film('new'))
      making.resolve({ value: film('old'), tags })
      expect(await old).toEqual(film('old'))
      expect(await films.get('k')).toEqual(film('new'))
      await films.delete('k')
    }
  })

  it('is kept where what was thrown away meanwhile was something else', async () => {
    const { cache, films } = open()
    const making = held()
    const asked = films.getOrMake('k', () => making.promise)
    await setImmediate()
    await cache.invalidate({ user: 'bob' })
    await films.delete('other')
    making.resolve({ value: film('a'), tags })
    await asked
    expect(await films.get('k')).toEqual(film('a'))
  })
})

function held() {
  let resolve: (made: { value: Film; tags: typeof tags }) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<{ value: Film; tags: typeof tags }>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
