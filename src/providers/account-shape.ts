/** The variables that an account has at whichever vendor; what it needs beside them is its adapter's own. */
import { z } from 'zod'
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

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (username || password || search || hash) return false
  // A name without a dot is of a network of containers; the key crosses no wire in plain sight.
  const isNear = !hostname.includes('.') || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'
  return protocol === 'https:' || (protocol === 'http:' && isNear)
}
