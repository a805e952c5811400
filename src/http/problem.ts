/** A Failure as the wire sees it: a problem document of RFC 9457. Nothing of its cause or stack is ever in it. */
import type { Response } from 'express'
import { catalogue, type Failure } from '../errors.ts'
import { answerEarly } from './early-answer.ts'
import type { Problem } from './schemas/problem.ts'

export function toProblem(failure: Failure, about: { readonly instance: string; readonly requestId: string }): Problem {
  return {
    ...failure.extra,
    type: `urn:talking-photo:problem:${failure.reason}`,
    title: catalogue[failure.code].title,
    status: failure.status,
    detail: failure.message,
    instance: about.instance,
    code: failure.code,
    reason: failure.reason,
    hint: failure.hint ?? null,
    retryable: failure.retryable,
    retry_after_seconds: failure.retryAfterSeconds ?? null,
    request_id: about.requestId,
  }
}

/** Answers with the problem document, and with Retry-After where the failure says how long; also before the body has come. */
export function sendProblem(response: Response, failure: Failure): void {
  const { req: request } = response
  if (failure.retryAfterSeconds !== undefined) response.set('Retry-After', String(Math.ceil(failure.retryAfterSeconds)))
  const problem = toProblem(failure, { instance: request.baseUrl + request.path, requestId: String(request.id) })
  response.status(failure.status).set('Content-Type', 'application/problem+json; charset=utf-8')
  response.locals.code = failure.code
  answerEarly(response, JSON.stringify(problem))
}
