/**
 * What a video would cost and how long it would take, with each model that can make it, before there is a photo. Routes as a
 * generation would be routed; the budget keeps nothing from being shown.
 */
import { Failure } from '../errors.ts'
import type { Quote } from '../money/price-book.ts'
import type { Model } from '../providers/model.ts'
import type { AIServiceRouter, Route, RouteRequest, Routing, Strategy } from '../routing/ai-service-router.ts'
import { type Advice, adviseOn } from './advise-on-budget.ts'
import { expectedWork, inTenths } from './expected-work.ts'
import type { LanguageSource, Money, QualityTier, Settings } from './generation.ts'
import { primaryLanguage } from './language.ts'
import type { GenerationStore, NewId, SpeechMeter } from './ports.ts'
import { preflightScript } from './preflight-script.ts'
import { routeRequest } from './route-request.ts'
import { type AskedMoney, settleWishes, type WishParts } from './settle-wishes.ts'
import type { Warning } from './use-cases.ts'

/** The words themselves, or how long they take to say. */
export type EstimatedSpeech = { readonly script: string } | { readonly seconds: number }

export interface EstimateRequest {
  readonly tenantId: string
  readonly speech: EstimatedSpeech
  /** `model` under any of its names. */
  readonly settings: Settings
  /** Whether the words come as somebody's recording. */
  readonly recorded: boolean
  /** Empty: the installation's. The first decides what is recommended. */
  readonly strategies: readonly Strategy[]
  readonly budget?: AskedMoney
  readonly signal?: AbortSignal
}

export interface EstimatedOption {
  readonly route: Route
  /** What the cost comes from; null: no price is known. */
  readonly quote: Quote | null
  /** From the start of processing. */
  readonly processingSeconds: number
  /** Whether that is as measured on this installation, not as is typical. */
  readonly isMeasured: boolean
  /** Null: there is no budget. */
  readonly isWithinBudget: boolean | null
  readonly ranks: readonly { readonly strategy: Strategy; readonly rank: number; readonly why: string }[]
}

export interface WorkEstimate {
  readonly speech: {
    readonly seconds: number
    readonly language: string
    readonly languageSource: LanguageSource | null
    readonly voice: string | null
  }
  readonly quality: QualityTier
  /** In the order of the first strategy. */
  readonly options: readonly EstimatedOption[]
  readonly unable: readonly { readonly provider: string; readonly model: string; readonly why: string }[]
  readonly budget: Money | null
  readonly advice: Advice
  readonly warnings: readonly Warning[]
}

/** @throws Failure as settleWishes and preflightScript, 'script-too-long' excepted */
export type EstimateWork = (request: EstimateRequest) => Promise<WorkEstimate>

export interface EstimateParts {
  readonly router: AIServiceRouter
  readonly speech: SpeechMeter
  readonly store: Pick<GenerationStore, 'recentPace'>
  readonly quote: (model: Model, videoSeconds: number) => Quote | null
  /** What would be asked of the model for speech of that length. */
  readonly sentSeconds: (model: Model, speechSeconds: number) => number
  /** The longest speech that any model takes. */
  readonly longestSeconds: () => number
  /** Models that the router never sees, and why. */
  readonly absent: () => WorkEstimate['unable']
  readonly wishes: WishParts
  readonly newId: NewId
}

