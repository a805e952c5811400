/** One line a request, under an id that the caller may choose. Of headers and bodies nothing is written: no words, no bytes, no keys. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { pinoHttp } from 'pino-http'

/** Supervisors, load balancers and Prometheus would drown what users ask. */
const isAskedEachSecond = /^\/(health\/(live|ready)|metrics)(\?|$)/

const requestIdShape = /^[\w.-]{1,128}$/

/** Middleware: gives the request its id (also sent back as X-Request-ID) and logs it when it is answered. */
export function accessLog(log: Logger) {
  return pinoHttp({
    logger: log,
    genReqId: giveRequestId,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id' },
    customLogLevel: (request, response, error) => {
      if (error || response.statusCode >= 500) return 'error'
      if (response.statusCode >= 400) return 'warn'
      return isAskedEachSecond.test(request.url ?? '') ? 'debug' : 'info'
    },
    serializers: {
      // The query is left out: it may carry a signature.
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        path: request.url.split('?', 1)[0],
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
  })
}

function giveRequestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id']
  const id = typeof given === 'string' && requestIdShape.test(given) ? given : randomUUID()
  response.setHeader('X-Request-ID', id)
  return id
}
