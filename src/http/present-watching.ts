/** Probes, health, alerts and costs as public JSON. */

import { presentMoney } from '../realtime/present-money.ts'
import { inUnit, presentAlert, presentUnit } from '../realtime/public-alert.ts'
import type { Health } from '../watching/health.ts'
import type { CostRow } from '../watching/ports.ts'
import type { ProbeResult } from '../watching/probes.ts'
import type { AlertState } from '../watching/watch-alerts.ts'
import type { PublicAlerts, PublicCosts, PublicHealth, PublicProbe } from './schemas/watching.ts'

export function presentProbe(provider: string, result: ProbeResult): PublicProbe {
  if (result.status === 'healthy') return { status: 'healthy', provider }
  if (result.status === 'degraded') return { status: 'degraded', provider, status_code: result.statusCode }
  return { status: 'unhealthy', provider, error: result.error }
}

export function presentHealth({ status, database, providers }: Health, version: string): PublicHealth {
  const presented = Object.entries(providers).map(([id, { status, error, statusCode, at, breaker }]) => [
    id,
    { status, error, status_code: statusCode, checked_at: at?.toISOString() ?? null, breaker },
  ])
  return { status, version, database, providers: Object.fromEntries(presented) }
}

export function presentAlerts({ alerts, rules, windowSeconds, currency, readAt }: AlertState): PublicAlerts {
  return {
    alerts: alerts.map((alert) => presentAlert(alert, currency)),
    rules: rules.map(({ reading, ...rule }) => ({
      name: rule.name,
      about: rule.about,
      alarms: rule.alarms,
      bound: inUnit(rule, rule.bound),
      unit: presentUnit(rule, currency),
      minimum_sample: rule.minSample,
      value: reading && reading.sample > 0 ? inUnit(rule, reading.value) : null,
      sample: reading?.sample ?? 0,
    })),
    window_seconds: windowSeconds,
    read_at: readAt?.toISOString() ?? null,
  }
}

/** @param rows one for each day, provider and currency, newest day first */
export function presentCosts(
  rows: readonly CostRow[],
  span: { readonly from: string; readonly to: string },
): PublicCosts {
  const days = new Map<string, PublicCosts['days'][number]>()
  const totals = new Map<string, number>()
  for (const { day, provider, currency, generations, userMicros, houseMicros } of rows) {
    const key = `${day} ${provider}`
    const entry = days.get(key) ?? { day, provider, generations, cost: [], house_cost: [] }
    days.set(key, entry)
    if (currency === null) continue
    if (userMicros > 0) {
      entry.cost.push(presentMoney({ micros: userMicros, currency }))
      totals.set(currency, (totals.get(currency) ?? 0) + userMicros)
    }
    if (houseMicros > 0) entry.house_cost.push(presentMoney({ micros: houseMicros, currency }))
  }
  const total = [...totals].map(([currency, micros]) => presentMoney({ micros, currency }))
  return { ...span, total, days: [...days.values()] }
}
