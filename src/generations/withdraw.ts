/** Tells a vendor that nobody wants its work any more: a favour to both sides, so nobody waits long for the answer. */
import { VendorFailure } from '../errors.ts'
import { askVendor } from './ask-vendor.ts'
import { operationOf } from './kept-operation.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

const cancelMs = 10_000

/** Asks the vendor to stop a call. Whatever it answers, the call is given up. */
export async function withdraw(
  parts: Pick<StepParts, 'clock' | 'vendors' | 'log'>,
  { provider, model }: Pick<OpenAttempt, 'provider' | 'model'>,
  call: Call,
): Promise<void> {
  const operation = operationOf(call)
  const { cancel } = provider
  if (operation?.kind !== 'operation' || !cancel) return
  const signal = AbortSignal.timeout(cancelMs)
  const told = { event: 'vendor_cancel', call_id: call.id, provider: provider.id, provider_job_id: call.providerJobId }
  try {
    const answer = await askVendor(parts, model, 'cancel', signal, () => cancel(operation.handle, { signal }))
    const is = answer instanceof VendorFailure ? answer.fault : answer ? 'stopped' : 'unsupported'
    parts.log.info({ ...told, answer: is }, 'asked a vendor to stop')
  } catch (error) {
    parts.log.warn({ ...told, err: error }, 'could not ask a vendor to stop')
  }
}

/** Everything that vendors still do for a work that is over. */
export async function withdrawAll(
  parts: Pick<StepParts, 'store' | 'providers' | 'clock' | 'vendors' | 'log' | 'slotFreed'>,
  work: Work,
): Promise<void> {
  for (const attempt of await parts.store.listAttempts(work.id)) {
    const provider = parts.providers.get(attempt.provider)
    const model = provider?.models.find(({ id }) => id === attempt.model)
    for (const call of attempt.calls) {
      if (call.state !== 'pending' && call.state !== 'started') continue
      if (provider && model && call.state === 'pending') await withdraw(parts, { provider, model }, call)
      // One that had just been sent may have been taken: nobody can tell any more.
      const state = call.state === 'pending' ? 'cancelled' : 'unknown'
      await parts.store.transaction((tx) => tx.updateCall(call.id, { state, finishedAt: parts.clock.now() }))
    }
    parts.slotFreed(attempt.provider)
  }
}
