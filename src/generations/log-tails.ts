/**
 * The ends of the logs that are watched in this process. However many watch one generation, what is appended to its log is
 * read once and handed to all of them; however many are watched, one question in a while finds what no notice told of.
 */
import type { GenerationEvent } from './event.ts'
import { type Generation, isFinal } from './generation.ts'
import type { EventFeed, GenerationStore } from './ports.ts'

/** Events that a tail holds for those who are a little behind. */
const reach = 300
const batch = 200
/** A lost notice delays an event by at most this long. */
const usualLookAgainMs = 5_000
/** The database may be away for a while; who watches waits so many looks for it. */
const patience = 12

export interface TailParts {
  readonly store: Pick<GenerationStore, 'findGeneration' | 'eventsAfter' | 'headsOf'>
  readonly feed: EventFeed
  readonly lookAgainMs?: number
}

/** One watcher's hold on the tail of a log. */
export interface TailHold {
  /** Where the log was when the watcher looked, after it had joined. */
  begin(generation: Pick<Generation, 'lastSeq' | 'status'>): void
  /** What was appended after `seq`; null where the tail does not reach back so far. @throws what kept the tail from reading on */
  since(seq: number): readonly GenerationEvent[] | null
  /** Nothing will be appended after `seq`. */
  isOver(seq: number): boolean
  /** Resolves at the first news after this call. */
  next(): Promise<void>
  wake(): void
  leave(): void
}

interface Tail {
  readonly id: string
  holds: number
  /** Null until a watcher has looked; then the held events follow this seq without a gap. */
  start: number | null
  events: GenerationEvent[]
  isFinal: boolean
  failures: number
  failure: unknown
  reading: boolean
  again: boolean
  readonly waiters: Set<() => void>
}

const lastOf = ({ start, events }: Tail): number => (start ?? 0) + events.length

function ring({ waiters }: Tail): void {
  for (const wake of [...waiters]) wake()
}

export function createLogTails({ store, feed, lookAgainMs = usualLookAgainMs }: TailParts): {
  join(id: string): TailHold
} {
  const tails = new Map<string, Tail>()
  let leaveFeed = () => {}
  let timer: NodeJS.Timeout | undefined

  const append = (tail: Tail, events: readonly GenerationEvent[]) => {
    tail.events.push(...events)
    const last = events.at(-1)
    if (last) tail.isFinal = isFinal(last.status)
    const surplus = tail.events.length - reach
    if (surplus <= 0) return
    tail.events = tail.events.slice(surplus)
    tail.start = (tail.start ?? 0) + surplus
  }

  const failed = (tail: Tail, error: unknown) => {
    tail.failures += 1
    if (tail.failures < patience) return
    tail.failure = error
    ring(tail)
  }

  /** Reads on from the last event that is held; who asks meanwhile has it read once more. */
  const look = async (tail: Tail): Promise<void> => {
    tail.again = true
    if (tail.start === null || tail.reading) return
    tail.reading = true
    try {
      while (tail.again && tail.holds > 0) {
        tail.again = false
        const events = await store.eventsAfter(tail.id, lastOf(tail), batch)
        tail.failures = 0
        tail.again ||= events.length === batch
        append(tail, events)
        if (events.length > 0) ring(tail)
      }
    } catch (error) {
      failed(tail, error)
    } finally {
      tail.reading = false
    }
  }

  const end = (tail: Tail) => {
    tail.isFinal = true
    ring(tail)
  }

  const lookAtAll = async () => {
    const begun = [...tails.values()].filter(({ start }) => start !== null)
    if (begun.length === 0) return
    try {
      const heads = await store.headsOf(begun.map(({ id }) => id))
      for (const tail of begun) {
        const head = heads.get(tail.id)
        if (head && head.lastSeq > lastOf(tail)) void look(tail)
        else if (head && !isFinal(head.status)) tail.failures = 0
        else void look(tail).then(() => end(tail))
      }
    } catch (error) {
      for (const tail of begun) failed(tail, error)
    }
  }

  const lookAgainSoon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      void lookAtAll().then(() => {
        if (tails.size > 0) lookAgainSoon()
      })
    }, lookAgainMs)
  }

  const open = (id: string): Tail => {
    const tail: Tail = {
      ...{ id, holds: 0, start: null, events: [], isFinal: false, failures: 0, failure: undefined },
      ...{ reading: false, again: false, waiters: new Set<() => void>() },
    }
    tails.set(id, tail)
    if (tails.size > 1) return tail
    leaveFeed = feed.subscribe((notice) => {
      if (notice.generationId === null) return void lookAtAll()
      const told = tails.get(notice.generationId)
      if (told) void look(told)
    })
    lookAgainSoon()
    return tail
  }

  const close = (tail: Tail) => {
    if (tails.get(tail.id) === tail) tails.delete(tail.id)
    if (tails.size > 0) return
    clearTimeout(timer)
    leaveFeed()
  }

  return {
    join(id) {
      const tail = tails.get(id) ?? open(id)
      tail.holds += 1
      let heard: Promise<void> | null = null
      let wake = () => {}
      const next = () => {
        heard ??= new Promise((resolve) => {
          wake = () => {
            tail.waiters.delete(wake)
            heard = null
            resolve()
          }
          tail.waiters.add(wake)
        })
        return heard
      }
      return {
        begin({ lastSeq, status }) {
          if (tail.start === null) {
            tail.start = lastSeq
            tail.isFinal = isFinal(status)
            // What was told before there was a place to read on from.
            if (tail.again) void look(tail)
          } else if (lastSeq > lastOf(tail)) void look(tail)
        },
        since(seq) {
          if (tail.failure !== undefined) throw tail.failure
          if (tail.start === null || seq < tail.start) return null
          return tail.events.slice(seq - tail.start)
        },
        isOver: (seq) => tail.isFinal && seq >= lastOf(tail),
        next,
        wake: () => wake(),
        leave() {
          tail.holds -= 1
          tail.waiters.delete(wake)
          if (tail.holds === 0 || tail.failure !== undefined) close(tail)
        },
      }
    },
  }
}
