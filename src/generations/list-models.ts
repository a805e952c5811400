/** Every model that is known, what it can do and cost, and whether the one who asks can have it now. */
import type { Price } from '../providers/model.ts'
import type { ModelFacts } from '../providers/model-facts.ts'
import type { ModelRegistry, RegistryState } from '../providers/model-registry.ts'
import type { ProviderLimits } from '../providers/provider.ts'
import type { QualityProfiles } from '../providers/quality-profile.ts'
import type { Money } from './generation.ts'
import type { Clock } from './ports.ts'

type FactPrice = ModelFacts['prices'][number]

export interface ListedPrice extends Omit<FactPrice, 'micros' | 'currency'> {
  readonly money: Money
  /** In the installation's currency; null when no rate is known. */
  readonly converted: Money | null
  /** Whether it is the one that is counted with today. */
  readonly holds: boolean
}

export type BreakerPosition = 'closed' | 'half-open' | 'open'

export interface ListedModel {
  readonly facts: ModelFacts
  readonly providerName: string
  readonly prices: readonly ListedPrice[]
  readonly limits: ProviderLimits | null
  readonly aliases: readonly string[]
  /** Part of the users who get it, 0..1. */
  readonly share: number
  /** Why the one who asks does not get it now; null: it is there. */
  readonly why: string | null
  /** Null where it cannot be called. */
  readonly breaker: BreakerPosition | null
}

export interface ModelList {
  readonly models: readonly ListedModel[]
  readonly profiles: QualityProfiles
  readonly money: MoneyFacts
  readonly registry: RegistryState
}

export interface MoneyFacts {
  /** ISO 4217: what this installation counts in. */
  readonly currency: string
  /** What one unit of another currency is worth, as a decimal. */
  readonly rates: Readonly<Record<string, string>>
  /** ISO day of the rates; null when there are none. */
  readonly ratesOf: string | null
}

export interface ModelFilter {
  readonly kind?: ModelFacts['kind']
  readonly available?: boolean
}

export type ListModels = (tenantId: string, filter: ModelFilter) => ModelList

export interface ModelListParts {
  readonly registry: Pick<ModelRegistry, 'list' | 'whyNot' | 'profiles' | 'state'>
  /** Of several prices the one that holds at that moment. */
  readonly priceOn: <P extends Pick<Price, 'label' | 'from'>>(prices: readonly P[], at: Date) => P | null
  readonly convert: (money: Money) => Money | null
  readonly money: MoneyFacts
  /** Why nothing is sent to the model at the moment, or null. */
  readonly outage: (model: Pick<ModelFacts, 'id' | 'provider'>) => string | null
  readonly breakerOf: (model: Pick<ModelFacts, 'id' | 'provider'>) => BreakerPosition
  readonly clock: Clock
}

export function listModels(parts: ModelListParts): ListModels {
  const { registry, priceOn, convert, outage, breakerOf, clock } = parts
  const listPrices = ({ prices }: ModelFacts): readonly ListedPrice[] => {
    const holding = priceOn(prices, clock.now())
    return prices.map((price) => {
      const { micros, currency, ...rest } = price
      const money = { micros, currency }
      return { ...rest, money, converted: convert(money), holds: price === holding }
    })
  }
  return (tenantId, { kind, available }) => ({
    models: registry
      .list()
      .map(({ facts, callable, missing: _, ...rest }) => ({
        ...rest,
        facts,
        prices: listPrices(facts),
        why: registry.whyNot(facts.id, tenantId) ?? outage(facts),
        breaker: callable && breakerOf(facts),
      }))
      .filter(({ facts }) => kind === undefined || facts.kind === kind)
      .filter(({ why }) => available === undefined || (why === null) === available),
    profiles: registry.profiles(),
    money: parts.money,
    registry: registry.state(),
  })
}
