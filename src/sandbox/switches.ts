import type { Outage } from './fault-book.ts'
import type { ErrorShape } from './wire-answers.ts'

/** What the contract leaves open, and what befalls a whole server; may be changed while it runs. */
export interface Switches {
  /** False: the Idempotency-Key is ignored, and a second POST is a second job. */
  idempotency: boolean
  /** 404 and 405: cancelling is not supported. */
  cancel: 'works' | 404 | 405
  errorShape: ErrorShape
  /** Whether a 202 has request_id and status. */
  accepted: 'full' | 'minimal'
  /** Every answer comes so late, milliseconds. */
  latencyMs: number
  /** 'hung': nothing is answered. 'reset': connections are cut. 'refused': nobody listens. */
  outage: Outage
}

export const defaultSwitches: Switches = {
  idempotency: true,
  cancel: 'works',
  errorShape: 'object',
  accepted: 'full',
  latencyMs: 0,
  outage: 'none',
}
