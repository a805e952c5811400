/** The heart with everything around it: the strict memory store, a real disk, scripted providers, a clock that the test moves. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { advanceWork } from '../../src/generations/advance-work.ts'
import { discardGeneration } from '../../src/generations/discard-generation.ts'
import type { Generation, PhotoVerdict, Settings } from '../../src/generations/generation.ts'
import { createKnownFaces } from '../../src/generations/known-faces.ts'
import { createKnownWorks, readKnownWork } from '../../src/generations/known-works.ts'
import type {
  AdvanceJob,
  CheckRecording,
  CheckSubtitles,
  EventFeed,
  FaceCheck,
  InspectVideo,
  PrepareRecording,
  SpeechMeter,
} from '../../src/generations/ports.ts'
import { emptyRegion } from '../../src/generations/region.ts'
import { requestGeneration } from '../../src/generations/request-generation.ts'
import type { GenerationRequest } from '../../src/generations/use-cases.ts'
import { noObserver } from '../../src/generations/vendor-observer.ts'
import type { PricedAmount, VendorParts } from '../../src/generations/vendor-parts.ts'
import { createDiskStore } from '../../src/media/disk-store.ts'
import { createPriceBook } from '../../src/money/price-book.ts'
import { type Model, sentSeconds } from '../../src/providers/model.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createBreakers } from '../../src/resilience/breaker.ts'
import { createAIServiceRouter } from '../../src/routing/ai-service-router.ts'
import { failureTable } from '../../src/routing/failure-table.ts'
import { createVendorGuard } from '../../src/routing/vendor-guard.ts'
import { createMemoryGenerationStore } from './memory-generation-store.ts'
import { createMemoryRegion } from './memory-region.ts'
import { createScriptedFinisher } from './scripted-finisher.ts'

export const settings: Settings = {
  maxSeconds: 60,
  quality: 'standard',
  aspectRatio: null,
  voice: null,
  language: null,
  speed: 1,
  pitch: 0,
  lipSync: true,
  facialAnimationStrength: 0.8,
  noiseReduction: false,
  audioEnhancement: true,
  burnSubtitles: false,
  priority: 'normal',
  timeoutSeconds: 300,
}

export const goodVerdict: PhotoVerdict = {
  ok: true,
  chosen: 0,
  problem: null,
  warnings: [],
  faces: [
    {
      index: 0,
      box: { x: 0.2, y: 0.2, width: 0.5, height: 0.5 },
      yawDegrees: 0,
      rollDegrees: 0,
      score: 0.99,
      ok: true,
      problem: null,
    },
  ],
}

const prices = createPriceBook({ currency: 'INR', rates: {} })

/** As in production. */
const breakerOptions = { threshold: 3, windowMs: 60_000, openMs: 30_000, longestOpenMs: 300_000, probeMs: 60_000 }

const speech: SpeechMeter = {
  voices: [{ id: 'en-us-a', name: 'A', language: 'en-US', gender: 'female', engine: 'flite' }],
  languageScores: async () => ({ en: 0.8 }),
  estimate: () => ({ seconds: 8, low: 7, high: 9 }),
  measure: async () => ({ seconds: 8 }),
}

