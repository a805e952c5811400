/**
 * Reads the figures of a sliding window again and again and tells what begins and ends. The figures come from the rows, so
 * every web process comes to the same conclusion, and a restart forgets at most which alerts were told already.
 */
import type { Logger } from 'pino'
import type { Money } from '../generations/generation.ts'
import { type Alert, createAlertBoard } from './alert-board.ts'
import { type AlertRule, type Reading, readFigures } from './alert-rules.ts'
import type { WatchingStore } from './ports.ts'

export interface AlertWatchParts {
  readonly store: WatchingStore
  readonly clock: { now(): Date }
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly rules: readonly AlertRule[]
  readonly windowSeconds: number
  /** ISO 4217; what was paid in another is not counted. */
  readonly currency: string
}

export interface AlertState {
  /** Those that are on, then those that ended last; newest first. */
  readonly alerts: readonly Alert[]
  readonly rules: readonly (AlertRule & { readonly reading: Reading | null })[]
  readonly windowSeconds: number
  readonly currency: string
  /** Null before the first look. */
  readonly readAt: Date | null
}

export interface AlertWatch {
  /** Reads once and tells. @throws whatever the store throws */
  look(): Promise<void>
  state(): AlertState
  /** @returns unsubscribe */
  subscribe(listener: (change: Alert) => void): () => void
}

export function watchAlerts({ store, clock, log, rules, windowSeconds, currency }: AlertWatchParts): AlertWatch {
  const board = createAlertBoard(rules)
  const listeners = new Set<(change: Alert) => void>()
  const daily = rules.find(({ name }) => name === 'cost-per-day')
  let readings: readonly Reading[] = []
  let readAt: Date | null = null

  const spenders = (now: Date) => {
    if (!daily) return []
    const over: Money = { micros: daily.bound, currency }
    return store.spendersSince(new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`), over)
  }

  return {
    async look() {
      const now = clock.now()
      const since = new Date(now.getTime() - windowSeconds * 1000)
      readings = readFigures(await store.figuresSince(since, currency), await spenders(now))
      readAt = now
      for (const change of board.update(readings, now)) {
        tell(log, change, currency)
        for (const listener of listeners) listener(change)
      }
    },
    state: () => ({
      alerts: board.list(),
      rules: rules.map((rule) => ({
        ...rule,
        reading: readings.find(({ name, subject }) => name === rule.name && subject === null) ?? null,
      })),
      windowSeconds,
      currency,
      readAt,
    }),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function tell(
  log: AlertWatchParts['log'],
  { rule, subject, value, sample, resolvedAt }: Alert,
  currency: string,
): void {
  const fields = {
    alert: rule.name,
    about: rule.about,
    value,
    bound: rule.bound,
    unit: rule.unit === 'money' ? `micros ${currency}` : rule.unit,
    sample,
    ...(subject !== null && { tenant_id: subject }),
  }
  if (resolvedAt) log.info({ event: 'alert_resolved', ...fields }, `alert over: ${rule.name}`)
  else log.warn({ event: 'alert_fired', ...fields }, `alert: ${rule.name}`)
}
