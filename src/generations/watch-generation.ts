/**
 * Joins the live notices first, replays the log second, then follows: a notice only says "look again", so what arrives
 * twice, late or not at all does no harm. The log alone decides what a watcher sees and in what order.
 */
import { isFinal } from './generation.ts'
import type { EventFeed, GenerationStore } from './ports.ts'
import { requireGeneration } from './read-generations.ts'
import type { WatchGeneration } from './use-cases.ts'

const batch = 200
/** A lost notice delays an event by at most this long. */
const usualLookAgainMs = 5_000

export function watchGeneration({
  store,
  feed,
  lookAgainMs = usualLookAgainMs,
}: {
  readonly store: GenerationStore
  readonly feed: EventFeed
  readonly lookAgainMs?: number
}): WatchGeneration {
  return async function* watch(tenantId, id, after, signal) {
    const bell = createBell()
    const leave = feed.subscribe((notice) => {
      if (notice.generationId === null || notice.generationId === id) bell.ring()
    })
    signal.addEventListener('abort', bell.ring, { once: true })
    try {
      await requireGeneration(store, tenantId, id)
      let last = after
      while (!signal.aborted) {
        const heard = bell.next()
        const events = await store.eventsAfter(id, last, batch)
        for (const event of events) {
          if (signal.aborted) return
          last = event.seq
          yield event
        }
        if (events.length === batch) continue
        if (events.length === 0 && (await isOver(store, tenantId, id, last))) return
        if (events.length > 0 && isFinal(events.at(-1)!.status)) return
        const lookAgain = setTimeout(bell.ring, lookAgainMs)
        await heard
        clearTimeout(lookAgain)
      }
    } finally {
      leave()
      signal.removeEventListener('abort', bell.ring)
    }
  }
}

async function isOver(store: GenerationStore, tenantId: string, id: string, last: number): Promise<boolean> {
  const generation = await store.findGeneration(tenantId, id)
  return !generation || (isFinal(generation.status) && generation.lastSeq <= last)
}

interface Bell {
  ring: () => void
  /** Resolves at the first ring after this call. */
  next(): Promise<void>
}

function createBell(): Bell {
  let waiters: (() => void)[] = []
  return {
    ring: () => {
      const ringing = waiters
      waiters = []
      for (const wake of ringing) wake()
    },
    next: () => new Promise((resolve) => waiters.push(resolve)),
  }
}