export async function createHeart(providers: readonly Provider[]) {
  const directory = await mkdtemp(join(tmpdir(), 'heart-'))
  const store = createMemoryGenerationStore()
  const media = createDiskStore({ root: join(directory, 'media'), tempRoot: join(directory, 'tmp') })
  const log: { level: string; fields: Record<string, unknown> }[] = []
  let nowMs = Date.parse('2026-11-21T10:00:00Z')
  let ids = 0
  let verdict = goodVerdict
  const guard = createVendorGuard(createBreakers(breakerOptions, () => nowMs))
  const keep = (level: string) => (fields: unknown) =>
    void log.push({ level, fields: fields as Record<string, unknown> })
  const parts = {
    store,
    media,
    router: createAIServiceRouter({
      models: () => providers.flatMap(({ models }) => models),
      priority: providers.map(({ id }) => id),
      outage: guard.outage,
      quote(model, { seconds: speechSeconds, script }) {
        const seconds = sentSeconds(model, speechSeconds, script)
        const cost = prices.quote(model, { seconds, ...(model.calls && { calls: model.calls }) }, new Date(nowMs))
        return { sentSeconds: seconds, cost: cost?.money ?? null }
      },
    }),
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    clock: { now: () => new Date(nowMs) },
    newId: (prefix: string) => `${prefix}_${String(++ids).padStart(4, '0')}`,
    at: () => {},
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    inspectVideo: (async () => ({ seconds: 8.3, width: 1080, height: 1350, fps: 30, hasAudio: true })) as InspectVideo,
    preparePhoto: async (_file: string, target: string) => {
      const file = join(target, 'photo.jpg')
      await writeFile(file, 'an upright photo')
      return { sha256: 'ab'.repeat(32), width: 800, height: 1000, bytes: 16, file }
    },
    faceCheck: { checkPhoto: async () => verdict } as FaceCheck,
    speech,
    prepareRecording: (async (_file, target) => {
      const file = join(target, 'recording.wav')
      await writeFile(file, 'a mono recording')
      return { file, seconds: 8 }
    }) as PrepareRecording,
    checkRecording: (async () => {}) as CheckRecording,
    checkSubtitles: (async () => {}) as CheckSubtitles,
    requireConsent: true,
    queue: { places: 1, maxWaiting: 1000 },
    currency: prices.currency,
    cacheTtlMs: 3_600_000,
    knownWorks: createKnownWorks(createMemoryRegion(readKnownWork)),
    knownFaces: createKnownFaces(emptyRegion<PhotoVerdict>()),
    failureTable,
    guard,
    takeRate: async () => 0,
    backoff: (tries: number) => tries,
    fetchFile: async ({ url, to }: { readonly url: string; readonly to: string }) => writeFile(to, `bytes of ${url}`),
    writeFile: async ({ to }: { readonly to: string }) => writeFile(to, 'streamed bytes'),
    takeFrame: async (_video: string, to: string) => writeFile(to, 'a frame'),
    convert: prices.convert,
    priceOf: (model: Model, amount: PricedAmount) => prices.quote(model, amount, new Date(nowMs))?.money ?? null,
    voiceFor: (_language: string): ReturnType<VendorParts['voiceFor']> => null,
    finisher: createScriptedFinisher(),
    callbackUrl: () => null,
    vendors: noObserver,
    slotFreed: (_provider: string) => {},
  }
  const feed: EventFeed = { subscribe: (listener) => store.subscribe(listener) }
  const advance = (overrides: Partial<typeof parts>) => advanceWork({ ...parts, ...overrides })
  let taken = 0

  const usual: GenerationRequest = {
    caller: { tenantId: 'local', requestId: 'req-1' },
    photo: { file: join(directory, 'upload'), sha256: 'ab'.repeat(32) },
    face: undefined,
    script: 'Hello there.',
    settings,
    metadata: {},
    consent: true,
    fresh: false,
  }

  return {
    parts,
    store,
    media,
    feed,
    log,
    directory,
    request: (changes: Partial<GenerationRequest> = {}, overrides: Partial<typeof parts> = {}) =>
      requestGeneration({ ...parts, ...overrides })({ ...usual, ...changes }),
    /** The use case that several requests go through, as in a server. */
    together: (overrides: Partial<typeof parts> = {}) => {
      const ask = requestGeneration({ ...parts, ...overrides })
      return (changes: Partial<GenerationRequest> = {}) => ask({ ...usual, ...changes })
    },
    discard: discardGeneration(parts),
    setVerdict: (next: PhotoVerdict) => {
      verdict = next
    },
    tick: (ms: number) => {
      nowMs += ms
    },
    /** The jobs committed since the last call of this. */
    takeJobs(): readonly AdvanceJob[] {
      const jobs = store.jobs.slice(taken)
      taken = store.jobs.length
      return jobs
    },
    runJob: (
      job: AdvanceJob,
      {
        lastTry = false,
        signal = new AbortController().signal,
        ...overrides
      }: Partial<typeof parts> & { lastTry?: boolean; signal?: AbortSignal } = {},
    ) => advance(overrides)({ job, lastTry, signal }),
    /** Runs jobs until there are none; each is the last try, so that a failing step ends somewhere. */
    async runAll(overrides: Partial<typeof parts> = {}): Promise<void> {
      for (let jobs = this.takeJobs(); jobs.length > 0; jobs = this.takeJobs()) {
        for (const job of jobs) await this.runJob(job, { ...overrides, lastTry: true })
      }
    },
    reload: async (id: string): Promise<Generation> => (await store.findGeneration('local', id))!,
    eventTypes: async (id: string) =>
      (await store.eventsAfter(id, 0, 1000)).map(({ body }) =>
        body.type === 'step' ? `step:${body.step}` : body.type,
      ),
    async mediaKeys(): Promise<readonly string[]> {
      const keys: string[] = []
      for await (const { key } of media.list()) keys.push(key)
      return keys.sort()
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}

export type Heart = Awaited<ReturnType<typeof createHeart>>
