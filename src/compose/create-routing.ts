/** Models, money and the router: what is known of each, what each costs, and who is chosen. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { type ListModels, listModels } from '../generations/list-models.ts'
import type { Clock, GenerationStore } from '../generations/ports.ts'
import type { WishParts } from '../generations/settle-wishes.ts'
import type { PricedAmount, VendorParts } from '../generations/vendor-parts.ts'
import { createPriceBook, type PriceBook, priceOn } from '../money/price-book.ts'
import { followModelsFile } from '../providers/follow-models-file.ts'
import { followVendorsModels } from '../providers/follow-vendors-models.ts'
import { type Model, sentSeconds } from '../providers/model.ts'
import { createModelRegistry, type ModelRegistry, type RegistryEntry } from '../providers/model-registry.ts'
import type { Provider } from '../providers/provider.ts'
import { type AIServiceRouter, createAIServiceRouter } from '../routing/ai-service-router.ts'
import type { VendorRig } from './vendor-parts.ts'

export interface RoutingParts {
  readonly config: Config
  readonly catalogue: readonly RegistryEntry[]
  readonly store: Pick<GenerationStore, 'queuedWorks' | 'recentPace' | 'slotsOf'>
  readonly clock: Clock
  /** Why nothing is sent to the model at the moment, or null. */
  readonly outage: (model: Model) => string | null
  readonly log: Logger
}

export interface ComposedRouting {
  readonly registry: ModelRegistry
  readonly priceBook: PriceBook
  readonly router: AIServiceRouter
  /** Those that can be called, with the limits that hold at the moment. */
  readonly providers: ReadonlyMap<string, Provider>
  /** Who speaks, in that language, for routes that need a voice; null: nobody but our own renderer. */
  readonly voiceFor: VendorParts['voiceFor']
  readonly wishes: WishParts
  close(): void
}

/** @throws Failure 'models-file-invalid' */
export async function createRouting(parts: RoutingParts): Promise<ComposedRouting> {
  const { config, catalogue, store, clock, outage, log } = parts
  const registry = createModelRegistry({ entries: catalogue, now: clock.now })
  const unfollow = config.modelsFile === undefined ? () => {} : await followModelsFile(registry, config.modelsFile, log)
  const providers = new Map(
    catalogue.flatMap(({ id, provider }) => (provider ? [[id, withLiveLimits(provider, registry)]] : [])),
  )
  const vendors = followVendorsModels(registry, [...providers.values()], log)
  void vendors.ask()
  const close = () => {
    unfollow()
    vendors.close()
  }
  const priceBook = createPriceBook({ currency: config.currency, rates: config.fxRates })
  const voiceFor: ComposedRouting['voiceFor'] = (language) => {
    for (const model of registry.models()) {
      const provider = providers.get(model.provider)
      const isAble = model.kind === 'speech' && model.languages.includes(language) && outage(model) === null
      if (provider && isAble) return { provider, model }
    }
    return null
  }
  const router = createAIServiceRouter({
    models: () => registry.models().filter(({ kind }) => kind !== 'speech'),
    priority: config.providerPriority,
    strategy: config.routingStrategy,
    weights: config.providerWeights,
    quote(model, request) {
      const seconds = sentSeconds(model, request.seconds, request.script)
      const picture = priceBook.quote(model, amountOf(model, seconds), clock.now())?.money ?? null
      const voice = model.drive === 'script' || request.recorded ? null : voiceFor(request.language)
      if (!voice || !picture) return { sentSeconds: seconds, cost: picture }
      const characters = request.script?.length ?? Math.ceil(request.seconds * charactersPerSecond)
      const speech = priceBook.quote(voice.model, { characters }, clock.now())?.money
      return { sentSeconds: seconds, cost: speech ? { ...picture, micros: picture.micros + speech.micros } : null }
    },
    barred: (model, tenantId) => registry.whyNot(model.id, tenantId),
    outage,
    async load({ provider, runsHere }) {
      if (runsHere) return (await store.queuedWorks()).length / config.renderConcurrency
      const places = providers.get(provider)?.limits.maxConcurrent ?? null
      return places === null ? 0 : (await store.slotsOf(provider)).length / places
    },
    pace: (model, quality) => store.recentPace(model.provider, quality),
  })
  const wishes: WishParts = {
    findModel: registry.find,
    whyNot: registry.whyNot,
    currency: config.currency,
    convert: priceBook.convert,
    currencies: [config.currency, ...Object.keys(config.fxRates)],
  }
  return { registry, priceBook, router, providers, voiceFor, wishes, close }
}

/** As speech goes, where only its length is known. */
const charactersPerSecond = 15

/** What of the model is paid for a video of that length. */
export function amountOf({ calls = 1 }: Pick<Model, 'calls'>, seconds: number): PricedAmount {
  return { seconds, calls }
}

/** The models file may change them at any time. */
function withLiveLimits(provider: Provider, registry: ModelRegistry): Provider {
  return {
    ...provider,
    get limits() {
      return registry.limitsOf(provider)
    },
  }
}

/** @param rig knows whose breaker is open */
export function composeModelList({
  config,
  clock,
  routing: { registry, priceBook },
  rig,
}: {
  readonly config: Config
  readonly clock: Clock
  readonly routing: ComposedRouting
  readonly rig: Pick<VendorRig, 'parts' | 'breakers'>
}): ListModels {
  return listModels({
    registry,
    priceOn,
    convert: priceBook.convert,
    money: { currency: config.currency, rates: config.fxRates, ratesOf: config.fxDate ?? null },
    outage: (model) => rig.parts.guard.outage(model),
    // One for the account and one for the model: the worse counts.
    breakerOf({ id, provider }) {
      const states = [id, provider].map((name) => rig.breakers.of(name).state)
      return states.find((state) => state === 'open') ?? states.find((state) => state === 'half-open') ?? 'closed'
    },
    clock,
  })
}
