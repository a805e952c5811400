/**
 * What the cache costs over the bare libraries, in alternating rounds of one run, medians.
 * A hit in memory, under each policy, against an awaited `get` of lru-cache that holds the same values: bound 2.
 * A hit in Redis (of a node that has just forgotten what it had in memory) against GET and JSON.parse of the same bytes on a
 * connection of its own: bound 1.3. Beside it, unbounded: what of that is the link's, and what a first make costs.
 * Starts its own Redis. The log of the run goes to bench/results/cache.txt.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import type { Cache, Region } from '../src/cache/cache.ts'
import { createCache } from '../src/cache/create-cache.ts'
import { openRedis, type RedisLink } from '../src/resilience/redis-link.ts'
import { startRedis } from '../tests/support/redis-server.ts'
import { hold, median } from './measure.ts'

const keys = Array.from({ length: 500 }, (_, n) => `${n}`.padStart(64, '0123456789abcdef'))
const memoryRounds = 40
const hitsPerRound = 50_000
const redisRounds = 75
const readsPerRound = 250

interface Answer {
  readonly id: string
  readonly url: string
  readonly words: readonly { readonly text: string; readonly startMs: number }[]
}
const answer = (id: string): Answer => ({
  id,
  url: `/api/v1/video/${id}/content`,
  words: Array.from({ length: 30 }, (_, n) => ({ text: `word ${n}`, startMs: n * 300 })),
})
const tags = { user: 'somebody', provider: 'local', model: 'local/animated', name: 'local_0a1b' }
const silent = { info() {}, warn() {}, error() {} }

function open(policy: 'lru' | 'lfu' | 'ttl', link: RedisLink | null): { cache: Cache; answers: Region<Answer> } {
  const size = { maxEntries: 1_000, maxBytes: 64 * 1024 * 1024 }
  const cache = createCache({ policy, ...size, ttlMs: 3_600_000, link, bus: null, now: Date.now, log: silent })
  return { cache, answers: cache.region({ name: 'answers', read: (json) => json as Answer }) }
}

/** Nanoseconds for each of the awaited calls. */
async function time(count: number, call: (key: string) => unknown): Promise<number> {
  const fromMs = performance.now()
  for (let n = 0; n < count; n++) await call(keys[n % keys.length]!)
  return ((performance.now() - fromMs) * 1e6) / count
}

/** Rounds of all, each time in another order; the first is thrown away. Answers the times of each. */
async function alternate(
  rounds: number,
  each: Readonly<Record<string, () => Promise<number>>>,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const names = Object.keys(each)
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (let n = 0; n < names.length; n++) {
      const name = names[(n + round) % names.length]!
      const taken = await each[name]!()
      if (round > 0) times[name]!.push(taken)
    }
  }
  return times
}

const ratio = (times: readonly number[], floor: readonly number[]) => median(times.map((taken, n) => taken / floor[n]!))

async function inMemory(): Promise<void> {
  const bare = new LRUCache<string, Answer>({ max: 1_000 })
  for (const key of keys) bare.set(key, answer(key))
  const policies = ['lru', 'lfu', 'ttl'] as const
  const opened = policies.map((policy) => open(policy, null).answers)
  for (const answers of opened) for (const key of keys) await answers.set(key, answer(key), tags)
  const times = await alternate(memoryRounds, {
    'lru-cache': () => time(hitsPerRound, (key) => bare.get(key)),
    ...Object.fromEntries(
      policies.map((policy, n) => [policy, () => time(hitsPerRound, (key) => opened[n]!.get(key))]),
    ),
  })
  for (const [name, taken] of Object.entries(times))
    console.log(`memory, ${name}: ${median(taken).toFixed(0)} ns a hit`)
  for (const policy of policies)
    hold(`a hit in memory (${policy}) over lru-cache`, ratio(times[policy]!, times['lru-cache']!), 2)
}

async function inRedis(url: string): Promise<void> {
  const bare = new Redis(url)
  const link = openRedis(url, silent)
  const { cache, answers } = open('lru', link)
  try {
    for (const key of keys) await answers.set(key, answer(key), tags)
    const at = (key: string) => `talking-photo:cache:answers:${key}`
    // A node that has nothing in memory: its regions are those of a cache of one entry, which no key finds twice.
    const nodes = createCache({
      ...{ policy: 'lru', maxEntries: 1, maxBytes: 100_000, ttlMs: 3_600_000, bus: null, now: Date.now },
      ...{ link, log: silent },
    }).region({ name: 'answers', read: (json) => json as Answer })
    const parse = (text: string | null) => JSON.parse(text!.slice(text!.indexOf('\n') + 1)) as Answer
    const times = await alternate(redisRounds, {
      ioredis: () => time(readsPerRound, async (key) => parse(await bare.get(at(key)))),
      'ioredis behind the link': () =>
        time(readsPerRound, async (key) => parse(await link.ask((redis) => redis.get(at(key))))),
      cache: () => time(readsPerRound, (key) => nodes.get(key)),
    })
    const bytes = (await bare.get(at(keys[0]!)))!.length
    for (const [name, taken] of Object.entries(times))
      console.log(`Redis, ${name}: ${(median(taken) / 1e3).toFixed(1)} us a hit of ${bytes} bytes`)
    const linked = ratio(times['ioredis behind the link']!, times.ioredis!)
    console.log(`of it the link's bounded wait: ${linked.toFixed(2)} of the bare read`)
    hold('a hit in Redis over GET and JSON.parse', ratio(times.cache!, times.ioredis!), 1.3)
    let made = 0
    const makes = await alternate(3, {
      make: () => time(200, () => answers.getOrMake(`new ${++made}`, async () => ({ value: answer('new'), tags }))),
    })
    console.log(`a first make, from look to kept: ${(median(makes.make!) / 1e3).toFixed(0)} us`)
  } finally {
    await cache.close()
    link.close()
    bare.disconnect()
  }
}

async function main(): Promise<void> {
  const lines: string[] = [`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`]
  const { log } = console
  console.log = (line: string) => {
    lines.push(line)
    log(line)
  }
  log(lines[0])
  await inMemory()
  const server = await startRedis()
  try {
    await inRedis(server.url)
  } finally {
    await server.remove()
  }
  await mkdir('bench/results', { recursive: true })
  await writeFile('bench/results/cache.txt', `${lines.join('\n')}\n`)
}

await main()
