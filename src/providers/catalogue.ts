/** Every provider there is to know of, one line each. The order means nothing: routing ranks. */
import { z } from 'zod'
import type { Ask } from '../network/ask.ts'
import { apiKey } from './environment-slice.ts'
import { knownModels } from './known-models.ts'
import { createLocalProvider, type LocalRender, localEnvironment, localModel } from './local.ts'
import type { QualityTier } from './model.ts'
import type { ModelFacts } from './model-facts.ts'
import type { Provider } from './provider.ts'
import type { QualityProfiles } from './quality-profile.ts'
import { createVeo3Provider, veo3Model } from './veo3.ts'
import { readVeo3Settings, veo3Environment, veo3Mistakes } from './veo3-settings.ts'

/** Accounts that speak the veo3 contract. The second is there when its key is. */
const veo3Accounts = [
  { id: 'veo3', name: 'Veo3', prefix: 'VEO3_' },
  { id: 'veo3-backup', name: 'Veo3 (backup account)', prefix: 'VEO3_BACKUP_' },
] as const

/** Providers that this version knows and cannot call. The first name of a key is the one that is told. */
const withoutAdapter = [
  { id: 'runway', name: 'Runway', keyNames: ['RUNWAY_API_KEY', 'RUNWAYML_API_SECRET'] },
  { id: 'google', name: 'Google', keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'] },
  { id: 'nano-banana', name: 'Nano Banana', keyNames: ['NANO_BANANA_API_KEY', 'NANOBANANA_API_KEY'] },
] as const

type KeyName = (typeof withoutAdapter)[number]['keyNames'][number]
const keyNames = withoutAdapter.flatMap((each) => each.keyNames)
const keys = Object.fromEntries(keyNames.map((name) => [name, apiKey.optional()])) as Record<
  KeyName,
  z.ZodOptional<typeof apiKey>
>

/** The slices of the environment that providers read, joined for the config. */
export const providersEnvironment = z.object({
  ...localEnvironment.shape,
  ...veo3Environment('VEO3_'),
  ...veo3Environment('VEO3_BACKUP_'),
  ...keys,
})

type ProvidersEnvironment = z.infer<typeof providersEnvironment>

/** What is set by halves, each mistake with the name of its variable. */
export function providersMistakes(environment: ProvidersEnvironment): readonly string[] {
  return veo3Accounts.flatMap(({ prefix }) => veo3Mistakes(environment, prefix))
}

/** Every provider that may be spoken of, whether or not it can be called. */
export const providerIds: readonly string[] = ['local', ...[...veo3Accounts, ...withoutAdapter].map(({ id }) => id)]

/** Who is preferred where quality and cost leave a choice. */
export const defaultPriority: readonly string[] = ['veo3', 'runway', 'google', 'nano-banana', 'local']

export interface ProviderParts {
  readonly environment: ProvidersEnvironment
  readonly ask: Ask
  readonly render: LocalRender
  /** Primary language subtags that the voices on this machine speak. */
  readonly languages: readonly string[]
  /** Fails where nothing could be rendered on this machine. */
  readonly checkRenderer?: (signal: AbortSignal) => Promise<void>
  readonly now: () => Date
  /** What the tiers mean at the moment. */
  readonly profiles?: () => QualityProfiles
}

export interface CatalogueEntry {
  readonly id: string
  readonly name: string
  /** Variables of which any one holds its key; empty: it needs none. */
  readonly keyNames: readonly string[]
  /** Null: not available here; `missing` says why. */
  readonly provider: Provider | null
  /** What is made where a request does not say, as this provider's variables have it. */
  readonly defaultQuality?: QualityTier
  /** What is missing for it to be available, in the middle of a sentence; null: nothing. */
  readonly missing: string | null
  /** What is known of its models, also of those that cannot be called. */
  readonly models: readonly ModelFacts[]
}

export function createCatalogue(parts: ProviderParts): readonly CatalogueEntry[] {
  const { environment } = parts
  return [
    {
      id: 'local',
      name: 'Local renderer',
      keyNames: [],
      models: [localModel(parts.languages)],
      ...(environment.LOCAL_RENDERER
        ? { provider: createLocalProvider(parts), missing: null }
        : { provider: null, missing: 'LOCAL_RENDERER is false' }),
    },
    ...veo3Accounts.flatMap((account) => veo3Entry(account, parts)),
    ...withoutAdapter.map((entry) => ({
      ...entry,
      models: knownModels.filter(({ provider }) => provider === entry.id),
      provider: null,
      missing: entry.keyNames.some((name) => environment[name] !== undefined)
        ? 'its key is set, but this version has no adapter for it yet'
        : `${entry.keyNames[0]} is not set, and this version has no adapter for it yet`,
    })),
  ]
}

function veo3Entry(
  { id, name, prefix }: (typeof veo3Accounts)[number],
  { environment, ask, languages, now }: ProviderParts,
): readonly CatalogueEntry[] {
  const { API_KEY, ...settings } = readVeo3Settings(environment, prefix)
  const models = [veo3Model({ id, name, settings, languages })]
  const entry = { id, name, keyNames: [`${prefix}API_KEY`], models }
  if (API_KEY !== undefined) {
    const provider = createVeo3Provider({ id, name, settings: { ...settings, API_KEY }, ask, languages, now })
    return [{ ...entry, provider, missing: null, defaultQuality: settings.DEFAULT_QUALITY }]
  }
  const isFirst = id === veo3Accounts[0].id
  return isFirst ? [{ ...entry, provider: null, missing: `${prefix}API_KEY is not set` }] : []
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
