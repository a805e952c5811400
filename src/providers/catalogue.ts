/** Every provider there is to know of, one line each. The order means nothing: routing ranks. */
import { z } from 'zod'
import { elevenLabs } from './elevenlabs.ts'
import { google } from './google.ts'
import { local } from './local.ts'
import type { QualityTier } from './model.ts'
import { nanoBanana } from './nano-banana.ts'
import type { Provider } from './provider.ts'
import type { CatalogueEntry, ProviderEnvironment, ProviderModule, ProviderParts } from './provider-module.ts'
import { runway } from './runway.ts'
import { veo3Account } from './veo3.ts'

const modules: readonly ProviderModule[] = [
  local,
  veo3Account({ id: 'veo3', name: 'Veo3', prefix: 'VEO3_' }),
  veo3Account({ id: 'veo3-backup', name: 'Veo3 (backup account)', prefix: 'VEO3_BACKUP_', onlyWithKey: true }),
  runway,
  google,
  nanoBanana,
  elevenLabs,
]

/** The slices of the environment that providers read, joined for the config. */
export const providersEnvironment = z.object(
  Object.assign({}, ...modules.map(({ environment }) => environment)) as ProviderModule['environment'],
)

/** What is set by halves, each mistake with the name of its variable. */
export function providersMistakes(environment: ProviderEnvironment): readonly string[] {
  return modules.flatMap((module) => module.mistakes?.(environment) ?? [])
}

/** Every provider that may be spoken of, whether or not it can be called. */
export const providerIds: readonly string[] = modules.map(({ id }) => id)

/** Who is preferred where quality and cost leave a choice. */
export const defaultPriority: readonly string[] = ['veo3', 'runway', 'google', 'nano-banana', 'local']

export function createCatalogue(parts: ProviderParts): readonly CatalogueEntry[] {
  return modules.flatMap((module) => module.entry(parts) ?? [])
}

/** The tier of requests that name none: as the most wanted provider that can be called has it. */
export function defaultQuality(catalogue: readonly CatalogueEntry[], priority: readonly string[]): QualityTier {
  for (const id of priority) {
    const entry = catalogue.find((each) => each.id === id && each.provider !== null)
    if (entry?.defaultQuality) return entry.defaultQuality
  }
  return 'standard'
}

/** Those of the catalogue that can be called. */
export function availableProviders(catalogue: readonly CatalogueEntry[]): readonly Provider[] {
  return catalogue.flatMap(({ provider }) => provider ?? [])
}
