/** How a request would be done: the route, what it should cost and take, and whether there is room for it in time. */
import { Failure } from '../errors.ts'
import type { AskedSettings, Provider } from '../providers/provider.ts'
import type { AIServiceRouter, Route } from '../routing/ai-service-router.ts'
import { bestRoute } from './best-route.ts'
import { expectedWork, inTenths } from './expected-work.ts'
import type { Adjustment, Estimate, Money, QueuePlace } from './generation.ts'
import type { GenerationStore } from './ports.ts'
import type { ScriptVerdict } from './preflight-script.ts'
import { admit, admitToProvider, type QueueLimits } from './queue.ts'
import type { GenerationRequest } from './use-cases.ts'

export interface PlanParts {
  readonly store: GenerationStore
  readonly router: AIServiceRouter
  readonly providers: ReadonlyMap<string, Provider>
  readonly queue: QueueLimits
  /** ISO 4217: what this installation counts in. */
  readonly currency: string
}

/** How it would be done, as far as known before a face was looked for. */
export interface Plan {
  readonly route: Route
  readonly estimate: Estimate
}

/** @throws Failure as `bestRoute` and `admit` */
export async function planWork(
  parts: PlanParts,
  request: GenerationRequest,
  script: ScriptVerdict,
  workId: string,
): Promise<Plan> {
  const work = { tenantId: request.caller.tenantId, id: workId }
  const settings = { ...request.settings, language: script.language }
  // The worker routes by what is kept: a cost limit that is enough here must be enough there.
  const seconds = inTenths(script.seconds)
  const route = await bestRoute(parts.router, work, settings, seconds, request.script)
  if (request.budget) requireWithin(request.budget, route)
  const plan = { route, estimate: await estimate(parts, request, route, seconds) }
  // Asked again in the transaction; here it spares whoever would be sent away anyhow the look at their photo.
  await placeFor(parts.store, parts, request, plan)
  const maxConcurrent = parts.providers.get(route.provider)?.limits.maxConcurrent
  if (maxConcurrent) {
    const { timeoutSeconds } = settings
    const { processingSeconds } = plan.estimate
    await admitToProvider(parts, route.provider, maxConcurrent, { timeoutSeconds, processingSeconds })
  }
  return plan
}

/** Null where nothing has to be waited for. @throws Failure 'queue-full' */
export async function placeFor(
  store: Pick<GenerationStore, 'queuedWorks'>,
  { queue }: PlanParts,
  { settings }: GenerationRequest,
  { route, estimate }: Plan,
): Promise<QueuePlace | null> {
  if (!route.model.runsHere) return null
  const { priority, timeoutSeconds } = settings
  const { processingSeconds } = estimate
  return admit({ store, queue }, { priority, timeoutSeconds, processingSeconds })
}

/** What of the request the route will do otherwise than asked. */
export function adjustments(
  providers: ReadonlyMap<string, Provider>,
  route: Route,
  { settings, script }: GenerationRequest,
  { language, voice, seconds: speechSeconds }: ScriptVerdict,
  photo: AskedSettings['photo'],
): readonly Adjustment[] {
  const { pitch, languageSource: _, recordingSha256, ...rest } = settings
  const recorded = recordingSha256 !== undefined
  return (
    providers.get(route.provider)?.adjust({
      ...rest,
      model: route.model.id,
      photo,
      script,
      pitchSemitones: pitch,
      language,
      voice,
      recorded,
      speechSeconds,
    }) ?? []
  )
}

async function estimate(
  parts: PlanParts,
  { settings }: GenerationRequest,
  route: Route,
  seconds: number,
): Promise<Estimate> {
  const pace = await parts.store.recentPace(route.provider, settings.quality)
  return {
    videoSeconds: seconds,
    processingSeconds: expectedWork(route.model, settings.quality, route.sentSeconds, pace),
    cost: route.estimate ?? { micros: 0, currency: parts.currency },
  }
}

/** The model is chosen as for a request alone: the worker will choose it so again. */
function requireWithin(budget: Money, { estimate }: Route): void {
  if (estimate && estimate.micros <= budget.micros) return
  const left = presentAmount(budget)
  throw new Failure('INVALID_REQUEST', {
    reason: 'cost-limit-too-low',
    message: `It would cost ${estimate ? presentAmount(estimate) : 'nobody knows how much'}; ${left} is left of the limit of the batch.`,
    hint: 'Raise the cost_limit of the batch, leave others out of it, or name a cheaper model.',
  })
}

function presentAmount({ micros, currency }: Money): string {
  return `${(micros / 1e6).toFixed(2)} ${currency}`
}
