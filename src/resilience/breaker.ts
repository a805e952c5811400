/**
 * Circuit breakers by name. Enough failures within a window open one: nothing is sent. After a while it lets single probes
 * through, one at a time; one that gets at least as far as what it was opened for closes it, one that fails opens it for
 * twice as long. A breaker that was opened by work that is taken and never finished is not closed by work that is taken.
 *
 * State is this process's own; `share-breakers.ts` makes several processes' agree.
 */

/** How far a call got. */
export type Stage = 'submission' | 'completion'

export interface BreakerOptions {
  /** Failures within the window that open it. */
  readonly threshold: number
  readonly windowMs: number
  /** How long it stays open the first time, and at the most. */
  readonly openMs: number
  readonly longestOpenMs: number
  /** A probe of which nothing is heard for so long counts as lost, and the next one may go. */
  readonly probeMs: number
}

export interface BreakerState {
  readonly state: 'closed' | 'open' | 'half-open'
  /** Until a probe may go; null when it is closed. */
  readonly opensUntil: Date | null
  readonly why: string | null
}

export interface Breakers {
  of(name: string): BreakerState
  /** Whether something may be sent now. Half-open it takes the place of the probe, so ask only to send. */
  admit(name: string): boolean
  succeeded(name: string, stage: Stage): void
  failed(name: string, stage: Stage, why: string): void
  /** Opens it at once. */
  trip(name: string, why: string): void
  /** Those that are not closed. */
  open(): readonly (BreakerState & { readonly name: string })[]
}

/** Why and how long one is open; another object after each change. Times are of this process's clock. */
export interface Tripped {
  readonly stage: Stage
  readonly why: string
  /** How long it was opened for; the next time it is twice that. */
  readonly openMs: number
  readonly untilMs: number
  /** When the probe under way went out. */
  readonly probeMs: number | null
}

/** Breakers that can be brought into step with those of another process. */
export interface LocalBreakers extends Breakers {
  /** Null: closed. */
  tripped(name: string): Tripped | null
  /** As it is elsewhere. The later opening wins; of the same one, the later probe. */
  restore(name: string, tripped: Tripped): void
}

interface Entry {
  /** Times of the failures that count. */
  failures: number[]
  tripped: Tripped | null
}

const rank: Readonly<Record<Stage, number>> = { submission: 0, completion: 1 }

/** Processes that open for the same reason do so within this; word between them takes some of it. */
const sameOpeningMs = 1_000

export function createBreakers(options: BreakerOptions, now: () => number): LocalBreakers {
  const entries = new Map<string, Entry>()
  const entryOf = (name: string): Entry => {
    const found = entries.get(name) ?? { failures: [], tripped: null }
    entries.set(name, found)
    return found
  }
  const trip = (entry: Entry, stage: Stage, why: string, openMs: number) => {
    const ms = Math.min(openMs, options.longestOpenMs)
    entry.failures = []
    entry.tripped = { stage, why, openMs: ms, untilMs: now() + ms, probeMs: null }
  }
  const describe = (name: string): BreakerState => {
    const tripped = entries.get(name)?.tripped
    if (!tripped) return { state: 'closed', opensUntil: null, why: null }
    const state = now() < tripped.untilMs ? 'open' : 'half-open'
    return { state, opensUntil: new Date(tripped.untilMs), why: tripped.why }
  }

  return {
    of: describe,
    admit(name) {
      const entry = entries.get(name)
      const tripped = entry?.tripped
      if (!entry || !tripped) return true
      if (now() < tripped.untilMs) return false
      if (tripped.probeMs !== null && now() < tripped.probeMs + options.probeMs) return false
      entry.tripped = { ...tripped, probeMs: now() }
      return true
    },
    succeeded(name, stage) {
      const entry = entries.get(name)
      if (!entry) return
      if (stage === 'completion') entry.failures = []
      const { tripped } = entry
      // What was sent before it opened says nothing of now.
      if (tripped && tripped.probeMs !== null && rank[stage] >= rank[tripped.stage]) entry.tripped = null
    },
    failed(name, stage, why) {
      const entry = entryOf(name)
      const { tripped } = entry
      if (tripped) {
        if (tripped.probeMs !== null) trip(entry, stage, why, tripped.openMs * 2)
        return
      }
      entry.failures = [...entry.failures.filter((at) => at > now() - options.windowMs), now()]
      if (entry.failures.length >= options.threshold) trip(entry, stage, why, options.openMs)
    },
    trip(name, why) {
      const entry = entryOf(name)
      const { tripped } = entry
      if (!tripped) trip(entry, 'submission', why, options.openMs)
      else if (tripped.probeMs !== null) trip(entry, 'submission', why, tripped.openMs * 2)
    },
    open: () =>
      [...entries.keys()].map((name) => ({ name, ...describe(name) })).filter(({ state }) => state !== 'closed'),
    tripped: (name) => entries.get(name)?.tripped ?? null,
    restore(name, there) {
      const entry = entryOf(name)
      const here = entry.tripped
      if (!here || here.untilMs < there.untilMs - sameOpeningMs) {
        entry.failures = []
        entry.tripped = there
      } else if (there.probeMs !== null && here.untilMs <= there.untilMs + sameOpeningMs) {
        entry.tripped = { ...here, probeMs: Math.max(here.probeMs ?? 0, there.probeMs) }
      }
    },
  }
}
