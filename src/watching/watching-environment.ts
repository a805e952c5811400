/** The slice of the environment that says how long answers of vendors are good, and when to alarm. */
import { z } from 'zod'
import type { AlertBounds } from './alert-rules.ts'

const share = z.coerce.number().min(0).max(1)
const amount = z.coerce.number().min(0).max(1e9)
const sample = z.coerce.number().int().min(1).max(1_000_000)

export const watchingEnvironment = z.object({
  METRICS: z.stringbool().default(true),
  METRICS_ENABLED: z.stringbool().default(true),
  SENTRY_DSN: z.string().optional(),
  PROBE_TTL_SECONDS: z.coerce.number().min(0).max(3600).default(5),
  ALERT_WINDOW_SECONDS: z.coerce.number().int().min(60).max(86_400).default(900),
  ALERT_MIN_SAMPLE: sample.default(5),
  ALERT_HIT_RATE_MIN_SAMPLE: sample.default(20),
  ALERT_ERROR_RATE: share.default(0.05),
  ALERT_MEAN_SECONDS: z.coerce.number().min(0).max(86_400).default(60),
  ALERT_HIT_RATE: share.default(0.7),
  ALERT_FALLBACK_RATE: share.default(0.2),
  ALERT_COST_PER_GENERATION: amount.default(5),
  ALERT_COST_PER_DAY: amount.default(100),
})

export interface WatchingConfig {
  /** Whether /metrics is there. */
  readonly metrics: boolean
  readonly errorReports: {
    /** As it was given: what is wrong with it must not stop the boot. */
    readonly dsn: string | undefined
    /** What no message may hold. */
    readonly secrets: readonly string[]
  }
  /** How long the answer of a vendor's health page is good for all who ask. */
  readonly probeTtlMs: number
  readonly alertWindowSeconds: number
  readonly alertBounds: AlertBounds
}

/** @param secrets what no message may hold */
export function readWatching(values: z.output<typeof watchingEnvironment>, secrets: readonly string[]): WatchingConfig {
  return {
    metrics: values.METRICS && values.METRICS_ENABLED,
    errorReports: { dsn: values.SENTRY_DSN, secrets },
    probeTtlMs: values.PROBE_TTL_SECONDS * 1000,
    alertWindowSeconds: values.ALERT_WINDOW_SECONDS,
    alertBounds: {
      errorRate: values.ALERT_ERROR_RATE,
      meanSeconds: values.ALERT_MEAN_SECONDS,
      hitRate: values.ALERT_HIT_RATE,
      fallbackRate: values.ALERT_FALLBACK_RATE,
      costPerGenerationMicros: Math.round(values.ALERT_COST_PER_GENERATION * 1e6),
      costPerDayMicros: Math.round(values.ALERT_COST_PER_DAY * 1e6),
      minSample: values.ALERT_MIN_SAMPLE,
      hitRateMinSample: values.ALERT_HIT_RATE_MIN_SAMPLE,
    },
  }
}
