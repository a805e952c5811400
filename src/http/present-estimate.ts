/** An estimate as public JSON. */
import type { Alternative } from '../generations/advise-on-budget.ts'
import type { EstimatedOption, WorkEstimate } from '../generations/estimate-work.ts'
import { presentMoney } from '../realtime/present-money.ts'
import type { Route } from '../routing/ai-service-router.ts'
import { presentWarnings } from './present-photo.ts'
import type { PublicEstimate } from './schemas/estimate.ts'

export function presentEstimate({ speech, advice, budget, ...estimate }: WorkEstimate): PublicEstimate {
  return {
    speech: {
      seconds: speech.seconds,
      language: speech.language,
      language_source: speech.languageSource,
      voice: speech.voice,
    },
    quality: estimate.quality,
    options: estimate.options.map(presentOption),
    unable: estimate.unable.map(({ provider, model, why }) => ({ provider, model, why })),
    budget: budget && presentMoney(budget),
    recommendation: {
      provider: advice.route?.provider ?? null,
      model: advice.route?.model.id ?? null,
      why: advice.why,
      alternatives: advice.alternatives.map(presentAlternative),
    },
    warnings: presentWarnings(estimate.warnings),
  }
}

const nameOf = ({ provider, model }: Route) => ({ provider, model: model.id })

function presentOption({ route, quote, ...option }: EstimatedOption): PublicEstimate['options'][number] {
  const { sentSeconds, estimate, model } = route
  return {
    ...nameOf(route),
    tier: model.tier,
    video_seconds: sentSeconds,
    cost: estimate && presentMoney(estimate),
    price: quote && presentPrice(quote.price),
    processing_seconds: option.processingSeconds,
    measured: option.isMeasured,
    within_budget: option.isWithinBudget,
    ranks: option.ranks.map(({ strategy, rank, why }) => ({ strategy, rank, why })),
  }
}

function presentPrice({ micros, currency, unit, label, source, from }: NonNullable<EstimatedOption['quote']>['price']) {
  return { price: presentMoney({ micros, currency }), unit, label, source, from }
}

function presentAlternative(alternative: Alternative): PublicEstimate['recommendation']['alternatives'][number] {
  const { kind, route } = alternative
  return {
    kind,
    ...nameOf(route),
    seconds: kind === 'shorter-script' ? alternative.seconds : null,
    characters: kind === 'shorter-script' ? alternative.characters : null,
    quality: kind === 'lower-quality' ? alternative.quality : null,
    budget: kind === 'larger-budget' ? presentMoney(alternative.budget) : null,
  }
}
