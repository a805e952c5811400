/**
 * Lets a voice vendor speak the script for a route that needs a voice. What goes wrong with it costs only its voice: ours speaks
 * instead, and the result says so. Refused words are refused for good.
 */
import { toFailureRecord, VendorFailure } from '../errors.ts'
import { askVendor } from './ask-vendor.ts'
import { bring, orDiscard } from './bring-files.ts'
import { commitStep } from './commit-step.ts'
import { isOver } from './ended-calls.ts'
import type { EventBody } from './event.ts'
import { failWork } from './fail-work.ts'
import type { Step } from './generation.ts'
import { afterPreparation } from './preparations.ts'
import { type OpenAttempt, type StepParts, speakingRequest } from './steps/step.ts'
import { takeAgain } from './take-again.ts'
import type { Call, Work } from './work.ts'
import { sendAgain, writeCall } from './write-call.ts'

/** Tries after the first where it has too much to do. */
const mostWaits = 3
const longestWaitSeconds = 15

/** @throws Overtaken */
export async function askVoice(parts: StepParts, work: Work, open: OpenAttempt, signal: AbortSignal): Promise<void> {
  const left = open.attempt.calls.find((call) => !isOver(call))
  if (left?.state === 'started') {
    // A process ended between writing the row and writing what came of it: it may be paid, and is not sent again.
    return lose(parts, work, open, left, new VendorFailure('cut-off', { cause: new Error('the process ended') }))
  }
  const voice = parts.voiceFor(work.settings.language ?? 'en')
  if (!voice) {
    if (left) return lose(parts, work, open, left, new VendorFailure('unreachable', { cause: new Error('it is down') }))
    const next = afterPreparation(parts, work, open, 'voice', 'failed')
    return void (await commitStep(parts, work, { changes: {}, next }))
  }
  const { provider, model } = voice
  const request = await speakingRequest(parts, work, model.id)
  const plan = provider.plan(request)
  const by = { maker: 'voice', provider: provider.id, model: model.id } as const
  if (!left && plan.reuseKey !== undefined) {
    const next = afterPreparation(parts, work, open, 'voice')
    if (await takeAgain(parts, work, open, plan.reuseKey, 'voice', by, next)) return
  }
  const { requestsPerMinute } = provider.limits
  const delaySeconds = requestsPerMinute === null ? 0 : await parts.takeRate(provider.id, requestsPerMinute)
  if (delaySeconds > 0)
    return void (await commitStep(parts, work, { changes: {}, next: { step: 'prepare', delaySeconds } }))

  const estimate = parts.priceOf(model, { characters: request.script.length })
  const call = left
    ? await sendAgain(parts, work, left)
    : await writeCall(parts, work, open, { ...by, name: 'voice', estimate, reuseKey: plan.reuseKey ?? null })
  const scratch = await parts.media.scratch(work.id)
  try {
    const outcome = await askVendor(parts, model, 'start', signal, () =>
      provider.start(plan, request, {
        idempotencyKey: call.id,
        signal,
        scratch: scratch.path,
        onProgress: () => {},
        callbackUrl: null,
        ended: [],
        material: {},
      }),
    )
    if (outcome instanceof VendorFailure) return await afterFailure(parts, work, open, call, outcome)
    if (outcome.kind !== 'finished') throw new Error(`the voice vendor '${provider.id}' answers an operation`)
    parts.guard.accepted(model)
    parts.guard.completed(model)
    const brought = await bring(parts, work, open, call, outcome.outputs, signal)
    if (brought instanceof VendorFailure) return await lose(parts, work, open, call, brought)
    const next = afterPreparation(parts, work, open, 'voice')
    await orDiscard(parts, work, call, brought, () =>
      commitStep(parts, work, {
        changes: {},
        events: startEvents(work, open, next.step),
        next,
        write: (tx) =>
          tx.updateCall(call.id, {
            state: 'completed',
            outputs: brought,
            keeps: outcome.keeps ?? null,
            metrics: outcome.metrics ?? null,
            reportedCost: outcome.cost ?? null,
            providerRequestId: outcome.requestId ?? null,
            finishedAt: parts.clock.now(),
          }),
      }),
    )
    parts.at('completed-voice')
  } finally {
    await scratch.dispose()
  }
}

async function afterFailure(parts: StepParts, work: Work, open: OpenAttempt, call: Call, failure: VendorFailure) {
  const { provider, model } = call
  parts.guard.blame({ provider: provider!, id: model! }, failure.fault)
  if (failure.fault === 'policy') {
    await failWork(parts, work, failure, { call: { id: call.id, state: 'failed' } })
    return parts.slotFreed(open.provider.id)
  }
  const waitSeconds = failure.retryAfterSeconds ?? parts.backoff(call.sends)
  const waits = failure.fault === 'rate-limit' && call.sends <= mostWaits && waitSeconds <= longestWaitSeconds
  if (!waits) return lose(parts, work, open, call, failure)
  await commitStep(parts, work, {
    changes: {},
    next: { step: 'prepare', delaySeconds: waitSeconds },
    write: (tx) => tx.updateCall(call.id, { state: 'refused' }),
  })
}

/** It goes on in our own voice. */
async function lose(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
): Promise<void> {
  const mayBePaid = failure.fault === 'cut-off' || failure.fault === 'bad-answer'
  const state = mayBePaid ? ('unknown' as const) : ('failed' as const)
  parts.log.warn(
    {
      event: 'voice_lost',
      work_id: work.id,
      provider: call.provider,
      call_id: call.id,
      fault: failure.fault,
      err: failure.cause ?? failure,
    },
    'a voice vendor failed; our own voice speaks',
  )
  const next = afterPreparation(parts, work, open, 'voice', state)
  await commitStep(parts, work, {
    changes: {},
    events: startEvents(work, open, next.step),
    next,
    write: (tx) => tx.updateCall(call.id, { state, failure: toFailureRecord(failure), finishedAt: parts.clock.now() }),
  })
}

function startEvents(work: Work, { attempt, provider }: OpenAttempt, step: Step): readonly EventBody[] {
  return work.step === step ? [] : [{ type: 'step', step, attempt: attempt.ordinal, provider: provider.id }]
}
