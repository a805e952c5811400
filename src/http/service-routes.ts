/** What the service says of itself: its index, its voices, its health. */
import { Router } from 'express'
import { onlyMethods } from './handle-errors.ts'
import { api } from './paths.ts'
import type { RouteContext } from './route-context.ts'

export interface Readiness {
  readonly ready: boolean
  /** Per thing it depends on: 'ok', or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

export function voiceRoutes({ useCases, config }: RouteContext): Router {
  const router = Router()
  router
    .route('/voices')
    .get(async (request, response) => {
      await config.tenantOf(request)
      response.json({
        items: useCases.listVoices().map(({ id, name, language, gender }) => ({ id, name, language, gender })),
      })
    })
    .all(onlyMethods('GET'))
  return router
}

export function healthRoutes(readiness: () => Promise<Readiness>): Router {
  const router = Router()
  router
    .route('/health/live')
    .get((_request, response) => {
      response.json({ status: 'ok' })
    })
    .all(onlyMethods('GET'))
  router
    .route('/health/ready')
    .get(async (_request, response) => {
      const { ready, checks } = await readiness()
      response.status(ready ? 200 : 503).json({ ready, checks })
    })
    .all(onlyMethods('GET'))
  return router
}

export function indexRoute(version: string): Router {
  const router = Router()
  router
    .route('/')
    .get((_request, response) => {
      response.json({
        name: 'talking-photo',
        version,
        links: {
          generate: `${api}/video/generate`,
          videos: `${api}/video`,
          photos: `${api}/photos`,
          photo_check: `${api}/photos/check`,
          voices: `${api}/voices`,
          live: '/health/live',
          ready: '/health/ready',
        },
      })
    })
    .all(onlyMethods('GET'))
  return router
}