export function estimateWork(parts: EstimateParts): EstimateWork {
  return async (request) => {
    const { tenantId, strategies, budget: asked } = request
    const { model } = request.settings
    const wishes = { ...(model !== undefined && { model }), ...(asked && { costLimit: asked }) }
    const settled = settleWishes(parts.wishes, tenantId, wishes)
    const speech = await measure(parts, request)
    const settings: Settings = {
      ...request.settings,
      language: speech.language,
      ...(settled.settings.model !== undefined && { model: settled.settings.model }),
    }
    const work = { tenantId, id: parts.newId('est') }
    const wanted = {
      ...routeRequest(work, settings, speech.seconds, scriptOf(request.speech)),
      recorded: request.recorded,
    }
    const routings = await rankBy(parts.router, wanted, strategies)
    const budget = settled.settings.costLimit ?? null
    const longest = parts.longestSeconds()
    // Who could do it if it were shorter.
    const ifShorter =
      routings[0]!.routes.length === 0 && speech.seconds > longest
        ? (await parts.router.choose({ ...wanted, seconds: longest }, [])).routes[0]
        : undefined
    const options = await Promise.all(
      routings[0]!.routes.map((route) => toOption(parts, settings.quality, route, routings, budget)),
    )
    return {
      speech,
      quality: settings.quality,
      options,
      unable: whoIsUnable(parts, routings[0]!, settled.settings.model),
      budget,
      advice: adviseOn({
        options,
        quality: settings.quality,
        speechSeconds: speech.seconds,
        script: 'script' in request.speech ? request.speech.script : null,
        budget,
        ...(ifShorter && { ifShorter: { route: ifShorter, seconds: longest } }),
        cost: (route, seconds) => parts.quote(route.model, parts.sentSeconds(route.model, seconds))?.money ?? null,
      }),
      warnings: settled.warnings,
    }
  }
}

const scriptOf = (speech: EstimatedSpeech) => ('script' in speech ? speech.script : undefined)

async function measure(
  { speech }: EstimateParts,
  { speech: given, settings, signal }: EstimateRequest,
): Promise<WorkEstimate['speech']> {
  if ('seconds' in given) {
    const language = settings.language === null ? 'en' : primaryLanguage(settings.language)
    return { seconds: inTenths(given.seconds), language, languageSource: null, voice: settings.voice }
  }
  try {
    const { seconds, ...verdict } = await preflightScript(given.script, settings, speech, signal)
    return { ...verdict, seconds: inTenths(seconds) }
  } catch (error) {
    // That it is too long for each model is what the answer says.
    if (!(error instanceof Failure) || error.reason !== 'script-too-long') throw error
    const { seconds, ...verdict } = await preflightScript(
      given.script,
      { ...settings, maxSeconds: 86_400 },
      speech,
      signal,
    )
    return { ...verdict, seconds: inTenths(seconds) }
  }
}

/** At least one; the first is the one that counts. */
async function rankBy(
  router: AIServiceRouter,
  wanted: RouteRequest,
  strategies: readonly Strategy[],
): Promise<readonly Routing[]> {
  if (strategies.length === 0) return [await router.choose(wanted, [])]
  return Promise.all(strategies.map((strategy) => router.choose({ ...wanted, strategy }, [])))
}

async function toOption(
  { store, quote }: EstimateParts,
  quality: QualityTier,
  route: Route,
  routings: readonly Routing[],
  budget: Money | null,
): Promise<EstimatedOption> {
  const pace = await store.recentPace(route.provider, quality)
  const { estimate } = route
  return {
    route,
    quote: quote(route.model, route.sentSeconds),
    processingSeconds: expectedWork(route.model, quality, route.sentSeconds, pace),
    isMeasured: pace !== null,
    isWithinBudget: budget && estimate !== null && estimate.micros <= budget.micros,
    ranks: routings.flatMap(({ strategy, routes }) => {
      const place = routes.findIndex(({ model: { id } }) => id === route.model.id)
      return place === -1 ? [] : [{ strategy, rank: place + 1, why: routes[place]!.why }]
    }),
  }
}

function whoIsUnable(
  { absent }: EstimateParts,
  { routes, trace }: Routing,
  named: string | undefined,
): WorkEstimate['unable'] {
  const able = new Set(routes.map(({ model: { id } }) => id))
  const considered = trace.filter(({ model }) => !able.has(model))
  return [...considered, ...absent()]
    .filter(({ model }) => named === undefined || model === named)
    .map(({ provider, model, why }) => ({ provider, model, why }))
}
