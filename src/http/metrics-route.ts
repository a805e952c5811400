/** GET /metrics, where the process keeps figures. */
import type { Route } from './openapi/operation.ts'
import { metricsOperation } from './operations/service.ts'

export type ReadMetrics = () => Promise<{ readonly contentType: string; readonly text: string }>

export function metricsRoutes(read: ReadMetrics | null): readonly Route[] {
  if (!read) return []
  return [
    {
      operation: metricsOperation,
      async handle(_request, response) {
        const { contentType, text } = await read()
        response.set('Content-Type', contentType).send(text)
      },
    },
  ]
}
