/** One outside call, timed and told. What the vendor did wrong comes back as a value: it decides where the work goes on. */
import { VendorFailure } from '../errors.ts'
import type { Clock } from './ports.ts'
import type { VendorCall } from './vendor-observer.ts'
import type { NamedModel, VendorParts } from './vendor-parts.ts'

export async function askVendor<T>(
  { clock, vendors }: Pick<VendorParts, 'vendors'> & { readonly clock: Clock },
  model: NamedModel,
  what: VendorCall,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T | VendorFailure> {
  const beganMs = clock.now().getTime()
  const told = (fault: string | null) => {
    const seconds = (clock.now().getTime() - beganMs) / 1000
    vendors.called({ provider: model.provider, model: model.id, what, seconds, fault })
  }
  try {
    const answer = await ask()
    told(null)
    return answer
  } catch (error) {
    // Our own hand broke it off: that says nothing of the vendor.
    if (signal.aborted || !(error instanceof VendorFailure)) throw error
    told(error.fault)
    return error
  }
}
