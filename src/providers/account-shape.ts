/** The variables that an account has at whichever vendor; what it needs beside them is its adapter's own. */
import { z } from 'zod'
import type { Price } from './model.ts'
import type { ProviderLimits } from './provider.ts'

/** @param usual where the vendor is */
export const baseUrl = (usual: string) =>
  z
    .string()
    .refine(isBaseUrl, { error: 'must be an https URL (http: on this machine or in its own network) without a query' })
    .default(usual)

const count = (fallback: number) => z.coerce.number().int().min(1).max(100_000).default(fallback)

export const accountLimits = {
  RATE_LIMIT_RPM: count(60),
  MAX_CONCURRENT_REQUESTS: count(10),
  TIMEOUT_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
  MAX_FILE_SIZE_MB: z.coerce.number().min(1).max(10_000).default(200),
  DEFAULT_QUALITY: z.enum(['economy', 'standard', 'premium']).default('standard'),
}

export function limitsOf(settings: z.output<z.ZodObject<typeof accountLimits>>): ProviderLimits {
  return {
    requestsPerMinute: settings.RATE_LIMIT_RPM,
    maxConcurrent: settings.MAX_CONCURRENT_REQUESTS,
    timeoutSeconds: settings.TIMEOUT_SECONDS,
    maxFileBytes: settings.MAX_FILE_SIZE_MB * 1024 * 1024,
  }
}

/** What this installation pays for a second of its video; both or neither. */
export const accountPrice = {
  PRICE_PER_SECOND: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6})?$/, 'must be a decimal with at most six places')
    .optional(),
  PRICE_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .optional(),
}

type SetPrice = z.output<z.ZodObject<typeof accountPrice>>

/** What is said of the price by halves, each with the name of its variable. */
export function priceMistakes(
  { PRICE_PER_SECOND: price, PRICE_CURRENCY: currency }: SetPrice,
  prefix: string,
): readonly string[] {
  if (price !== undefined && currency === undefined)
    return [`${prefix}PRICE_CURRENCY: is not set, but ${prefix}PRICE_PER_SECOND is`]
  if (price === undefined && currency !== undefined)
    return [`${prefix}PRICE_PER_SECOND: is not set, but ${prefix}PRICE_CURRENCY is`]
  return []
}

/** The known prices, and before them the one that whoever runs this installation pays. */
export function withSetPrice(
  { PRICE_PER_SECOND: price, PRICE_CURRENCY: currency }: SetPrice,
  known: readonly Price[],
): readonly Price[] {
  if (price === undefined || currency === undefined) return known
  const [whole = '0', fraction = ''] = price.split('.')
  const micros = Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'))
  const source = "this installation's environment"
  return [{ micros, currency, unit: 'second', label: 'set', source, from: '1970-01-01' }, ...known]
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (username || password || search || hash) return false
  // A name without a dot is of a network of containers; the key crosses no wire in plain sight.
  const isNear = !hostname.includes('.') || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'
  return protocol === 'https:' || (protocol === 'http:' && isNear)
}
