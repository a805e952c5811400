/** What a wire fault does to an answer. */
import type { WireFault } from './fault.ts'
import { Refusal } from './refusal.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** What goes over the wire in the end; 'silence' and 'cut': nothing. */
export type Outcome =
  | {
      readonly status: number
      readonly type: string
      readonly text: string
      readonly headers: Readonly<Record<string, string>>
    }
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
    return ({ status, body }) => {
      const text = JSON.stringify(body)
      throw new Struck({ status, type: 'application/json', text: text.slice(0, text.length / 2), headers: {} })
    }
  }
  const outcome = wire.kind
  if (wire.when === 'before') throw new Struck(outcome)
  return () => {
    throw new Struck(outcome)
  }
}
