/** What is worth an alarm: each rule reads one value from the figures and has a bound for it. Pure. */
import type { TenantCost, WindowFigures } from './ports.ts'

export type AlertName =
  | 'error-rate'
  | 'slow-generations'
  | 'low-cache-hits'
  | 'many-fallbacks'
  | 'cost-per-generation'
  | 'cost-per-day'

/** 'money' is in millionths of the currency. */
export type AlertUnit = 'ratio' | 'seconds' | 'money'

export interface AlertRule {
  readonly name: AlertName
  readonly unit: AlertUnit
  /** On which side of the bound it alarms. */
  readonly alarms: 'above' | 'below'
  readonly bound: number
  /** Fewer than that say nothing. */
  readonly minSample: number
  /** What the value is: 'attempts that failed'. */
  readonly about: string
}

export interface Reading {
  readonly name: AlertName
  /** The tenant, where it is about one. */
  readonly subject: string | null
  readonly value: number
  /** How many the value is made of. */
  readonly sample: number
}

/** A bound of 0 turns its rule off. */
export interface AlertBounds {
  readonly errorRate: number
  readonly meanSeconds: number
  readonly hitRate: number
  readonly fallbackRate: number
  readonly costPerGenerationMicros: number
  readonly costPerDayMicros: number
  readonly minSample: number
  readonly hitRateMinSample: number
}

export function alertRules(bounds: AlertBounds): readonly AlertRule[] {
  const { minSample } = bounds
  const rules: AlertRule[] = [
    {
      name: 'error-rate',
      unit: 'ratio',
      alarms: 'above',
      bound: bounds.errorRate,
      minSample,
      about: 'attempts at providers that failed',
    },
    {
      name: 'slow-generations',
      unit: 'seconds',
      alarms: 'above',
      bound: bounds.meanSeconds,
      minSample,
      about: 'mean time to make a video',
    },
    {
      name: 'low-cache-hits',
      unit: 'ratio',
      alarms: 'below',
      bound: bounds.hitRate,
      minSample: bounds.hitRateMinSample,
      about: 'requests that needed no new video',
    },
    {
      name: 'many-fallbacks',
      unit: 'ratio',
      alarms: 'above',
      bound: bounds.fallbackRate,
      minSample,
      about: 'videos that fell back to another provider',
    },
    {
      name: 'cost-per-generation',
      unit: 'money',
      alarms: 'above',
      bound: bounds.costPerGenerationMicros,
      minSample,
      about: 'mean cost of a video',
    },
    {
      name: 'cost-per-day',
      unit: 'money',
      alarms: 'above',
      bound: bounds.costPerDayMicros,
      minSample: 1,
      about: 'spent by one user today',
    },
  ]
  return rules.filter(({ bound }) => bound > 0)
}

export function readFigures(figures: WindowFigures, spenders: readonly TenantCost[]): readonly Reading[] {
  const { attempts, failedAttempts, made, accepted, begun, costMicros } = figures
  const mean = (name: AlertName, sum: number, sample: number): Reading => ({
    name,
    subject: null,
    value: sample === 0 ? 0 : sum / sample,
    sample,
  })
  return [
    mean('error-rate', failedAttempts, attempts),
    mean('slow-generations', made.seconds, made.count),
    mean('low-cache-hits', accepted.hits, accepted.count),
    mean('many-fallbacks', begun.fallbacks, begun.first),
    mean('cost-per-generation', costMicros, made.count),
    ...spenders.map(({ tenantId, micros }): Reading => {
      return { name: 'cost-per-day', subject: tenantId, value: micros, sample: 1 }
    }),
  ]
}
