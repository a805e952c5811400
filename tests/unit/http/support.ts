/** A running app on a free port, with the fake heart behind it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import type { Express } from 'express'
import { pino } from 'pino'
import type { CacheStats } from '../../../src/cache/cache.ts'
import { Failure } from '../../../src/errors.ts'
import { type AppParts, createApp, routesOf } from '../../../src/http/app.ts'
import { createHttpServer, type ServerBounds, usualBounds } from '../../../src/http/create-http-server.ts'
import type { Readiness } from '../../../src/http/health-routes.ts'
import { buildDocument } from '../../../src/http/openapi/build-document.ts'
import type { Route } from '../../../src/http/openapi/operation.ts'
import type { HttpConfig } from '../../../src/http/route-context.ts'
import { type Problem, problemSchema } from '../../../src/http/schemas/problem.ts'
import { createEventStreams, type EventStreamParts, type EventStreams } from '../../../src/realtime/event-streams.ts'
import { diagnoseCache } from '../../../src/watching/diagnose-cache.ts'
import type { Health } from '../../../src/watching/health.ts'
import { createMetrics } from '../../../src/watching/metrics.ts'
import type { CostRow } from '../../../src/watching/ports.ts'
import type { ProbeResult } from '../../../src/watching/probes.ts'
import type { AlertState } from '../../../src/watching/watch-alerts.ts'
import { createFakeHeart, type FakeHeart } from '../../doubles/use-cases.ts'
import { createHolder, type DocumentObject, type Holder } from '../../support/hold-to-document.ts'
import { sampleCacheStats } from '../../support/sample-cache-stats.ts'
import { tapAnswers } from '../../support/tap-answers.ts'

export interface RunningApp {
  readonly heart: FakeHeart
  readonly server: Server
  readonly app: Express
  /** Knows the document of this app, and what was answered. */
  readonly holder: Holder
  readonly url: string
  /** Lines of the log, parsed. */
  readonly lines: Record<string, unknown>[]
  readonly uploadDir: string
  readonly eventStreams: EventStreams
  /** Files that uploads left behind. */
  leftovers(): Promise<string[]>
  readiness: Readiness | Error
  health: Health
  /** By provider; there is no other. */
  probes: Record<string, ProbeResult>
  alerts: AlertState
  costs: readonly CostRow[]
  cacheStats: CacheStats
  readonly costQuestions: (readonly [tenantId: string, from: Date, until: Date])[]
  stop(): Promise<void>
}

/** One for a test file: each listens to the process. */
const metrics = createMetrics()

/** Made once for a test file: the document is the same for every app. */
let holder: Holder | null = null
const documentOf = (routes: readonly Route[]) =>
  JSON.parse(
    JSON.stringify(
      buildDocument(
        routes.map(({ operation }) => operation),
        '1.2.3',
      ),
    ),
  ) as DocumentObject

export async function startApp(
  changes: Partial<HttpConfig> = {},
  bounds: Partial<ServerBounds> = {},
  streams: Partial<EventStreamParts> = {},
): Promise<RunningApp> {
  const directory = await mkdtemp(join(tmpdir(), 'http-'))
  const uploadDir = join(directory, 'uploads')
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const heart = createFakeHeart()
  const eventStreams = createEventStreams({ log, ...streams })
  const parts: AppParts = {
    useCases: heart.useCases,
    eventStreams,
    log,
    readMetrics: metrics.read,
    answered: metrics.requestAnswered,
    health: {
      readiness: async () => {
        if (running.readiness instanceof Error) throw running.readiness
        return running.readiness
      },
      health: async () => running.health,
      probe(provider) {
        const result = Object.hasOwn(running.probes, provider) ? running.probes[provider] : null
        return result ? Promise.resolve({ result, at: new Date(0) }) : null
      },
    },
    watching: {
      alerts: () => running.alerts,
      async costsOf(...question) {
        running.costQuestions.push(question)
        return running.costs
      },
      now: () => new Date('2026-11-21T10:00:00Z'),
    },
    cache: {
      enabled: true,
      ttlMs: 3_600_000,
      since: new Date('2026-11-21T09:00:00Z'),
      stats: async () => running.cacheStats,
      diagnose: async () => diagnoseCache(running.cacheStats, { enabled: true, hitRate: 0.7, minimumSample: 20 }),
    },
    config: {
      maxUploadBytes: 1_000_000,
      uploadPatienceMs: 15_000,
      requireConsent: false,
      defaultQuality: 'standard',
      uploadDir,
      version: '1.2.3',
      tenantOf: (request) => {
        if (request.get('Authorization') === 'Bearer wrong') {
          throw new Failure('AUTHENTICATION_FAILED', { reason: 'key-unknown', message: 'This key is not known.' })
        }
        return request.get('X-Tenant') ?? 'tenant-1'
      },
      isOperator: (tenantId) => tenantId === 'tenant-1',
      ...changes,
    },
  }
  const app = createApp(parts)
  const server = createHttpServer(app, { ...usualBounds, maxConnections: 100, ...bounds }, log)
  holder ??= createHolder(documentOf(routesOf(parts)))
  const strays: string[] = []
  tapAnswers(server, (answer) => strays.push(...holder!.hold(answer)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const running: RunningApp = {
    heart,
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    uploadDir,
    leftovers: () => readdir(uploadDir).catch(() => []),
    readiness: { ready: true, checks: { database: 'ok' } },
    health: { status: 'healthy', database: 'ok', providers: {} },
    probes: { local: { status: 'healthy' } },
    alerts: { alerts: [], rules: [], windowSeconds: 900, currency: 'INR', readAt: null },
    cacheStats: sampleCacheStats(),
    costs: [],
    costQuestions: [],
    eventStreams,
    app,
    holder,
    async stop() {
      await eventStreams.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
      // Every answer of every test is held to the document.
      expect(strays).toEqual([])
    },
  }
  return running
}

/** Reads a problem document and checks all that every one of them must be. */
export async function problemOf(response: Response, status: number, reason: string): Promise<Problem> {
  const text = await response.text()
  const problem = problemSchema.parse(JSON.parse(text))
  expect({ status: response.status, reason: problem.reason, detail: problem.detail }).toEqual({
    status,
    reason,
    detail: problem.detail,
  })
  expect(problem.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(problem.request_id).toBe(response.headers.get('x-request-id'))
  expect(problem.type).toBe(`urn:talking-photo:problem:${reason}`)
  expect(text).not.toMatch(/node_modules|\.ts:\d|\/tmp\//)
  return problem
}

/** A form as a browser would send it. */
export function form(
  fields: Readonly<Record<string, string>> = {},
  photo: Blob | null = new Blob(['photo bytes']),
): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  if (photo) data.append('photo', photo, 'me.jpg')
  return data
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
