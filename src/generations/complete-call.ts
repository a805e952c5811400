/** A call is over: its files are brought into our own store, then it is committed as completed and the work moves on. */
import { VendorFailure } from '../errors.ts'
import type { CallResult, Provider, SpeakingRequest, VendorNames } from '../providers/provider.ts'
import { afterVendorFailure } from './after-vendor-failure.ts'
import { bring, discardFiles, orDiscard } from './bring-files.ts'
import { commitStep, type StepCommit } from './commit-step.ts'
import { plannedCall } from './ended-calls.ts'
import { inspectPart } from './inspect-part.ts'
import { leaveCalls } from './leave-calls.ts'
import { type OpenAttempt, type StepParts, speakingRequest } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** @throws Overtaken */
export async function completeCall(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  result: CallResult & VendorNames,
  signal: AbortSignal,
): Promise<void> {
  const { attempt, provider, model } = open
  const brought = await bring(parts, work, open, call, result.outputs, signal)
  if (brought instanceof VendorFailure)
    return afterVendorFailure(parts, work, open, call, asBadOutput(brought), 'after')
  parts.at('rendered')
  const request = await speakingRequest(parts, work, model.id)
  const completed: Call = {
    ...call,
    state: 'completed',
    outputs: brought,
    keeps: result.keeps ?? null,
    metrics: result.metrics ?? null,
    reportedCost: result.cost ?? null,
    finishedAt: parts.clock.now(),
  }
  const bad = await inspectPart(parts, open, completed, plannedSeconds(provider, request, attempt.calls), signal)
  if (bad) {
    await discardFiles(parts, brought)
    return afterVendorFailure(parts, work, open, { ...call, reportedCost: completed.reportedCost }, bad, 'after')
  }
  const { outputs, keeps, metrics, reportedCost, finishedAt } = completed
  const write: StepCommit['write'] = (tx) =>
    tx.updateCall(call.id, { state: 'completed', outputs, keeps, metrics, reportedCost, finishedAt })
  const calls = [...attempt.calls.filter(({ id }) => id !== call.id), completed]
  const isLast = plannedCall(provider, request, calls) === 'done'
  await orDiscard(parts, work, call, brought, () =>
    isLast
      ? leaveCalls(parts, work, open, write)
      : commitStep(parts, work, {
          changes: {},
          events: [{ type: 'step', step: 'start', attempt: attempt.ordinal, provider: provider.id }],
          next: { step: 'start', runsHere: model.runsHere },
          write,
        }),
  )
  parts.at(`completed-${call.name}`)
}

/** Whatever keeps a finished file from us, the vendor is done: only the file is in question. */
function asBadOutput(failure: VendorFailure): VendorFailure {
  return failure.fault === 'bad-output' ? failure : new VendorFailure('bad-output', { cause: failure.cause ?? failure })
}

function plannedSeconds(provider: Provider, request: SpeakingRequest, calls: readonly Call[]): number | undefined {
  const plan = plannedCall(provider, request, calls)
  return typeof plan === 'string' ? undefined : plan.seconds
}
