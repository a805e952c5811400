/** What a wire fault does to an answer. */
import type { ServerResponse } from 'node:http'
import type { WireFault } from './fault.ts'
import { Refusal } from './refusal.ts'

export interface Answer {
  readonly status: number
  /** Sent as JSON; bytes as they are; absent: no body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Writes the answer itself, e.g. a file. */
  readonly serve?: (response: ServerResponse) => Promise<void>
}

/** What goes over the wire in the end; 'silence' and 'cut': nothing. */
export type Outcome =
  | {
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly bytes: Buffer
    }
  | { readonly status: number; readonly serve: (response: ServerResponse) => Promise<void> }
  | 'silence'
  | 'cut'

/** An answer that a fault replaced. */
export class Struck extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('a fault struck')
    this.outcome = outcome
  }
}

const words: Readonly<Record<string, string>> = {
  content_policy_violation: 'The image was rejected.',
  rate_limited: 'Too many requests',
  insufficient_credits: 'The credit is used up.',
  unauthorized: 'The API key is wrong.',
}

/**
 * Lets a fault strike now (throws), before anything is done; or answers what it does to the answer once all is done, which
 * may throw then. Without a fault the answer stays as it is.
 */
export function strike(fault: WireFault | undefined): (answer: Answer) => Answer {
  const wire = fault?.wire
  if (!wire) return (answer) => answer
  if (wire.kind === 'http') {
    const { status, code, retryAfterSeconds } = wire
    const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }
    throw new Refusal({ status, code, message: words[code] ?? 'The sandbox was asked for this.', headers })
  }
  if (wire.kind === 'broken-json') {
    return (answer) => {
      const { bytes, ...rest } = written(answer)
      throw new Struck({ ...rest, bytes: bytes.subarray(0, bytes.length / 2) })
    }
  }
  const outcome = wire.kind
  if (wire.when === 'before') throw new Struck(outcome)
  return () => {
    throw new Struck(outcome)
  }
}

/** An answer as it is sent. */
export function written({ status, body, headers = {} }: Answer) {
  if (Buffer.isBuffer(body)) return { status, headers, bytes: body }
  if (body === undefined) return { status, headers, bytes: Buffer.alloc(0) }
  const type = { 'Content-Type': 'application/json' }
  return { status, headers: { ...type, ...headers }, bytes: Buffer.from(JSON.stringify(body)) }
}
