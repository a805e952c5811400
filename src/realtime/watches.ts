/** The watches of one socket: at most one per generation, each following the log until it ends or is ended. */
import { Failure } from '../errors.ts'
import type { GenerationEvent } from '../generations/event.ts'

export interface WatchParts {
  readonly limit: number
  /** Opens the log; it ends when the signal does. */
  follow(id: string, after: number, signal: AbortSignal): AsyncIterable<GenerationEvent>
  /** Resolves when the client has taken enough of what was sent before. */
  ready(signal: AbortSignal): Promise<void>
  send(event: GenerationEvent): void
  /** The log could not be followed any further. */
  failed(id: string, error: unknown): void
}

export interface Watches {
  /** A place for a watch on `id`; the watch before it on the same id ends. @throws Failure 'too-many-watches' */
  open(id: string): Watch
  /** False when nothing was watched. */
  end(id: string): boolean
  endAll(): void
  /** Resolves when every watch that was ever begun has let go of its log. */
  settled(): Promise<void>
}

export interface Watch {
  readonly signal: AbortSignal
  /** Follows the log from `after` in the background. */
  begin(after: number): void
  /** Gives the place back. */
  end(): void
}

export function createWatches({ limit, follow, ready, send, failed }: WatchParts): Watches {
  const places = new Map<string, AbortController>()
  const running = new Set<Promise<void>>()

  const run = async (id: string, after: number, signal: AbortSignal) => {
    try {
      for await (const event of follow(id, after, signal)) {
        await ready(signal)
        if (signal.aborted) return
        send(event)
      }
    } catch (error) {
      if (!signal.aborted) failed(id, error)
    }
  }

  return {
    open(id) {
      if (!places.has(id) && places.size >= limit) throw tooMany(limit)
      places.get(id)?.abort()
      const place = new AbortController()
      places.set(id, place)
      const leave = () => {
        place.abort()
        if (places.get(id) === place) places.delete(id)
      }
      return {
        signal: place.signal,
        begin(after) {
          const following = run(id, after, place.signal).finally(() => {
            leave()
            running.delete(following)
          })
          running.add(following)
        },
        end: leave,
      }
    },
    end(id) {
      places.get(id)?.abort()
      return places.delete(id)
    },
    endAll() {
      for (const place of places.values()) place.abort()
      places.clear()
    },
    async settled() {
      await Promise.all(running)
    },
  }
}

function tooMany(limit: number): Failure {
  return new Failure('RATE_LIMIT_EXCEEDED', {
    reason: 'too-many-watches',
    message: `One connection can watch ${limit} generations at a time.`,
    hint: 'Send generation:unwatch for those that are done, or open another connection.',
  })
}
