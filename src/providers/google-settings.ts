/** The variables of a Google account. The vendor's own libraries read its key under either name. */
import { z } from 'zod'
import { accountLimits, baseUrl } from './account-shape.ts'
import { apiKey, prefixShape, takeSlice } from './environment-slice.ts'
import type { ProviderEnvironment } from './provider-module.ts'

const prefix = 'GOOGLE_'
export const googleUrl = 'https://generativelanguage.googleapis.com'
export const googleKeyNames = ['GEMINI_API_KEY', 'GOOGLE_API_KEY'] as const

/** As the vendor shows them, once: 'whsec_' and the secret's bytes in base64. */
const signingSecrets = z
  .string()
  .transform((text) => text.split(',').flatMap((secret) => secret.trim() || []))
  .refine((secrets) => secrets.every((secret) => /^whsec_[\w+/-]{8,}={0,2}$/.test(secret)), {
    error: "must be signing secrets that begin with 'whsec_'",
  })

const shape = {
  API_BASE_URL: baseUrl(googleUrl),
  /** What its webhooks are signed with; several while one takes the place of another. */
  WEBHOOK_SECRET: signingSecrets.default([]),
  ...accountLimits,
  // A clip takes up to six minutes when many ask.
  TIMEOUT_SECONDS: accountLimits.TIMEOUT_SECONDS.default(900),
}

export type GoogleSettings = z.output<z.ZodObject<typeof shape>> & { readonly key: string }

export const googleEnvironment = {
  ...Object.fromEntries(googleKeyNames.map((name) => [name, apiKey.optional()])),
  ...prefixShape(prefix, shape),
}

export function readGoogleSettings(environment: ProviderEnvironment): GoogleSettings | null {
  const key = googleKeyNames.map((name) => environment[name]).find((value) => typeof value === 'string')
  return typeof key === 'string' ? { ...takeSlice(environment, prefix, shape), key } : null
}

/** Limits alone may come from a copied example: they say nothing. */
export function googleMistakes(environment: ProviderEnvironment): readonly string[] {
  if (readGoogleSettings(environment)) return []
  const { API_BASE_URL, WEBHOOK_SECRET } = takeSlice(environment, prefix, shape)
  const meant = WEBHOOK_SECRET.length > 0 ? 'WEBHOOK_SECRET' : API_BASE_URL !== googleUrl ? 'API_BASE_URL' : null
  return meant ? [`${googleKeyNames[0]}: is not set, but ${prefix}${meant} is`] : []
}
