/** GET /: name, version and where things are. */
import type { Route } from './openapi/operation.ts'
import { indexOperation } from './operations/service.ts'
import { api } from './paths.ts'

const links = {
  generate: `${api}/video/generate`,
  batch: `${api}/video/batch`,
  videos: `${api}/video`,
  photos: `${api}/photos`,
  photo_check: `${api}/photos/check`,
  voices: `${api}/voices`,
  models: `${api}/models`,
  estimates: `${api}/estimates`,
  openapi: '/api/openapi.json',
  docs: '/docs',
  costs: `${api}/costs`,
  alerts: `${api}/alerts`,
  health: '/health',
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
