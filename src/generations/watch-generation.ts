/**
 * Joins the live notices first, replays the log second, then follows: a notice only says "look again", so what arrives
 * twice, late or not at all does no harm. The log alone decides what a watcher sees and in what order.
 */
import { isFinal } from './generation.ts'
import { createLogTails, type TailParts } from './log-tails.ts'
import { requireGeneration } from './read-generations.ts'
import type { WatchGeneration } from './use-cases.ts'

const batch = 200

export function watchGeneration(parts: TailParts): WatchGeneration {
  const { store } = parts
  const tails = createLogTails(parts)
  return async function* watch(tenantId, id, after, signal) {
    const tail = tails.join(id)
    signal.addEventListener('abort', tail.wake, { once: true })
    try {
      tail.begin(await requireGeneration(store, tenantId, id))
      let last = after
      while (!signal.aborted) {
        const heard = tail.next()
        // Who is further behind than the tail reaches reads for itself.
        const events = tail.since(last) ?? (await store.eventsAfter(id, last, batch))
        for (const event of events) {
          if (signal.aborted) return
          last = event.seq
          yield event
        }
        if (events.length > 0 && isFinal(events.at(-1)!.status)) return
        if (events.length > 0) continue
        if (tail.isOver(last)) return
        await heard
      }
    } finally {
      signal.removeEventListener('abort', tail.wake)
      tail.leave()
    }
  }
}
