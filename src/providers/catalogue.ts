/** Every provider there is to know of, one line each. The order means nothing: routing ranks. */
import { z } from 'zod'
import { apiKey } from './environment-slice.ts'
import { createLocalProvider, type LocalRender, localEnvironment } from './local.ts'
import type { Provider } from './provider.ts'

/** Providers that this version knows and cannot call. The first name of a key is the one that is told. */
const withoutAdapter = [
  { id: 'veo3', name: 'Veo3', keyNames: ['VEO3_API_KEY'] },
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
export const providersEnvironment = z.object({ ...localEnvironment.shape, ...keys })

/** Who is preferred where quality and cost leave a choice. */
export const defaultPriority: readonly string[] = ['veo3', 'runway', 'google', 'nano-banana', 'local']

export interface ProviderParts {
  readonly environment: z.infer<typeof providersEnvironment>
  readonly render: LocalRender
  /** Primary language subtags that the voices on this machine speak. */
  readonly languages: readonly string[]
}

export interface CatalogueEntry {
  readonly id: string
  readonly name: string
  /** Variables of which any one holds its key; empty: it needs none. */
  readonly keyNames: readonly string[]
  /** Null: not available here; `missing` says why. */
  readonly provider: Provider | null
  /** What is missing for it to be available, in the middle of a sentence; null: nothing. */
  readonly missing: string | null
}

export function createCatalogue({ environment, render, languages }: ProviderParts): readonly CatalogueEntry[] {
  return [
    {
      id: 'local',
      name: 'Local renderer',
      keyNames: [],
      ...(environment.LOCAL_RENDERER
        ? { provider: createLocalProvider({ render, languages }), missing: null }
        : { provider: null, missing: 'LOCAL_RENDERER is false' }),
    },
    ...withoutAdapter.map((entry) => ({
      ...entry,
      provider: null,
      missing: entry.keyNames.some((name) => environment[name] !== undefined)
        ? 'its key is set, but this version has no adapter for it yet'
        : `${entry.keyNames[0]} is not set, and this version has no adapter for it yet`,
    })),
  ]
}

/** Those of the catalogue that can be called. */
export function availableProviders(catalogue: readonly CatalogueEntry[]): readonly Provider[] {
  return catalogue.flatMap(({ provider }) => provider ?? [])
}
