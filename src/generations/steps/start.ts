/**
 * Makes the attempt's next call. The call's row is committed before anything leaves this process, under a unique
 * (attempt, ordinal): after a crash it is found again and only repeated where repeating cannot be billed twice.
 */
import { Failure } from '../../errors.ts'
import type { CallOutcome, ProviderOutput } from '../../providers/provider.ts'
import { commitStep, followed, Overtaken, waitingFor } from '../commit-step.ts'
import { trackProgress } from '../track-progress.ts'
import type { Call, Work } from '../work.ts'
import { type OpenAttempt, openAttempt, type RunStep, type StepParts, speakingRequest } from './step.ts'

/** Stored outputs of a completed call. */
export interface StoredOutput {
  readonly role: ProviderOutput['role']
  readonly key: string
}

export const start: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, provider } = open
  const request = await speakingRequest(parts, work)
  const completed = attempt.calls.filter((call) => call.state === 'completed')
  const plan =
    completed.length === 0
      ? provider.plan(request)
      : provider.next(
          request,
          completed.map(({ name }) => name),
        )
  if (plan === 'done') throw new Error(`attempt ${attempt.id} has nothing left to start`)

  const call = await takeCall(parts, work, open, completed.length + 1, plan.name)
  const scratch = await parts.media.scratch(work.id)
  const progress = trackProgress(parts, work, signal)
  try {
    const outcome = await provider.start(plan, request, {
      idempotencyKey: call.id,
      signal: progress.signal,
      scratch: scratch.path,
      onProgress: progress.report,
      callbackUrl: null,
    })
    await progress.settle()
    if (outcome.kind === 'finished') await completeCall(parts, work, open, call, outcome.outputs)
    else await keepOperation(parts, work, open, call, outcome)
  } catch (error) {
    throw progress.stopped() ?? error
  } finally {
    await progress.close()
    await scratch.dispose()
  }
}

/** The call of that ordinal: new, or the one that a crashed run left behind. With the first one the work counts as begun. */
async function takeCall(
  { store, newId, clock }: StepParts,
  work: Work,
  open: OpenAttempt,
  ordinal: number,
  name: string,
): Promise<Call> {
  const left = open.attempt.calls.find((call) => call.ordinal === ordinal)
  if (left) {
    if (open.dedupesByKey) return left
    throw new Failure('PROVIDER_ERROR', {
      reason: 'call-unknown',
      message: 'It is not known whether the provider accepted the work, and asking again could pay twice.',
      retryable: false,
    })
  }
  const call: Call = {
    id: newId('cal'),
    attemptId: open.attempt.id,
    ordinal,
    name,
    state: 'started',
    operation: null,
    outputs: null,
    providerRequestId: null,
    providerJobId: null,
    sends: 1,
    fetches: 0,
    deadlineAt: work.deadlineAt,
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
    await tx.updateGenerations(waiting, followed(begun))
    const { attempt, provider } = open
    const event = { type: 'step', step: 'start', attempt: attempt.ordinal, provider: provider.id } as const
    await tx.appendEvents(waiting, event, call.startedAt)
  })
  return call
}

/** Brings the files into the media store, then commits the call as completed and moves on. */
export async function completeCall(
  parts: StepParts,
  work: Work,
  { attempt, provider, runsHere }: OpenAttempt,
  call: Call,
  files: readonly ProviderOutput[],
): Promise<void> {
  const outputs: StoredOutput[] = []
  for (const output of files) {
    const { role } = output
    if (!('file' in output)) throw new Error('only files are taken in yet')
    const key = outputKey(work, call, role)
    await parts.media.put(key, output.file)
    outputs.push({ role, key })
  }
  parts.at('rendered')
  const names = [...attempt.calls.filter((other) => other.state === 'completed').map(({ name }) => name), call.name]
  const request = await speakingRequest(parts, work)
  const step = provider.next(request, names) === 'done' ? 'store' : 'start'
  await commitOrDiscard(parts, outputs, () =>
    commitStep(parts, work, {
      changes: step === 'store' ? { progress: 98 } : {},
      events: [{ type: 'step', step, attempt: attempt.ordinal, provider: provider.id }],
      next: { step, runsHere: step === 'start' && runsHere },
      write: (tx) => tx.updateCall(call.id, { state: 'completed', outputs, finishedAt: parts.clock.now() }),
    }),
  )
}

/** A work that was cancelled meanwhile must not leave its files behind. */
async function commitOrDiscard(
  parts: StepParts,
  outputs: readonly StoredOutput[],
  commit: () => Promise<unknown>,
): Promise<void> {
  try {
    await commit()
  } catch (error) {
    for (const { key } of outputs) await parts.media.remove(key)
    throw error
  }
}

async function keepOperation(
  parts: StepParts,
  work: Work,
  { attempt, provider }: OpenAttempt,
  call: Call,
  { operation }: Extract<CallOutcome, { kind: 'operation' }>,
): Promise<void> {
  await commitStep(parts, work, {
    changes: {},
    events: [{ type: 'step', step: 'poll', attempt: attempt.ordinal, provider: provider.id }],
    next: { step: 'poll' },
    write: (tx) => tx.updateCall(call.id, { state: 'pending', operation }),
  })
}

const fileNames: Readonly<Record<ProviderOutput['role'], string>> = {
  video: 'video.mp4',
  thumbnail: 'thumbnail.jpg',
  words: 'words.json',
}

function outputKey({ tenantId, id }: Work, call: Call, role: ProviderOutput['role']): string {
  return `${tenantId}/works/${id}/${call.id}/${fileNames[role]}`
}
