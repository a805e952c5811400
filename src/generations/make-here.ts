/**
 * Makes a part of the work on this machine, as a call of the attempt: its row and its files are kept like a vendor's, so that a
 * crash repeats only what it broke off.
 */
import type { SpeakingRequest } from '../providers/provider.ts'
import { bring, orDiscard, type StoredOutput } from './bring-files.ts'
import { commitStep } from './commit-step.ts'
import { isOver } from './ended-calls.ts'
import type { FinishContext } from './finisher.ts'
import type { Step } from './generation.ts'
import type { HouseKeeps } from './material.ts'
import { type Phase, progressShare } from './progress-share.ts'
import { type OpenAttempt, type StepParts, speakingRequest } from './steps/step.ts'
import { trackProgress } from './track-progress.ts'
import type { Work } from './work.ts'
import { sendAgain, writeCall } from './write-call.ts'

export interface MadeHere {
  /** Local files by role. */
  readonly files: Readonly<Partial<Record<StoredOutput['role'], string>>>
  readonly keeps?: HouseKeeps
  /** It is made of a vendor's files, and held to what is held against those. */
  readonly foreign?: true
}

export interface HouseWork {
  readonly name: string
  readonly phase: Phase
  readonly make: (request: SpeakingRequest, context: FinishContext) => Promise<MadeHere>
  readonly next: { readonly step: Step; readonly runsHere?: boolean }
}

/** @throws Overtaken; Failure as what is made */
export async function makeHere(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  { name, phase, make, next }: HouseWork,
  signal: AbortSignal,
): Promise<void> {
  const { attempt, model, provider } = open
  const left = attempt.calls.find((call) => !isOver(call))
  const house = { maker: 'house', provider: null, model: null, estimate: null, reuseKey: null } as const
  const call = left ? await sendAgain(parts, work, left) : await writeCall(parts, work, open, { ...house, name })
  const scratch = await parts.media.scratch(work.id)
  const progress = trackProgress(parts, work, signal)
  try {
    const request = await speakingRequest(parts, work, model.id)
    const { files, keeps, foreign } = await make(request, {
      signal: progress.signal,
      scratch: scratch.path,
      onProgress: ({ fraction, ...told }) =>
        progress.report({ ...told, fraction: progressShare(model, phase, fraction) }),
    })
    await progress.settle()
    const brought = await bring(
      parts,
      work,
      open,
      call,
      Object.entries(files).map(([role, file]) => ({ role: role as StoredOutput['role'], file })),
      signal,
    )
    if (!Array.isArray(brought)) throw brought
    const outputs = (brought as readonly StoredOutput[]).map((output) => (foreign ? { ...output, foreign } : output))
    const event = { type: 'step', step: next.step, attempt: attempt.ordinal, provider: provider.id } as const
    await orDiscard(parts, work, call, outputs, () =>
      commitStep(parts, work, {
        changes: next.step === 'store' ? { progress: 98 } : {},
        events: work.step === next.step ? [] : [event],
        next,
        write: (tx) =>
          tx.updateCall(call.id, {
            state: 'completed',
            outputs,
            keeps: keeps ?? null,
            finishedAt: parts.clock.now(),
          }),
      }),
    )
    parts.at(`made-${name}`)
  } catch (error) {
    throw progress.stopped() ?? error
  } finally {
    await progress.close()
    await scratch.dispose()
  }
}
