/**
 * The named figures of one process, for Prometheus. Rooms get small functions of it and know nothing of the library. No
 * label holds an id, an address or a text of a caller: their number is bounded by routes, models, tiers and stages.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheStats } from '../cache/cache.ts'
import type { VendorObserver } from '../generations/vendor-observer.ts'
import { watchCache } from './cache-figures.ts'
import { type BreakerStates, createVendorFigures, watchBreakers } from './vendor-figures.ts'

export interface JobCounts {
  readonly waiting: number
  readonly delayed: number
  readonly active: number
}

/** Asked at each scrape; what this process has none of is left out. */
export interface Gauges {
  readonly sockets?: () => number
  readonly streams?: () => number
  readonly renders?: () => number
  /** Jobs by lane and state. */
  readonly jobs?: () => Promise<Readonly<Record<string, JobCounts>>>
  readonly breakers?: () => BreakerStates
  readonly cache?: () => Promise<CacheStats>
}

export interface Metrics {
  requestAnswered(done: {
    readonly method: string
    /** The template: '/api/v1/video/{id}'. */
    readonly route: string
    readonly status: number
    readonly seconds: number
    /** Of the failure catalogue, where it was refused. */
    readonly code: string | null
  }): void
  generation(what: string): void
  work(done: { readonly model: string; readonly quality: string; readonly seconds: number }): void
  stage(done: { readonly stage: string; readonly seconds: number }): void
  /** An attempt ended. @param outcome 'ok', or what went wrong */
  attempt(done: { readonly provider: string; readonly outcome: string }): void
  /** A generation failed. @param code of the failure catalogue */
  failed(code: string): void
  readonly vendors: VendorObserver
  photoChecked(verdict: string): void
  eventDelivered(channel: 'socket' | 'stream'): void
  /** Tells more of what is to be asked. */
  watch(gauges: Gauges): void
  /** Everything as text for Prometheus. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>
}

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const workBuckets = [1, 2, 5, 10, 20, 40, 80, 160, 320, 640]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'talking_photo_http_request_seconds',
    help: 'From the request to the end of its answer, by route template.',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers,
  })
  const generations = new Counter({
    name: 'talking_photo_generations_total',
    help: 'Generations that this process accepted (made, shared, cached) or brought to an end (completed, failed, cancelled).',
    labelNames: ['outcome'],
    registers,
  })
  // A series that begins at 1 hides its first step from `increase`.
  for (const outcome of ['made', 'shared', 'cached', 'completed', 'failed', 'cancelled'])
    generations.inc({ outcome }, 0)
  const works = new Histogram({
    name: 'talking_photo_generation_seconds',
    help: 'From the start of processing to the stored file.',
    labelNames: ['model', 'quality'],
    buckets: workBuckets,
    registers,
  })
  const stages = new Histogram({
    name: 'talking_photo_stage_seconds',
    help: 'Stages of the work, as their progress told.',
    labelNames: ['stage'],
    buckets: [0.1, 0.25, 0.5, ...workBuckets],
    registers,
  })
  const attempts = new Counter({
    name: 'talking_photo_attempts_total',
    help: "Attempts that ended, by provider and how: 'ok', the fault of the provider, or the code of the failure.",
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const errors = new Counter({
    name: 'talking_photo_errors_total',
    help: 'Errors told to callers, by the code of the failure: answers to requests, and generations that failed.',
    labelNames: ['where', 'code'],
    registers,
  })
  const vendors = createVendorFigures(registry)
  const photos = new Counter({
    name: 'talking_photo_photo_checks_total',
    help: 'Photos that were looked at: ok, or why not.',
    labelNames: ['verdict'],
    registers,
  })
  const events = new Counter({
    name: 'talking_photo_events_delivered_total',
    help: 'Events given to watchers.',
    labelNames: ['channel'],
    registers,
  })

  const gauge = (name: string, help: string, ask: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(ask())
      },
    })

  return {
    requestAnswered({ method, route, status, seconds, code }) {
      requests.observe({ method, route, status: String(status) }, seconds)
      if (code !== null) errors.inc({ where: 'request', code })
    },
    generation: (outcome) => generations.inc({ outcome }),
    work: ({ model, quality, seconds }) => works.observe({ model, quality }, seconds),
    stage: ({ stage, seconds }) => stages.observe({ stage }, seconds),
    attempt: ({ provider, outcome }) => attempts.inc({ provider, outcome }),
    failed: (code) => errors.inc({ where: 'generation', code }),
    vendors,
    photoChecked: (verdict) => photos.inc({ verdict }),
    eventDelivered: (channel) => events.inc({ channel }),
    watch({ sockets, streams, renders, jobs, breakers, cache }) {
      if (cache) watchCache(registry, cache)
      if (breakers) watchBreakers(registry, breakers)
      if (sockets) gauge('talking_photo_sockets_open', 'Sockets connected to this process.', sockets)
      if (streams) gauge('talking_photo_streams_open', 'Streams of events open in this process.', streams)
      if (renders) gauge('talking_photo_renders_running', 'Renders in this process.', renders)
      if (!jobs) return
      new Gauge({
        name: 'talking_photo_jobs',
        help: 'Steps in the queue, of all processes, by lane and state.',
        labelNames: ['lane', 'state'],
        registers,
        async collect() {
          for (const [lane, states] of Object.entries(await jobs())) {
            for (const [state, count] of Object.entries(states)) this.set({ lane, state }, count)
          }
        },
      })
    },
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}
