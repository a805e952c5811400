/**
 * What follows from what went wrong at a vendor's: the one table. A row is a fault; its columns say what to do as long as
 * the vendor has not taken the work, and once it has, or may have. A fault that means the same everywhere never travels to
 * another provider; nothing that may have been accepted is ever sent again without the vendor knowing it by its key.
 */
import type { Fault } from '../errors.ts'

export type Reaction =
  /** The same would happen everywhere. */
  | { readonly kind: 'fail' }
  /**
   * Try the next route. `only: 'roomier'`: one whose limits take this photo. `fate: 'open'`: the vendor may still finish and
   * be paid, so a second amount must fit under the cost limit, and a late result is taken in.
   */
  | { readonly kind: 'next'; readonly only?: 'roomier'; readonly fate: 'closed' | 'open' }
  /** Send it again after the wait that the vendor asked for, or our own; when that is long or has not helped: the next route. */
  | { readonly kind: 'wait' }
  /** It may have been taken: known by its key it is sent once more, else looked up, else left as unknown for the next route. */
  | { readonly kind: 'clear-up' }
  /** Go on asking what became of it, until the deadline. */
  | { readonly kind: 'poll-on'; readonly slower: boolean }
  /** Get the finished file once more; then the next route, and the house pays what the first one cost. */
  | { readonly kind: 'fetch-again' }

/**
 * What the fault says of the vendor. 'account': nothing of this account will work (its breaker opens at once), and somebody
 * has to see to it. 'submission' and 'completion': one more count against the model's breaker, at what it stumbled.
 */
export type Blame = 'none' | 'account' | 'submission' | 'completion'

export interface FailureRow {
  /** It was not accepted. */
  readonly before: Reaction
  /** It was accepted, or nobody can tell. */
  readonly after: Reaction
  readonly blame: Blame
  /** It says nothing of the one model alone: the next route is another provider's, as long as there is one. */
  readonly ofProvider?: true
}

const fail: Reaction = { kind: 'fail' }
const next: Reaction = { kind: 'next', fate: 'closed' }
const pollOn: Reaction = { kind: 'poll-on', slower: false }
const pollSlower: Reaction = { kind: 'poll-on', slower: true }
const clearUp: Reaction = { kind: 'clear-up' }
const fetchAgain: Reaction = { kind: 'fetch-again' }

export const failureTable: Readonly<Record<Fault, FailureRow>> = {
  'bad-input': { before: fail, after: fail, blame: 'none' },
  'too-large': { before: { kind: 'next', only: 'roomier', fate: 'closed' }, after: fail, blame: 'none' },
  policy: { before: fail, after: fail, blame: 'none' },
  key: { before: next, after: pollSlower, blame: 'account', ofProvider: true },
  credit: { before: next, after: pollSlower, blame: 'account', ofProvider: true },
  'rate-limit': { before: { kind: 'wait' }, after: pollSlower, blame: 'none', ofProvider: true },
  'server-error': { before: next, after: pollOn, blame: 'submission', ofProvider: true },
  unreachable: { before: next, after: pollOn, blame: 'submission', ofProvider: true },
  'cut-off': { before: clearUp, after: pollOn, blame: 'submission', ofProvider: true },
  'bad-answer': { before: clearUp, after: pollOn, blame: 'submission' },
  'vendor-failed': { before: next, after: next, blame: 'completion' },
  deadline: { before: next, after: { kind: 'next', fate: 'open' }, blame: 'completion' },
  'bad-output': { before: fetchAgain, after: fetchAgain, blame: 'completion' },
}
