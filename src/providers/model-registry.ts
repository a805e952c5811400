/**
 * The live list of models: what the catalogue knows, changed by the file of whoever runs this installation. Everything asks
 * here anew each time, so that a changed file counts from the next request on.
 */
import { createHash } from 'node:crypto'
import { Failure } from '../errors.ts'
import type { Model } from './model.ts'
import type { ModelFacts } from './model-facts.ts'
import { type KnownNames, type ModelOverride, type ModelsFile, noOverrides, readModelsFile } from './models-file.ts'
import type { Provider, ProviderLimits } from './provider.ts'
import { type QualityProfiles, usualProfiles } from './quality-profile.ts'
import { plainName, seedNames } from './seed-names.ts'

/** A provider of the catalogue, as far as the registry looks at it. */
export interface RegistryEntry {
  readonly id: string
  readonly name: string
  /** Null: it cannot be called. */
  readonly provider: Provider | null
  /** Why it cannot be called. */
  readonly missing: string | null
  /** What is known of its models, also of those that cannot be called. */
  readonly models: readonly ModelFacts[]
}

export interface RegisteredModel {
  readonly facts: ModelFacts
  readonly providerName: string
  /** Other names that may be asked for. */
  readonly aliases: readonly string[]
  /** Share of the tenants that get it, 0..1. */
  readonly share: number
  /** Null where it cannot be called. */
  readonly callable: Model | null
  readonly limits: ProviderLimits | null
  /** Why nobody gets it: its provider cannot be called, or it is switched off; null when it is there. */
  readonly missing: string | null
}

export interface RegistryState {
  /** Whether there is a file at all. */
  readonly hasFile: boolean
  readonly loadedAt: Date
  /** What is wrong with the file as it is now: the last good one counts. */
  readonly error: string | null
}

/** What a name in a request means. */
export type NamedModel =
  | { readonly kind: 'model'; readonly id: string; readonly warning: string | null }
  | { readonly kind: 'unknown'; readonly why: string | null; readonly known: readonly string[] }

export interface ModelRegistry {
  list(): readonly RegisteredModel[]
  /** Those that can be called. */
  models(): readonly Model[]
  find(name: string): NamedModel
  /** Why that tenant does not get the model, or null. */
  whyNot(id: string, tenantId: string): string | null
  profiles(): QualityProfiles
  limitsOf(provider: Provider): ProviderLimits
  state(): RegistryState
  /** Ids of models that their vendors do not know (any more); all that are not named are there. */
  setGone(ids: ReadonlySet<string>): void
  /** Takes the text of the file; a wrong one changes nothing but `state().error`. @throws Failure 'models-file-invalid' */
  load(text: string): void
  /** The file cannot be had at all: what was before stays in force. */
  refuse(mistake: string): void
}

export function createModelRegistry({
  entries,
  now,
}: {
  readonly entries: readonly RegistryEntry[]
  readonly now: () => Date
}): ModelRegistry {
  const callable = entries.flatMap(({ provider }) => provider?.models ?? [])
  const facts = entries.flatMap(({ models }) => models)
  const names = namesOf(facts)
  let file = noOverrides
  let hasFile = false
  let loadedAt = now()
  let error: string | null = null
  let registered = register()
  let gone: ReadonlySet<string> = new Set()
  /** What the file says, and what time and vendors have made of it since. */
  const current = () =>
    registered.map((each) => {
      const ended = whyEnded(each.facts, now(), gone)
      return ended === null ? each : { ...each, callable: null, missing: ended }
    })

  function register(): readonly RegisteredModel[] {
    return facts.map((each) => {
      const entry = entries.find(({ id }) => id === each.provider)!
      const override: ModelOverride = file.models[each.id] ?? {}
      const model = callable.find(({ id }) => id === each.id)
      const missing = model === undefined ? (entry.missing ?? 'this version cannot call it') : null
      const off = override.enabled === false ? 'it is switched off here' : null
      return {
        facts: withOverride(each, override),
        providerName: entry.name,
        aliases: aliasesOf(each.id, file),
        share: override.share ?? 1,
        callable: model && off === null ? withOverride(model, override) : null,
        limits: entry.provider && limitsOf(entry.provider, file),
        missing: missing ?? off,
      }
    })
  }

  return {
    list: current,
    models: () => current().flatMap(({ callable: model }) => model ?? []),

    find(name) {
      const plain = plainName(name)
      const own = registered.find(({ facts: { id } }) => plainName(id) === plain)
      if (own) return { kind: 'model', id: own.facts.id, warning: null }
      const named = registered.find(({ facts: { id } }) =>
        (file.models[id]?.aliases ?? []).some((alias) => plainName(alias) === plain),
      )
      if (named) return { kind: 'model', id: named.facts.id, warning: null }
      const seed = Object.entries(seedNames).find(([key]) => plainName(key) === plain)?.[1]
      const known = registered.map(({ facts: { id } }) => id)
      if (seed?.id && known.includes(seed.id)) return { kind: 'model', id: seed.id, warning: seed.note }
      return { kind: 'unknown', why: seed?.note ?? null, known }
    },

    whyNot(id, tenantId) {
      const model = current().find(({ facts }) => facts.id === id)
      if (!model) return 'it is not known here'
      if (model.missing !== null) return model.missing
      return isInShare(tenantId, id, model.share)
        ? null
        : 'it is given to a part of the users only, and you are not one of them'
    },

    profiles: () => profilesOf(file),
    limitsOf: (provider) => limitsOf(provider, file),
    state: () => ({ hasFile, loadedAt, error }),
    setGone(ids) {
      gone = ids
    },

    load(text) {
      hasFile = true
      try {
        file = readModelsFile(text, names)
      } catch (mistake) {
        if (mistake instanceof Failure) error = mistake.message
        throw mistake
      }
      error = null
      loadedAt = now()
      registered = register()
    },

    refuse(mistake) {
      error = mistake
    },
  }

  function namesOf(all: readonly ModelFacts[]): KnownNames {
    const seeds = Object.entries(seedNames).flatMap(([name, { id }]) =>
      id === null ? [] : [[plainName(name), id] as const],
    )
    return {
      models: all.map(({ id }) => id),
      providers: entries.map(({ id }) => id),
      seconds: new Map(all.map(({ id, seconds }) => [id, seconds])),
      taken: new Map([...seeds, ...all.map(({ id }) => [plainName(id), id] as const)]),
      plainName,
    }
  }
}

