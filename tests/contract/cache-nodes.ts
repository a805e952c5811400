/** Nodes that share one real Redis, with a link that can be cut and whose answers can be held up, and words that can be lost. */
import { Redis } from 'ioredis'
import type { Cache, Region, Tags } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { Bus, Log, RedisLink } from '../../src/cache/ports.ts'
import { openBus } from '../../src/resilience/bus.ts'
import { openRedis } from '../../src/resilience/redis-link.ts'

export interface Film {
  readonly film: string
}

export const readFilm = (json: unknown): Film | undefined =>
  typeof (json as Film | null)?.film === 'string' ? (json as Film) : undefined

export interface Node {
  readonly cache: Cache
  readonly films: Region<Film>
  readonly link: TestLink
  /** What the log was told: names of events. */
  readonly said: string[]
  /** It may have missed words. */
  missWords(): void
  close(): Promise<void>
}

export interface TestLink extends RedisLink {
  /** How many questions Redis was asked. */
  asked(): number
  cut(): void
  heal(): void
  /** The next answer is there and does not come through before `release`. */
  holdNext(): { readonly arrived: Promise<void>; release(): void }
}

export interface Hub {
  /** For one node: what others say reaches it. */
  open(): Bus & { missWords(): void }
  /** From now on words are lost, or come through again. */
  loseWords(lost: boolean): void
}

export function createHub(): Hub {
  const ears = new Set<(topic: string, message: unknown) => void>()
  let lost = false
  return {
    loseWords(all) {
      lost = all
    },
    open() {
      const topics = new Map<string, (message: unknown) => void>()
      let onGap = () => {}
      const ear = (topic: string, message: unknown) => topics.get(topic)?.(message)
      ears.add(ear)
      return {
        publish(topic, message) {
          const text = JSON.stringify(message)
          if (!lost) for (const other of ears) if (other !== ear) other(topic, JSON.parse(text))
        },
        subscribe(topic, listener) {
          topics.set(topic, listener)
          return () => void topics.delete(topic)
        },
        onGap(listener) {
          onGap = listener
          return () => {}
        },
        missWords: () => onGap(),
      }
    },
  }
}

export function openNode(url: string, hub: Hub, clock: { ms: number }): Node {
  const link = openTestLink(url)
  const bus = hub.open()
  const said: string[] = []
  const note = (details: object) => void said.push((details as { event: string }).event)
  const log = { info: note, warn: note, error: note }
  const { cache, films } = openCache(link, bus, () => clock.ms, log)
  return {
    cache,
    films,
    link,
    said,
    missWords: bus.missWords,
    async close() {
      await cache.close()
      link.disconnect()
    },
  }
}

export type RealNode = Pick<Node, 'cache' | 'films' | 'close'>

/** One as the server has it. */
export async function connectNode(url: string): Promise<RealNode> {
  const log: Log = { info() {}, warn() {}, error() {} }
  const link = openRedis(url, log)
  const bus = openBus(url, log)
  const hears = new Promise<void>((resolve) => void bus.onGap(resolve))
  const opened = openCache(link, bus, Date.now, log)
  await hears
  return {
    ...opened,
    async close() {
      await opened.cache.close()
      await bus.close()
      link.close()
    },
  }
}

function openCache(link: RedisLink, bus: Bus, now: () => number, log: Log): Pick<Node, 'cache' | 'films'> {
  const size = { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024 }
  const cache = createCache({ policy: 'lru', ...size, ttlMs: 3_600_000, link, bus, now, log })
  return { cache, films: cache.region({ name: 'films', read: readFilm }) }
}

function openTestLink(url: string): TestLink & { disconnect(): void } {
  const client = new Redis(url)
  const listeners = new Set<() => void>()
  let isCut = false
  let asked = 0
  let held: { arrive(): void; readonly released: Promise<void> } | null = null
  return {
    async ask(command) {
      if (isCut) throw new Error('away')
      asked++
      const answer = await command(client)
      const hold = held
      held = null
      hold?.arrive()
      await hold?.released
      return answer
    },
    state: () => (isCut ? 'away' : 'up'),
    onBack(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    asked: () => asked,
    cut() {
      isCut = true
    },
    heal() {
      isCut = false
      for (const listener of listeners) listener()
    },
    holdNext() {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const arrived = new Promise<void>((resolve) => {
        held = { arrive: resolve, released }
      })
      return { arrived, release }
    },
    disconnect: () => client.disconnect(),
  }
}

/** A make that waits for a word from the test. */
export function heldMake(tags: Tags) {
  let answer: (made: { value: Film; tags: Tags }) => void = () => {}
  let fail: (error: Error) => void = () => {}
  let begin = () => {}
  const made = new Promise<{ value: Film; tags: Tags }>((resolve, reject) => {
    answer = resolve
    fail = reject
  })
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  return {
    begun,
    make: () => {
      begin()
      return made
    },
    answer: (film: string) => answer({ value: { film }, tags }),
    fail,
  }
}
