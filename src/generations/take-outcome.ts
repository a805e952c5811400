/**
 * Commits what a submission came to. A finished answer whose files are still at the vendor's is kept like an operation
 * before anything is fetched: it is paid for, so a crash must not lose it.
 */
import type { CallOutcome } from '../providers/provider.ts'
import { commitStep } from './commit-step.ts'
import { completeCall } from './complete-call.ts'
import type { KeptOperation } from './kept-operation.ts'
import { pollDelaySeconds } from './poll-delay.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

export async function takeOutcome(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  outcome: CallOutcome,
  signal: AbortSignal,
): Promise<void> {
  const { attempt, provider } = open
  const isHere = outcome.kind === 'finished' && outcome.outputs.every((output) => 'file' in output)
  if (isHere) return completeCall(parts, work, open, call, outcome, signal)
  const kept: KeptOperation =
    outcome.kind === 'operation'
      ? { kind: 'operation', handle: outcome.operation }
      : { kind: 'finished', result: outcome }
  const estimate = outcome.kind === 'operation' && outcome.estimate ? parts.convert(outcome.estimate) : null
  const first = provider.polling?.firstSeconds ?? pollDelaySeconds(undefined, call, parts.clock.now())
  const delaySeconds = outcome.kind === 'operation' ? Math.min(first, outcome.etaSeconds ?? first) : 0
  await commitStep(parts, work, {
    changes: {},
    events: [{ type: 'step', step: 'poll', attempt: attempt.ordinal, provider: provider.id }],
    next: { step: 'poll', ...(delaySeconds > 0 ? { delaySeconds } : {}) },
    write: (tx) =>
      tx.updateCall(call.id, {
        state: 'pending',
        operation: kept,
        providerRequestId: outcome.requestId ?? null,
        providerJobId: outcome.jobId ?? null,
        ...(estimate && { estimate }),
      }),
  })
  parts.at('operation-kept')
}
