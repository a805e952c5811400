/**
 * Stands before the vendors with one breaker for each account and one for each model: tells the router who is down, gives
 * leave to send, and hears what came of it.
 */
import type { Fault } from '../errors.ts'
import type { Model } from '../providers/model.ts'
import type { Breakers } from '../resilience/breaker.ts'
import { failureTable } from './failure-table.ts'

type Named = Pick<Model, 'id' | 'provider'>

export interface VendorGuard {
  /** Why nothing should be planned with the model now, or null. */
  outage(model: Named): string | null
  /** Whether a new call may be sent now. A yes may be the one probe that is allowed: ask only to send. */
  admit(model: Named): boolean
  /** The vendor took a call. */
  accepted(model: Named): void
  /** A call came to a file that can be used. */
  completed(model: Named): void
  /** It went wrong there. */
  blame(model: Named, fault: Fault): void
}

/** @param alert told when somebody has to see to the account */
export function createVendorGuard(
  breakers: Breakers,
  alert: (provider: string, fault: Fault) => void = () => {},
): VendorGuard {
  const namesOf = ({ id, provider }: Named) => [provider, id]
  return {
    outage(model) {
      for (const name of namesOf(model)) {
        const { state, opensUntil, why } = breakers.of(name)
        if (state === 'open') return `${why}; not before ${opensUntil?.toISOString()}`
      }
      return null
    },
    admit: (model) => namesOf(model).every((name) => breakers.admit(name)),
    accepted(model) {
      for (const name of namesOf(model)) breakers.succeeded(name, 'submission')
    },
    completed(model) {
      for (const name of namesOf(model)) breakers.succeeded(name, 'completion')
    },
    blame(model, fault) {
      const { blame } = failureTable[fault]
      if (blame === 'account') {
        breakers.trip(model.provider, `its account is refused (${fault})`)
        alert(model.provider, fault)
      } else if (blame !== 'none') breakers.failed(model.id, blame, `it failed again and again (${fault})`)
    },
  }
}
