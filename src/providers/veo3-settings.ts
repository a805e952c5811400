/** The variables of one veo3 account; a second one has the same under another prefix. */
import { z } from 'zod'
import { accountLimits, accountPrice, baseUrl, priceMistakes, withSetPrice } from './account-shape.ts'
import { apiKey, prefixShape, takeSlice } from './environment-slice.ts'
import type { Price } from './model.ts'

const path = (placeholder: string) =>
  z.string().refine((text) => /^(\/[\w.{}-]+)+$/.test(text) && !text.includes('/..') && text.includes(placeholder), {
    error:
      placeholder === ''
        ? 'must be a path below the base URL'
        : `must be a path below the base URL with ${placeholder} in it`,
  })

const secrets = z.string().transform((text) =>
  text
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== ''),
)

const shape = {
  API_KEY: apiKey.optional(),
  API_BASE_URL: baseUrl('https://api.veo3.ai/v1'),
  GENERATE_PATH: path('').default('/video/generate'),
  STATUS_PATH: path('{job_id}').default('/video/status/{job_id}'),
  /** What webhooks are signed with; several while one takes the place of another. */
  WEBHOOK_SECRET: secrets.default([]),
  ...accountLimits,
  MAX_DURATION_SECONDS: z.coerce.number().int().min(15).max(3600).default(60),
  /** Whether this account's server knows a repeated Idempotency-Key. */
  IDEMPOTENT: z.stringbool().default(false),
  ...accountPrice,
}

export type Veo3Settings = z.output<z.ZodObject<typeof shape>>

export const veo3Environment = <P extends string>(prefix: P) => prefixShape(prefix, shape)

export function readVeo3Settings(environment: Readonly<Record<string, unknown>>, prefix: string): Veo3Settings {
  return takeSlice(environment, prefix, shape)
}

/** What was set without what it needs, each with its name; nothing that is wrong in itself. */
export function veo3Mistakes(environment: Readonly<Record<string, unknown>>, prefix: string): readonly string[] {
  const settings = readVeo3Settings(environment, prefix)
  const defaults = z.object(shape).parse({})
  // What says that an account is meant: limits alone may come from a copied example.
  const meant = (['WEBHOOK_SECRET', 'API_BASE_URL', 'PRICE_PER_SECOND'] as const).find(
    (name) => String(settings[name]) !== String(defaults[name]),
  )
  return [
    ...(settings.API_KEY === undefined && meant ? [`${prefix}API_KEY: is not set, but ${prefix}${meant} is`] : []),
    ...priceMistakes(settings, prefix),
  ]
}

/** The guide's price, and before it the one that whoever runs this installation pays. */
export function veo3Prices(settings: Veo3Settings): readonly Price[] {
  const quoted: Price = {
    micros: 150_000,
    currency: 'INR',
    unit: 'second',
    label: 'seed',
    source: "the project's guide",
    from: '2025-09-13',
  }
  return withSetPrice(settings, [quoted])
}
