/** What the service says of itself: its index, its health. */
import type { Route } from './openapi/operation.ts'
import { indexOperation, liveOperation, readyOperation } from './operations/service.ts'
import { api } from './paths.ts'

export interface Readiness {
  readonly ready: boolean
  /** Per thing it depends on: 'ok', or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

export function healthRoutes(readiness: () => Promise<Readiness>): readonly Route[] {
  return [
    {
      operation: liveOperation,
      handle: (_request, response) => void response.json({ status: 'ok' }),
    },
    {
      operation: readyOperation,
      async handle(_request, response) {
        const { ready, checks } = await readiness()
        response.status(ready ? 200 : 503).json({ ready, checks })
      },
    },
  ]
}

const links = {
  generate: `${api}/video/generate`,
  videos: `${api}/video`,
  photos: `${api}/photos`,
  photo_check: `${api}/photos/check`,
  voices: `${api}/voices`,
  openapi: '/api/openapi.json',
  docs: '/docs',
  live: '/health/live',
  ready: '/health/ready',
}

export function indexRoute(version: string): readonly Route[] {
  return [
    {
      operation: indexOperation,
      handle: (_request, response) => void response.json({ name: 'talking-photo', version, links }),
    },
  ]
}