function withOverride<T extends ModelFacts>(model: T, { tier, price, seconds, notes }: ModelOverride): T {
  return {
    ...model,
    ...(tier && { tier }),
    ...(notes !== undefined && { notes }),
    ...(seconds && model.seconds && { seconds: { ...model.seconds, ...definedOf(seconds) } }),
    ...(price && { prices: [...model.prices, ...price] }),
  }
}

/** Why it is no route any more; another one is named, never taken instead. */
function whyEnded({ id, retires }: ModelFacts, now: Date, gone: ReadonlySet<string>): string | null {
  const instead = retires?.replacedBy ? `; ask for ${retires.replacedBy} instead` : ''
  if (retires && now.toISOString().slice(0, 10) >= retires.on) return `its vendor ended it on ${retires.on}${instead}`
  return gone.has(id) ? `its vendor does not know it (any more)${instead}` : null
}

function aliasesOf(id: string, { models }: ModelsFile): readonly string[] {
  const seeds = Object.entries(seedNames).flatMap(([name, seed]) => (seed.id === id ? [name] : []))
  return [...(models[id]?.aliases ?? []), ...seeds]
}

function limitsOf({ id, limits }: Provider, { providers }: ModelsFile): ProviderLimits {
  const { requests_per_minute, max_concurrent, timeout_seconds, max_file_mb } = providers[id]?.limits ?? {}
  return {
    requestsPerMinute: requests_per_minute === undefined ? limits.requestsPerMinute : requests_per_minute,
    maxConcurrent: max_concurrent === undefined ? limits.maxConcurrent : max_concurrent,
    timeoutSeconds: timeout_seconds ?? limits.timeoutSeconds,
    maxFileBytes: max_file_mb === undefined ? limits.maxFileBytes : max_file_mb * 1024 ** 2,
  }
}

function profilesOf({ profiles }: ModelsFile): QualityProfiles {
  const merged = (tier: keyof QualityProfiles) => {
    const usual = usualProfiles[tier]
    const { short_side, fps, max_kilobits_per_second } = profiles[tier] ?? {}
    return {
      shortSide: short_side ?? usual.shortSide,
      fps: fps ?? usual.fps,
      maxKilobitsPerSecond: max_kilobits_per_second ?? usual.maxKilobitsPerSecond,
    }
  }
  return { economy: merged('economy'), standard: merged('standard'), premium: merged('premium') }
}

/** The same tenants each time, others for each model. */
function isInShare(tenantId: string, id: string, share: number): boolean {
  const place = createHash('sha256').update(`${id} ${tenantId}`).digest().readUIntBE(0, 6) / 2 ** 48
  return place < share
}

function definedOf(range: { readonly min?: number | undefined; readonly max?: number | undefined }) {
  return {
    ...(range.min !== undefined && { min: range.min }),
    ...(range.max !== undefined && { max: range.max }),
  }
}
