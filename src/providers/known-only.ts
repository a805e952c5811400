/** Providers that this version knows and cannot call. The first name of a key is the one that is told. */
import { apiKey } from './environment-slice.ts'
import { knownModels } from './known-models.ts'
import type { ProviderModule } from './provider-module.ts'

export function knownOnly({
  id,
  name,
  keyNames,
}: {
  readonly id: string
  readonly name: string
  readonly keyNames: readonly string[]
}): ProviderModule {
  return {
    id,
    environment: Object.fromEntries(keyNames.map((keyName) => [keyName, apiKey.optional()])),
    entry: ({ environment }) => ({
      id,
      name,
      keyNames,
      models: knownModels.filter(({ provider }) => provider === id),
      provider: null,
      missing: keyNames.some((keyName) => environment[keyName] !== undefined)
        ? 'its key is set, but this version has no adapter for it yet'
        : `${keyNames[0]} is not set, and this version has no adapter for it yet`,
    }),
  }
}
