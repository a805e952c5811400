/** The web role: HTTP and sockets on one port. */
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { CacheStats } from '../cache/cache.ts'
import type { Config } from '../config.ts'
import type { UseCases } from '../generations/use-cases.ts'
import { createApp } from '../http/app.ts'
import { createHttpServer, usualBounds } from '../http/create-http-server.ts'
import { packageVersion } from '../package-version.ts'
import { defaultQuality } from '../providers/catalogue.ts'
import type { CatalogueEntry } from '../providers/provider-module.ts'
import { createEventStreams } from '../realtime/event-streams.ts'
import { presentAlert } from '../realtime/public-alert.ts'
import { type Alerts, attachRealtime } from '../realtime/socket-server.ts'
import type { Metrics } from '../watching/metrics.ts'
import type { AlertWatch } from '../watching/watch-alerts.ts'
import type { Watching } from './start-watching.ts'

/** Until there are accounts, everybody who reaches this machine's loopback is this one tenant. */
const localTenant = 'local'

export interface WebParts {
  readonly config: Config
  readonly log: Logger
  readonly useCases: UseCases
  readonly catalogue: readonly CatalogueEntry[]
  readonly uploadDir: string
  /** 'ok', or what is wrong with the database. */
  readonly checkDatabase: () => Promise<string>
  readonly watching: Watching
  readonly cacheStats: () => Promise<CacheStats>
  readonly metrics: Metrics
}

export interface Web {
  readonly url: string
  /**
   * Says 'draining' to whoever asks whether it is ready, and lets each connection go after its next answer: a load balancer
   * sends nothing more here, and none of its idle connections is there to be closed under a request. Serves on.
   */
  drain(): void
  /** Takes no more requests, ends the sockets and streams, waits for running answers as long as the grace lasts. */
  close(): Promise<void>
}

export async function startWeb({
  config,
  log,
  useCases,
  uploadDir,
  catalogue,
  checkDatabase,
  watching,
  cacheStats,
  metrics,
}: WebParts): Promise<Web> {
  const since = new Date()
  const tenantOf = () => localTenant
  const isOperator = (tenantId: string) => tenantId === localTenant
  const httpLog = log.child({ room: 'http' })
  const realtimeLog = log.child({ room: 'realtime' })
  const eventStreams = createEventStreams({ log: realtimeLog, sent: () => metrics.eventDelivered('stream') })
  let draining = false
  const app = createApp({
    useCases,
    eventStreams,
    config: {
      maxUploadBytes: config.maxUploadBytes,
      uploadPatienceMs: config.uploadPatienceMs,
      requireConsent: config.requireConsent,
      defaultQuality: defaultQuality(catalogue, config.providerPriority),
      uploadDir,
      version: packageVersion(),
      tenantOf,
      isOperator,
    },
    log: httpLog,
    health: {
      readiness: async () => {
        const database = await checkDatabase()
        return { ready: database === 'ok' && !draining, checks: { database, ...(draining && { server: 'draining' }) } }
      },
      health: watching.health,
      probe: watching.probe,
    },
    watching: { alerts: watching.alerts.state, costsOf: watching.costsOf, now: () => new Date() },
    cache: {
      enabled: config.cacheEnabled,
      ttlMs: config.cacheTtlMs,
      since,
      stats: cacheStats,
      diagnose: watching.diagnoseCache,
    },
    readMetrics: config.watching.metrics ? metrics.read : null,
    answered: metrics.requestAnswered,
  })
  const httpServer = createHttpServer(app, { ...usualBounds, maxConnections: config.maxConnections }, httpLog)
  httpServer.prependListener('request', (_request, response) => {
    if (draining) response.shouldKeepAlive = false
  })
  const realtime = attachRealtime({
    httpServer,
    getGeneration: useCases.getGeneration,
    watchGeneration: useCases.watchGeneration,
    tenantOf,
    alerts: alertsOf(watching.alerts, isOperator),
    log: realtimeLog,
    sent: () => metrics.eventDelivered('socket'),
  })
  metrics.watch({ sockets: realtime.connections, streams: eventStreams.open })
  await new Promise<void>((done, failed) => {
    httpServer.once('error', failed)
    httpServer.listen(config.port, config.host, done)
  })
  const { address, family, port } = httpServer.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    drain() {
      draining = true
    },
    async close() {
      draining = true
      const closed = new Promise((done) => httpServer.close(done))
      await Promise.all([realtime.close(), eventStreams.close()])
      httpServer.closeIdleConnections()
      const impatience = setTimeout(() => httpServer.closeAllConnections(), config.shutdownGraceMs)
      await closed
      clearTimeout(impatience)
    },
  }
}

function alertsOf({ state, subscribe }: AlertWatch, isOperator: Alerts['isOperator']): Alerts {
  const present = (alert: Parameters<typeof presentAlert>[0]) => presentAlert(alert, state().currency)
  return {
    isOperator,
    firing: () =>
      state()
        .alerts.filter(({ resolvedAt }) => resolvedAt === null)
        .map(present),
    subscribe: (listener) => subscribe((change) => listener(present(change))),
  }
}
