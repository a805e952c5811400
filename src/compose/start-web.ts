/** The web role: HTTP and sockets on one port. */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { UseCases } from '../generations/use-cases.ts'
import { createApp } from '../http/app.ts'
import { createHttpServer, usualBounds } from '../http/create-http-server.ts'
import { createEventStreams } from '../realtime/event-streams.ts'
import { attachRealtime } from '../realtime/socket-server.ts'
import type { Metrics } from '../watching/metrics.ts'

/** Until there are accounts, everybody who reaches this machine's loopback is this one tenant. */
const localTenant = 'local'
/** A load balancer asks again soon; a hanging database must not keep it waiting. */
const pingTimeoutMs = 2_000

export interface WebParts {
  readonly config: Config
  readonly log: Logger
  readonly useCases: UseCases
  readonly uploadDir: string
  readonly ping: () => Promise<void>
  readonly metrics: Metrics
}

export interface Web {
  readonly url: string
  /** Takes no more requests, ends the sockets and streams, waits for running answers as long as the grace lasts. */
  close(): Promise<void>
}

export async function startWeb({ config, log, useCases, uploadDir, ping, metrics }: WebParts): Promise<Web> {
  const tenantOf = () => localTenant
  const httpLog = log.child({ room: 'http' })
  const realtimeLog = log.child({ room: 'realtime' })
  const eventStreams = createEventStreams({ log: realtimeLog, sent: () => metrics.eventDelivered('stream') })
  const app = createApp({
    useCases,
    eventStreams,
    config: {
      maxUploadBytes: config.maxUploadBytes,
      uploadPatienceMs: config.uploadPatienceMs,
      requireConsent: config.requireConsent,
      uploadDir,
      version: packageVersion(),
      tenantOf,
    },
    log: httpLog,
    readiness: () => readiness(ping, httpLog),
    readMetrics: config.metrics ? metrics.read : null,
    answered: metrics.requestAnswered,
  })
  const httpServer = createHttpServer(app, { ...usualBounds, maxConnections: config.maxConnections }, httpLog)
  const realtime = attachRealtime({
    httpServer,
    getGeneration: useCases.getGeneration,
    watchGeneration: useCases.watchGeneration,
    tenantOf,
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
    async close() {
      const closed = new Promise((done) => httpServer.close(done))
      await Promise.all([realtime.close(), eventStreams.close()])
      httpServer.closeIdleConnections()
      const impatience = setTimeout(() => httpServer.closeAllConnections(), config.shutdownGraceMs)
      await closed
      clearTimeout(impatience)
    },
  }
}

/** What is wrong goes to the log; a stranger only learns that something is. */
async function readiness(ping: () => Promise<void>, log: Logger) {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(new Error(`no answer within ${pingTimeoutMs} ms`)), pingTimeoutMs)
  })
  try {
    await Promise.race([ping(), late])
    return { ready: true, checks: { database: 'ok' } }
  } catch (error) {
    log.warn({ event: 'not_ready', err: error }, 'the database does not answer')
    return { ready: false, checks: { database: 'unreachable' } }
  } finally {
    clearTimeout(timer)
  }
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version
}
