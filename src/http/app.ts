/** The Express application: guards in front, resources, and one place where every failure becomes an answer. */
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { UseCases } from '../generations/use-cases.ts'
import type { EventStreams } from '../realtime/event-streams.ts'
import { accessLog } from './access-log.ts'
import { type CacheParts, cacheRoutes } from './cache-routes.ts'
import { docsRoutes } from './docs-routes.ts'
import { withDocument } from './document-route.ts'
import { estimateRoutes } from './estimate-route.ts'
import { eventRoutes } from './event-routes.ts'
import { generationRoutes } from './generation-routes.ts'
import { handleErrors, notFound } from './handle-errors.ts'
import { type HealthParts, healthRoutes } from './health-routes.ts'
import { type AnsweredRequest, measureRequests } from './measure-requests.ts'
import { metricsRoutes, type ReadMetrics } from './metrics-route.ts'
import { modelRoutes } from './model-routes.ts'
import { mountRoutes } from './openapi/mount-routes.ts'
import type { Route } from './openapi/operation.ts'
import { photoRoutes } from './photo-routes.ts'
import { ratingRoutes } from './rating-routes.ts'
import type { HttpConfig } from './route-context.ts'
import { indexRoute } from './service-routes.ts'
import { voiceRoutes } from './voice-routes.ts'
import { type WatchingParts, watchingRoutes } from './watching-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'

export interface AppParts {
  readonly useCases: UseCases
  readonly config: HttpConfig
  readonly eventStreams: EventStreams
  readonly log: Logger
  readonly health: Omit<HealthParts, 'version'>
  readonly watching: Omit<WatchingParts, 'config'>
  readonly cache: CacheParts
  /** Null: no /metrics. */
  readonly readMetrics: ReadMetrics | null
  readonly answered: (done: AnsweredRequest) => void
}

/** Every route with its description; the document that tells of them is one of them. */
export function routesOf({
  useCases,
  config,
  eventStreams,
  health,
  watching,
  cache,
  readMetrics,
}: AppParts): readonly Route[] {
  const context = { useCases, config, eventStreams }
  const routes = [
    ...indexRoute(config.version),
    ...healthRoutes({ ...health, version: config.version }),
    ...generationRoutes(context),
    ...eventRoutes(context),
    ...ratingRoutes(context),
    ...photoRoutes(context),
    ...voiceRoutes(context),
    ...modelRoutes(context),
    ...estimateRoutes(context),
    ...watchingRoutes({ ...watching, config }),
    ...cacheRoutes(context, cache),
    ...webhookRoutes(context),
    ...docsRoutes(),
    ...metricsRoutes(readMetrics),
  ]
  return withDocument(routes, config.version)
}

export function createApp(parts: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  // Answers about work in progress are never the same twice; media brings its own tags.
  app.disable('etag')
  // Without it Express answers 304 to `If-None-Match: *` wherever it sends JSON; media has preconditions of its own.
  Object.defineProperty(app.request, 'fresh', { value: false })
  app.use(accessLog(parts.log))
  app.use(measureRequests(parts.answered))
  app.use(helmet())
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store')
    next()
  })
  app.use(mountRoutes(routesOf(parts)))
  app.use(notFound)
  app.use(handleErrors)
  return app
}
