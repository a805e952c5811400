/** The row of a call, committed before its request leaves. */
import type { CallPlan } from '../providers/provider.ts'
import { estimateCall } from './call-costs.ts'
import { followed, Overtaken, waitingFor } from './commit-step.ts'
import type { CallChanges, Clock, GenerationStore, GenerationTransaction, NewId } from './ports.ts'
import { routesLeft } from './steps/choose.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** What a call is to be; the rest of its row follows. */
export type NewCall = Pick<Call, 'name' | 'maker' | 'provider' | 'model' | 'estimate' | 'reuseKey'>

/** A new call. With the first one of all the work counts as begun. */
export async function writeCall(parts: StepParts, work: Work, open: OpenAttempt, made: NewCall): Promise<Call> {
  const { store, newId, clock } = parts
  const { attempt, provider } = open
  const ordinal = attempt.calls.length + 1
  const call: Call = {
    ...made,
    id: newId('cal'),
    attemptId: attempt.id,
    ordinal,
    state: 'started',
    operation: null,
    outputs: null,
    keeps: null,
    failure: null,
    providerRequestId: null,
    providerJobId: null,
    sends: 1,
    fetches: 0,
    deadlineAt: await callDeadline(parts, work, open),
    metrics: null,
    reportedCost: null,
    startedAt: clock.now(),
    finishedAt: null,
  }
  await store.transaction(async (tx) => {
    const begun = await tx.beginWork(work.id, work.version, call.startedAt)
    if (!begun) throw new Overtaken(work.id)
    await tx.insertCall(call)
    if (ordinal > 1) return
    const waiting = await waitingFor(tx, work.id)
    await tx.updateGenerations(waiting, { ...followed(begun), queue: null })
    const event = {
      type: 'step',
      step: begun.step ?? 'start',
      attempt: attempt.ordinal,
      provider: provider.id,
    } as const
    await tx.appendEvents(waiting, event, call.startedAt)
  })
  return call
}

/** The same call under the same key, counted. */
export async function sendAgain(
  { store }: { readonly store: GenerationStore; readonly clock: Clock; readonly newId: NewId },
  work: Work,
  call: Call,
): Promise<Call> {
  const changes: CallChanges = { state: 'started', sends: call.sends + 1 }
  await store.transaction(async (tx: GenerationTransaction) => {
    if (!(await tx.beginWork(work.id, work.version, call.startedAt))) throw new Overtaken(work.id)
    await tx.updateCall(call.id, changes)
  })
  return { ...call, ...changes }
}

/** The row of a call that the route's own provider makes. */
export function routeCall(
  parts: Pick<StepParts, 'priceOf'>,
  { attempt, model }: Pick<OpenAttempt, 'attempt' | 'model'>,
  plan: CallPlan,
  currency: string,
): NewCall {
  return {
    name: plan.name,
    maker: 'route',
    provider: null,
    model: null,
    estimate: estimateCall(parts, model, attempt, plan, currency),
    reuseKey: plan.reuseKey ?? null,
  }
}

/**
 * When the vendor is given up on: after the time that its limits allow, and early enough for the next route to do it in the
 * time that the request has left. Half of that time is its own in any case.
 */
async function callDeadline(parts: StepParts, work: Work, { attempt, provider }: OpenAttempt): Promise<Date> {
  const nowMs = parts.clock.now().getTime()
  const leftMs = work.deadlineAt.getTime() - nowMs
  const [runnerUp] = (await routesLeft(parts, work, [attempt])).routes
  const { startSeconds = 0, secondsPerSecond } = runnerUp?.model.typicalWork ?? {}
  const seconds = runnerUp ? startSeconds + runnerUp.sentSeconds * (secondsPerSecond?.[work.settings.quality] ?? 0) : 0
  const forRunnerUpMs = Math.min(leftMs / 2, seconds * reserve * 1000)
  return new Date(nowMs + Math.min(provider.limits.timeoutSeconds * 1000, Math.max(0, leftMs - forRunnerUpMs)))
}

/** Typical times are estimates: the runner-up is given half as much again. */
const reserve = 1.5
