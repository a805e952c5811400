/** Carries out what the failure table says of a call that went wrong, as one committed step. */
import { toFailureRecord, type VendorFailure } from '../errors.ts'
import { costForNothing } from './call-costs.ts'
import { commitStep } from './commit-step.ts'
import { failWork } from './fail-work.ts'
import { fallBack } from './fall-back.ts'
import { howToLeave, isFree } from './lose-call.ts'
import { pollDelaySeconds } from './poll-delay.ts'
import type { AttemptEnd } from './ports.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** A vendor that asks to wait longer is left for the next route. */
const longestWaitSeconds = 30
/** Tries after the first, as the guide has it. */
const mostWaits = 3
const mostLookUps = 3
/** A file that could not be had may be there a moment later. */
const refetchSeconds = 2

/** Before it was accepted, once it was (or may have been), or while asking whether it was. */
export type Phase = 'before' | 'after' | 'lookup'

/** @throws Overtaken */
export async function afterVendorFailure(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
  phase: Phase,
): Promise<void> {
  const { model, provider } = open
  tell(parts, work, open, call, failure, phase)
  parts.guard.blame(model, failure.fault)
  if (phase === 'lookup') return afterLookUp(parts, work, open, call, failure)
  const reaction = parts.failureTable[failure.fault][phase]
  const leave = await howToLeave(parts, work, open, call, failure)
  switch (reaction.kind) {
    case 'fail':
      if (leave !== fallBack) return leave(parts, work, open, call, failure)
      await failWork(parts, work, failure, {
        call: { id: call.id, state: 'failed' },
        end: endOf(parts, open, call, failure),
      })
      return parts.slotFreed(provider.id)
    case 'next':
      return leave(parts, work, open, call, failure, reaction)
    case 'wait':
      return wait(parts, work, open, call, failure, leave)
    case 'clear-up':
      return clearUp(parts, work, open, call, failure)
    case 'poll-on':
      return pollOn(parts, work, open, call, failure, reaction.slower)
    case 'fetch-again':
      return fetchAgain(parts, work, open, call, failure, leave)
  }
}

/** What it costs all the same is the house's. */
function endOf(parts: StepParts, { attempt }: OpenAttempt, call: Call, failure: VendorFailure): AttemptEnd {
  const cost = costForNothing(parts, attempt.calls, call)
  return {
    state: 'failed',
    failure: toFailureRecord(failure),
    finishedAt: parts.clock.now(),
    ...(cost && { cost, costBearer: 'house' }),
  }
}

/** It may have been accepted: the vendor is asked in a way that cannot be billed twice, else it is left as unknown. */
export async function clearUp(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
): Promise<void> {
  const { provider, model } = open
  // What costs nothing may be done twice.
  const isHarmless = model.dedupesByKey || (await isFree(parts, work, open, call))
  if (isHarmless && call.sends < 2) {
    const seconds = parts.backoff(call.sends)
    return again(parts, work, open, seconds, call, { state: 'started' })
  }
  if (provider.find) return again(parts, work, open, 1, call, { state: 'unknown' })
  const leave = await howToLeave(parts, work, open, call, failure)
  await leave(parts, work, open, call, failure, { fate: 'open' })
}

async function afterLookUp(parts: StepParts, work: Work, open: OpenAttempt, call: Call, failure: VendorFailure) {
  if (call.fetches < mostLookUps) {
    const seconds = parts.backoff(call.fetches + 1)
    return again(parts, work, open, seconds, call, { fetches: call.fetches + 1 })
  }
  await fallBack(parts, work, open, call, failure, { fate: 'open' })
}

async function wait(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
  leave: typeof fallBack,
) {
  const seconds = failure.retryAfterSeconds ?? parts.backoff(call.sends)
  const leftSeconds = (call.deadlineAt.getTime() - parts.clock.now().getTime()) / 1000
  if (call.sends > mostWaits || seconds > Math.min(longestWaitSeconds, leftSeconds)) {
    return leave(parts, work, open, call, failure, { fate: 'closed' })
  }
  return again(parts, work, open, seconds, call, { state: 'refused' })
}

async function again(
  parts: StepParts,
  work: Work,
  { model }: OpenAttempt,
  delaySeconds: number,
  call: Call,
  changes: Partial<Pick<Call, 'state' | 'fetches'>>,
): Promise<void> {
  await commitStep(parts, work, {
    changes: {},
    next: { step: 'start', runsHere: model.runsHere, delaySeconds },
    write: (tx) => tx.updateCall(call.id, changes),
  })
}

async function pollOn(
  parts: StepParts,
  work: Work,
  { provider }: OpenAttempt,
  call: Call,
  failure: VendorFailure,
  slower: boolean,
): Promise<void> {
  const usual = pollDelaySeconds(provider.polling, call, parts.clock.now())
  const delaySeconds = Math.max(failure.retryAfterSeconds ?? 0, slower ? 2 * usual : usual)
  await commitStep(parts, work, { changes: {}, next: { step: 'poll', delaySeconds } })
}

async function fetchAgain(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
  leave: typeof fallBack,
) {
  if (call.fetches > 0 || call.operation === null) {
    return leave(parts, work, open, call, failure, { fate: 'closed', houseCost: true })
  }
  await commitStep(parts, work, {
    changes: {},
    next: { step: 'poll', delaySeconds: refetchSeconds },
    write: (tx) => tx.updateCall(call.id, { state: 'pending', fetches: call.fetches + 1 }),
  })
}

function tell(
  { log, failureTable }: StepParts,
  work: Work,
  { attempt }: OpenAttempt,
  call: Call,
  failure: VendorFailure,
  phase: Phase,
): void {
  log.warn(
    {
      event: 'vendor_failure',
      work_id: work.id,
      request_id: work.requestId,
      provider: attempt.provider,
      model: attempt.model,
      call_id: call.id,
      call: call.name,
      phase,
      fault: failure.fault,
      reaction: phase === 'lookup' ? 'lookup' : failureTable[failure.fault][phase].kind,
      status_code: failure.vendorStatus,
      provider_request_id: failure.vendorRequestId,
      provider_job_id: call.providerJobId,
      err: failure.cause ?? failure,
    },
    'a vendor failed',
  )
}
