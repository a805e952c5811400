/** How the service and its providers are, what is alarming, and what it all costs. */
import { z } from 'zod'
import { alertName, alertSchema, alertUnit } from '../../realtime/public-alert.ts'
import { moneySchema } from '../../realtime/public-parts.ts'
import { nameField, optional, withExample } from './fields.ts'

const error = z.string().describe('What is wrong, in a sentence without keys or addresses.')

export const healthyProbe = z.strictObject({ status: z.literal('healthy'), provider: z.string() })
export const degradedProbe = z.strictObject({
  status: z.literal('degraded'),
  provider: z.string(),
  status_code: z.int().describe("The vendor's own answer."),
})
export const unhealthyProbe = z.strictObject({ status: z.literal('unhealthy'), provider: z.string(), error })
export type PublicProbe = z.infer<typeof healthyProbe> | z.infer<typeof degradedProbe> | z.infer<typeof unhealthyProbe>

export const healthSchema = z
  .strictObject({
    status: z
      .enum(['healthy', 'degraded', 'unhealthy'])
      .describe('`degraded`: not all that is configured works; `unhealthy`: nothing can be made.'),
    version: z.string(),
    database: z.string().describe("'ok', or what is wrong."),
    providers: z
      .record(
        z.string(),
        z.strictObject({
          status: z.enum(['healthy', 'degraded', 'unhealthy', 'unknown', 'not-configured']),
          error: error.nullable(),
          status_code: z.int().nullable(),
          checked_at: z.iso.datetime().nullable(),
          breaker: z.enum(['closed', 'half-open', 'open']).nullable().describe('Whether requests are sent to it.'),
        }),
      )
      .describe('As last known; nobody is asked for this answer.'),
  })
  .meta({ id: 'Health' })
export type PublicHealth = z.infer<typeof healthSchema>

export const alertsSchema = z
  .strictObject({
    alerts: z.array(alertSchema).describe('Those that are on, then those that ended last; newest first.'),
    rules: z.array(
      z.strictObject({
        name: alertName,
        about: z.string(),
        alarms: z.enum(['above', 'below']),
        bound: z.number(),
        unit: alertUnit,
        minimum_sample: z.int().positive(),
        value: z.number().nullable().describe('As last measured; null where nothing was, or where it is told by user.'),
        sample: z.int().nonnegative(),
      }),
    ),
    window_seconds: z.int().positive().describe('Over what the values are measured; a day, in UTC, for cost-per-day.'),
    read_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Alerts' })
export type PublicAlerts = z.infer<typeof alertsSchema>

const day = nameField(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a day such as 2026-01-31')

/** The query of GET /api/v1/costs. */
export const costFields = z.object({
  from: withExample(optional(day, 'First day, in UTC; 30 days before `to` where it is left out.'), '2026-01-01'),
  to: withExample(optional(day, 'Last day, in UTC, today where it is left out.'), '2026-01-31'),
})

export const costsSchema = z
  .strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    total: z.array(moneySchema).describe('What you pay for all of it, by currency.'),
    days: z
      .array(
        z.strictObject({
          day: z.iso.date(),
          provider: z.string(),
          generations: z.int().nonnegative().describe('Completed; cached and shared ones included.'),
          cost: z.array(moneySchema).describe('What you pay, by currency; empty: nothing.'),
          house_cost: z.array(moneySchema).describe('What was spent without a video for you, and not charged.'),
        }),
      )
      .describe('Newest first.'),
  })
  .meta({ id: 'Costs' })
export type PublicCosts = z.infer<typeof costsSchema>
