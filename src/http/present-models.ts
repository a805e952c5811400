/** The registry as public JSON. */
import type { ListedModel, ListedPrice, ModelList } from '../generations/list-models.ts'
import type { QualityProfile } from '../providers/quality-profile.ts'
import { presentMoney } from '../realtime/present-money.ts'
import type { PublicModel, PublicModels } from './schemas/model.ts'

export function presentModels({ models, profiles, money, registry }: ModelList): PublicModels {
  return {
    items: models.map(presentModel),
    profiles: {
      economy: presentProfile(profiles.economy),
      standard: presentProfile(profiles.standard),
      premium: presentProfile(profiles.premium),
    },
    money: { currency: money.currency, rates: money.rates, rates_of: money.ratesOf },
    registry: { file: registry.hasFile, loaded_at: registry.loadedAt.toISOString(), error: registry.error },
  }
}

function presentModel({ facts, limits, prices, ...listed }: ListedModel): PublicModel {
  const { seconds } = facts
  const holding = prices.find(({ holds }) => holds)
  return {
    id: facts.id,
    name: facts.name,
    provider: facts.provider,
    provider_name: listed.providerName,
    kind: facts.kind,
    tier: facts.tier,
    capabilities: {
      seconds: seconds && { min: seconds.min, max: seconds.max, whole: seconds.whole ?? false },
      aspect_ratios: facts.aspectRatios === 'any' ? 'any' : [...facts.aspectRatios],
      languages: facts.languages && [...facts.languages],
      drive: facts.drive,
      yields: facts.yields,
      takes_recordings: facts.takesRecordings ?? false,
    },
    limits: limits && {
      requests_per_minute: limits.requestsPerMinute,
      max_concurrent: limits.maxConcurrent,
      timeout_seconds: limits.timeoutSeconds,
      max_file_bytes: limits.maxFileBytes,
    },
    price: holding ? presentPrice(holding) : null,
    other_prices: prices.filter((price) => price !== holding).map(presentPrice),
    aliases: [...listed.aliases],
    share: listed.share,
    notes: facts.notes ?? null,
    available: listed.why === null,
    why: listed.why,
    health: listed.breaker && { breaker: listed.breaker },
  }
}

function presentPrice({ money, unit, label, source, from, converted, holds }: ListedPrice) {
  return {
    price: presentMoney(money),
    unit,
    label,
    source,
    from,
    converted: converted && presentMoney(converted),
    holds,
  }
}

function presentProfile({ shortSide, fps, maxKilobitsPerSecond }: QualityProfile) {
  return { short_side: shortSide, fps, max_kilobits_per_second: maxKilobitsPerSecond }
}
