/**
 * Remembers which alerts are on. One begins when its value is beyond the bound and made of enough; it ends when the value
 * is back by a margin, or when there is nothing to measure any more. So each is told once when it begins and once when it
 * ends, however often it is looked at and however the value trembles at the bound.
 */
import type { AlertRule, Reading } from './alert-rules.ts'

export interface Alert {
  readonly rule: AlertRule
  /** The tenant, where it is about one. */
  readonly subject: string | null
  /** As last read while it was on. */
  readonly value: number
  readonly sample: number
  readonly firedAt: Date
  /** Null while it is on. */
  readonly resolvedAt: Date | null
}

export interface AlertBoard {
  /** Takes in what was read. @returns the alerts that began or ended by it */
  update(readings: readonly Reading[], now: Date): readonly Alert[]
  /** Those that are on, then those that ended last; newest first. */
  list(): readonly Alert[]
}

/** Share of the way back from the bound that a value must have gone. */
const margin = 0.1
const maxEnded = 50

export function createAlertBoard(rules: readonly AlertRule[]): AlertBoard {
  const on = new Map<string, Alert>()
  let ended: readonly Alert[] = []

  const end = (key: string, alert: Alert, now: Date): Alert => {
    const over = { ...alert, resolvedAt: now }
    on.delete(key)
    ended = [over, ...ended].slice(0, maxEnded)
    return over
  }

  return {
    update(readings, now) {
      const changes: Alert[] = []
      const byKey = new Map(readings.map((reading) => [keyOf(reading), reading]))
      for (const [key, alert] of on) {
        const reading = byKey.get(key)
        if (!reading || reading.sample === 0) {
          changes.push(end(key, alert, now))
          continue
        }
        const { value, sample } = reading
        if (isBack(alert.rule, value)) changes.push(end(key, { ...alert, value, sample }, now))
        else on.set(key, { ...alert, value, sample })
      }
      for (const [key, { name, subject, value, sample }] of byKey) {
        const rule = rules.find((each) => each.name === name)
        if (!rule || on.has(key) || sample < rule.minSample || !isBeyond(rule, value)) continue
        const alert: Alert = { rule, subject, value, sample, firedAt: now, resolvedAt: null }
        on.set(key, alert)
        changes.push(alert)
      }
      return changes
    },
    list: () => [...[...on.values()].reverse(), ...ended],
  }
}

const keyOf = ({ name, subject }: Reading) => `${name} ${subject ?? ''}`

function isBeyond({ alarms, bound }: AlertRule, value: number): boolean {
  return alarms === 'above' ? value > bound : value < bound
}

function isBack({ alarms, bound }: AlertRule, value: number): boolean {
  return alarms === 'above' ? value <= bound * (1 - margin) : value >= bound + (1 - bound) * margin
}
