/** The variables of a Runway account. Its key goes by either of two names: ours, and the one that the vendor's own SDK reads. */
import type { z } from 'zod'
import { accountLimits, accountPrice, baseUrl, priceMistakes } from './account-shape.ts'
import { apiKey, prefixShape, takeSlice } from './environment-slice.ts'
import type { ProviderEnvironment } from './provider-module.ts'

const prefix = 'RUNWAY_'
export const runwayKeyNames = ['RUNWAY_API_KEY', 'RUNWAYML_API_SECRET'] as const
const usualUrl = 'https://api.dev.runwayml.com'

const shape = { API_BASE_URL: baseUrl(usualUrl), ...accountLimits, ...accountPrice }

export type RunwaySettings = z.output<z.ZodObject<typeof shape>>

export const runwayEnvironment: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(runwayKeyNames.map((name) => [name, apiKey.optional()])),
  ...prefixShape(prefix, shape),
}

export function readRunwaySettings(environment: ProviderEnvironment): RunwaySettings & { readonly key?: string } {
  const [key] = keysIn(environment)
  return { ...takeSlice(environment, prefix, shape), ...(key !== undefined && { key }) }
}

/** What was set without what it needs, and two keys of which nobody knows which is meant. */
export function runwayMistakes(environment: ProviderEnvironment): readonly string[] {
  const settings = readRunwaySettings(environment)
  const [first, second] = keysIn(environment)
  const meant = settings.API_BASE_URL !== usualUrl ? 'API_BASE_URL' : settings.PRICE_PER_SECOND && 'PRICE_PER_SECOND'
  return [
    ...(first === undefined && meant ? [`${runwayKeyNames[0]}: is not set, but ${prefix}${meant} is`] : []),
    ...(second !== undefined && second !== first
      ? [`${runwayKeyNames[1]}: is another key than ${runwayKeyNames[0]}`]
      : []),
    ...priceMistakes(settings, prefix),
  ]
}

function keysIn(environment: ProviderEnvironment): readonly string[] {
  return runwayKeyNames.flatMap((name) => (environment[name] as string | undefined) ?? [])
}
