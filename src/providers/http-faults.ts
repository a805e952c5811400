/** What an HTTP status means, where a vendor says nothing finer. */
import type { Fault } from '../errors.ts'

export function faultOfStatus(status: number): Fault {
  switch (status) {
    case 400:
    case 422:
      return 'bad-input'
    case 401:
    case 403:
      return 'key'
    case 402:
      return 'credit'
    case 413:
      return 'too-large'
    case 429:
      return 'rate-limit'
    case 409:
      // It conflicts with something: perhaps with this very call, taken before.
      return 'bad-answer'
    default:
      // A success that is none may have been one; anything else was not taken: a wrong path, a redirect, an outage.
      return status >= 200 && status < 300 ? 'bad-answer' : 'server-error'
  }
}

/** Seconds of a Retry-After header, given as seconds or as an HTTP date; undefined where it is neither. */
export function readRetryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text))
  // Only dates with a name of a day in front: Date.parse reads '-5' as one, too.
  const atMs = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - now.getTime()) / 1000))
}
