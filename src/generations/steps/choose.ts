/** Picks the best route not tried yet and opens an attempt on it. Falling back is this step again. */
import { Failure } from '../../errors.ts'
import type { Model } from '../../providers/model.ts'
import type { Routing } from '../../routing/ai-service-router.ts'
import { providersDown } from '../best-route.ts'
import { commitStep, type StepCommit } from '../commit-step.ts'
import { nextPreparation } from '../preparations.ts'
import { routeRequest } from '../route-request.ts'
import type { Attempt, Work } from '../work.ts'
import type { RunStep, StepParts } from './step.ts'

export const choose: RunStep = async (parts, work) => {
  const attempts = await parts.store.listAttempts(work.id)
  const { settings } = work
  const routing = await routesLeft(parts, work, attempts)
  const { trace } = routing
  const [route] = routing.routes
  const before = attempts.at(-1)
  if (!route) {
    if (routing.isOutage) throw providersDown(routing)
    throw new Failure('INVALID_MODEL', {
      reason: 'no-able-model',
      message: 'No configured model can do this any more.',
    })
  }

  const now = parts.clock.now()
  const ordinal = attempts.length + 1
  const { generationIds } = await commitStep(parts, work, {
    changes: { routeTrace: [...work.routeTrace, ...trace], runsHere: route.model.runsHere },
    events: [
      ...(before?.failure
        ? [{ type: 'fallback', from: before.provider, to: route.provider, error: before.failure } as const]
        : []),
      { type: 'step', step: 'choose', attempt: ordinal, provider: route.provider },
    ],
    next: firstStep(parts, work, route.model),
    write: (tx) =>
      tx.insertAttempt({
        id: parts.newId('att'),
        workId: work.id,
        ordinal,
        provider: route.provider,
        model: route.model.id,
        state: 'open',
        failure: null,
        sentSeconds: route.sentSeconds,
        estimate: route.estimate,
        cost: null,
        costBearer: null,
        slot: null,
        slotAt: null,
        createdAt: now,
        finishedAt: null,
      }),
  })
  if (ordinal === 1) {
    parts.log.info(
      {
        event: 'generation_started',
        work_id: work.id,
        generation_ids: generationIds,
        tenant_id: work.tenantId,
        request_id: work.requestId,
        provider: route.provider,
        model: route.model.id,
        quality: settings.quality,
        estimated_seconds: work.estimate.videoSeconds,
        estimated_cost_micros: route.estimate?.micros ?? null,
        currency: route.estimate?.currency ?? null,
      },
      'generation started',
    )
  }
  parts.at('chosen')
}

function firstStep(parts: StepParts, work: Work, model: Model): NonNullable<StepCommit['next']> {
  const need = nextPreparation(parts, work, model, [])
  return need === null ? { step: 'start', runsHere: model.runsHere } : { step: 'prepare', runsHere: need !== 'voice' }
}

/**
 * What the router would offer now, the models already tried left out. What an earlier vendor may still be paid counts
 * against the cost limit; where one found the photo too large, only our own machine is sure to take it.
 */
export async function routesLeft(
  { router, failureTable }: Pick<StepParts, 'router' | 'failureTable'>,
  work: Work,
  attempts: readonly Attempt[],
): Promise<Routing> {
  const unsettled = attempts.filter(({ state }) => state === 'expired' || state === 'unknown')
  const spent = unsettled.reduce((sum, attempt) => sum + (attempt.estimate?.micros ?? 0), 0)
  const { costLimit } = work.settings
  const left = costLimit && { costLimit: { ...costLimit, micros: Math.max(0, costLimit.micros - spent) } }
  const failedProviders = attempts.flatMap(({ provider, failure }) =>
    failure?.fault && failureTable[failure.fault].ofProvider ? [provider] : [],
  )
  const request = routeRequest(work, { ...work.settings, ...left }, work.estimate.videoSeconds, work.script)
  const tried = attempts.map(({ model }) => model)
  const routing = await router.choose({ ...request, failedProviders }, tried)
  const needsRoom = attempts.some(({ failure }) => {
    const reaction = failure?.fault && failureTable[failure.fault].before
    return reaction?.kind === 'next' && reaction.only === 'roomier'
  })
  return needsRoom ? { ...routing, routes: routing.routes.filter(({ model }) => model.runsHere) } : routing
}
