/** The end of every request that did not find its answer: unknown paths, wrong methods, and whatever was thrown. */
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { Failure } from '../errors.ts'
import { sendProblem } from './problem.ts'
import { translateError } from './translate-error.ts'

export const notFound: RequestHandler = (request) => {
  throw new Failure('INVALID_REQUEST', {
    reason: 'path-unknown',
    status: 404,
    message: `There is nothing at ${request.path}.`,
    hint: 'GET / lists what there is.',
  })
}

/** For the `.all()` behind a path's own methods: OPTIONS tells them, every other method is refused with them. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  return (request, response) => {
    response.set('Allow', allow)
    if (request.method === 'OPTIONS') {
      response.status(204).end()
      return
    }
    throw new Failure('INVALID_REQUEST', {
      reason: 'method-not-allowed',
      status: 405,
      message: `${request.method} does nothing here.`,
      hint: `Use ${allow}.`,
    })
  }
}

/** Express tells an error handler by its four parameters. */
export const handleErrors: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  const clientGone = response.destroyed || request.socket.destroyed
  if (clientGone) {
    request.log.debug({ err: error }, 'the client went away')
    return
  }
  const failure = translateError(error)
  if (failure.status >= 500) request.log.error({ err: failure }, failure.message)
  // Past the head a body can only be cut: the client sees that the length is not what was announced.
  if (response.headersSent) response.destroy()
  else sendProblem(response, failure)
}
