/**
 * One at a time for each key in this process. Who comes while it is under way waits for it; where it fails, only the one who began
 * it hears that, and the next who waits begins another. What is thrown away meanwhile, a flight hears of, and those who come
 * after that begin anew.
 */
import type { Selector, Tags } from './cache.ts'
import { matchSelector } from './selector.ts'
import { waitFor } from './wait-for.ts'

export interface Flight {
  /** Nobody waits any more: what has not begun need not. What has goes on, and who comes later may still have it. */
  readonly abandoned: AbortSignal
  /** Whether what it brings was thrown away since it began. */
  isStale(tags: Tags): boolean
}

type Ended<T> = { readonly value: T } | { readonly failure: unknown }

interface Going<T> extends Flight {
  readonly key: string
  readonly ended: Promise<Ended<T>>
  readonly heard: Selector[]
  dropped: boolean
  waiting: number
  readonly abandon: AbortController
}

export interface Flights<T> {
  /**
   * @param onJoined when the value came from a flight that another began
   * @throws what `fly` throws where it was begun for this caller; the signal's reason
   */
  join(
    key: string,
    fly: (flight: Flight) => Promise<T>,
    onJoined: () => void,
    signal: AbortSignal | undefined,
  ): Promise<T>
  forget(selector: Selector): void
  drop(key: string): void
  /** Something may have been thrown away unheard: who comes now begins anew. */
  part(): void
}

export function createFlights<T>(): Flights<T> {
  /** Who comes now may join these. */
  const open = new Map<string, Going<T>>()
  const all = new Set<Going<T>>()

  function begin(key: string, fly: (flight: Flight) => Promise<T>): Going<T> {
    const abandon = new AbortController()
    const heard: Selector[] = []
    const flight: Going<T> = {
      key,
      heard,
      abandon,
      abandoned: abandon.signal,
      dropped: false,
      waiting: 0,
      isStale: (tags: Tags) => flight.dropped || heard.some((selector) => matchSelector(selector)(tags)),
      ended: Promise.resolve().then(async (): Promise<Ended<T>> => {
        try {
          return { value: await fly(flight) }
        } catch (failure) {
          return { failure }
        } finally {
          all.delete(flight)
          close(flight)
        }
      }),
    }
    all.add(flight)
    open.set(key, flight)
    return flight
  }

  function close(flight: Going<T>): void {
    if (open.get(flight.key) === flight) open.delete(flight.key)
  }

  async function wait(flight: Going<T>, signal: AbortSignal | undefined): Promise<Ended<T>> {
    flight.waiting++
    try {
      return await waitFor(flight.ended, signal)
    } finally {
      flight.waiting--
      if (flight.waiting === 0) flight.abandon.abort()
    }
  }

  return {
    async join(key, fly, onJoined, signal) {
      signal?.throwIfAborted()
      for (;;) {
        const going = open.get(key)
        const ended = await wait(going ?? begin(key, fly), signal)
        if ('value' in ended) {
          if (going) onJoined()
          return ended.value
        }
        if (!going) throw ended.failure
      }
    },
    forget(selector) {
      for (const flight of all) {
        flight.heard.push(selector)
        close(flight)
      }
    },
    part: () => open.clear(),
    drop(key) {
      for (const flight of all) {
        if (flight.key !== key) continue
        flight.dropped = true
        close(flight)
      }
    },
  }
}
