import type { Outage } from './fault-book.ts'

/** Where a contract leaves the shape of an error open, a client has to read all of these. */
export const errorShapes = ['object', 'text', 'message', 'detail', 'html'] as const
export type ErrorShape = (typeof errorShapes)[number]

/**
 * What befalls a whole server, and what a contract leaves open; may be changed while it runs. Of the latter a simulator knows those
 * that its contract names.
 */
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

/** Those that every simulator knows. */
export const commonSwitches = ['latencyMs', 'outage'] as const satisfies readonly (keyof Switches)[]
