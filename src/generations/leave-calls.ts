/** The route's calls are made: what they leave is finished by us, or stored as it is. */
import { commitStep, type StepCommit } from './commit-step.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Work } from './work.ts'

/** @param write further rows of the same decision. @throws Overtaken */
export async function leaveCalls(
  parts: StepParts,
  work: Work,
  { attempt, provider, model }: OpenAttempt,
  write?: StepCommit['write'],
): Promise<void> {
  const step = model.yields === 'talking-video' ? 'store' : 'assemble'
  await commitStep(parts, work, {
    changes: step === 'store' ? { progress: 98 } : {},
    events: [{ type: 'step', step, attempt: attempt.ordinal, provider: provider.id }],
    next: { step, runsHere: step === 'assemble' },
    async write(tx) {
      await write?.(tx)
      if (attempt.slot !== null) await tx.markSlot(attempt.id, null, parts.clock.now())
    },
  })
  parts.slotFreed(provider.id)
}
