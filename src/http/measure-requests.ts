/** Tells how long each answer took, under the template of its route: addresses of callers' things are no labels. */
import type { RequestHandler } from 'express'

export interface AnsweredRequest {
  readonly method: string
  /** '/api/v1/video/{id}', or 'none' for an address where nothing is. */
  readonly route: string
  readonly status: number
  readonly seconds: number
  /** Of the failure catalogue, where a problem was the answer. */
  readonly code: string | null
}

const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']

/** @param answered called once a request, when its answer is sent or its client left; not for streams of events */
export function measureRequests(answered: (done: AnsweredRequest) => void): RequestHandler {
  return (request, response, next) => {
    const startMs = performance.now()
    response.once('close', () => {
      if (String(response.getHeader('Content-Type')).startsWith('text/event-stream')) return
      const path: unknown = request.route?.path
      answered({
        method: methods.includes(request.method) ? request.method : 'other',
        route: typeof path === 'string' ? path.replaceAll(/:(\w+)/g, '{$1}') : 'none',
        status: response.statusCode,
        seconds: (performance.now() - startMs) / 1000,
        code: typeof response.locals.code === 'string' ? response.locals.code : null,
      })
    })
    next()
  }
}
