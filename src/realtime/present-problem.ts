/** A Failure as it goes over the socket: the problem document of RFC 9457 without what only HTTP has. */
import { catalogue, type Failure, type FailureRecord } from '../errors.ts'
import type { PublicFailure } from './public-parts.ts'

export function presentProblem(failure: FailureRecord | Failure): PublicFailure {
  const { code, reason, message, hint, retryable } = failure
  return {
    type: `urn:talking-photo:problem:${reason}`,
    title: catalogue[code].title,
    detail: message,
    code,
    reason,
    hint: hint ?? null,
    retryable,
  }
}
