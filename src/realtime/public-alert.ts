/** An alert as sockets and pages show it. */
import { z } from 'zod'
import type { Alert } from '../watching/alert-board.ts'
import type { AlertRule } from '../watching/alert-rules.ts'

export const alertName = z.enum([
  'error-rate',
  'slow-generations',
  'low-cache-hits',
  'many-fallbacks',
  'cost-per-generation',
  'cost-per-day',
])

export const alertUnit = z
  .string()
  .describe("'ratio' (0.05 is 5 %), 'seconds', or the currency (ISO 4217) of an amount of money.")

/** `ops:alert`, and an item of GET /api/v1/alerts. */
export const alertSchema = z
  .strictObject({
    name: alertName,
    about: z.string().describe('What was measured.'),
    state: z.enum(['firing', 'resolved']),
    user: z.string().nullable().describe('Where it is about one.'),
    alarms: z.enum(['above', 'below']).describe('On which side of the bound.'),
    bound: z.number(),
    value: z.number().describe('As last measured.'),
    unit: alertUnit,
    sample: z.int().nonnegative().describe('How many the value is made of.'),
    fired_at: z.iso.datetime(),
    resolved_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Alert' })
export type PublicAlert = z.infer<typeof alertSchema>

export function presentAlert(
  { rule, subject, value, sample, firedAt, resolvedAt }: Alert,
  currency: string,
): PublicAlert {
  return {
    name: rule.name,
    about: rule.about,
    state: resolvedAt ? 'resolved' : 'firing',
    user: subject,
    alarms: rule.alarms,
    bound: inUnit(rule, rule.bound),
    value: inUnit(rule, value),
    unit: presentUnit(rule, currency),
    sample,
    fired_at: firedAt.toISOString(),
    resolved_at: resolvedAt?.toISOString() ?? null,
  }
}

export function presentUnit({ unit }: AlertRule, currency: string): string {
  return unit === 'money' ? currency : unit
}

/** Four places are more than anybody looks at. */
export function inUnit({ unit }: AlertRule, value: number): number {
  return Math.round((unit === 'money' ? value / 1e6 : value) * 1e4) / 1e4
}
