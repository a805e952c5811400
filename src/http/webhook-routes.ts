/** Where vendors send word. The bytes are kept as they came: the signature is over them. */
import { type RequestHandler, raw } from 'express'
import { askForBody } from './early-answer.ts'
import type { Route } from './openapi/operation.ts'
import { receiveWebhookOperation } from './operations/webhooks.ts'
import type { RouteContext } from './route-context.ts'

const readRaw = raw({ limit: '256kb', type: () => true, inflate: false })

export function webhookRoutes({ useCases }: Pick<RouteContext, 'useCases'>): readonly Route[] {
  const receive: RequestHandler = async (request, response) => {
    askForBody(request, response)
    await new Promise<void>((resolve, reject) => {
      readRaw(request, response, (error?: unknown) => (error ? reject(error) : resolve()))
    })
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const effect = await useCases.receiveWebhook(String(request.params.provider), {
      rawBody,
      headers: request.headers,
    })
    response.json({ received: true, effect })
  }
  return [{ operation: receiveWebhookOperation, handle: receive }]
}
