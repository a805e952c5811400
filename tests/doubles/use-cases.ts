/** The heart in memory: what the edges ask of it, answered honestly enough to test the edges alone. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Failure } from '../../src/errors.ts'
import type { EventBody, GenerationEvent } from '../../src/generations/event.ts'
import type { AnswerSelector } from '../../src/generations/forget-answers.ts'
import { type Generation, isFinal, type Photo, type PhotoVerdict } from '../../src/generations/generation.ts'
import { listModels } from '../../src/generations/list-models.ts'
import type { Rating } from '../../src/generations/ratings.ts'
import { requestBatch } from '../../src/generations/request-batch.ts'
import type { WishParts } from '../../src/generations/settle-wishes.ts'
import type { GenerationTrace } from '../../src/generations/trace-generation.ts'
import type { GenerationRequest, OpenedMedia, UseCases } from '../../src/generations/use-cases.ts'
import { createPriceBook, priceOn } from '../../src/money/price-book.ts'
import { createModelRegistry } from '../../src/providers/model-registry.ts'
import { nanoBananaFacts } from '../../src/providers/nano-banana-models.ts'
import { runwayFacts } from '../../src/providers/runway-models.ts'
import { createEstimate } from './estimates.ts'
import { createScriptedProvider } from './scripted-provider.ts'

const start = new Date('2026-01-02T03:04:05.678Z')

const wishes: WishParts = {
  findModel: (name) => ({ kind: 'model', id: name, warning: null }),
  whyNot: () => null,
  currency: 'INR',
  convert: (money) => (money.currency === 'INR' ? money : null),
  currencies: ['INR'],
}

const local = createScriptedProvider('local')
const catalogue = [
  { id: 'local', name: 'Local', provider: local, missing: null, models: local.models },
  ...['runway', 'nano-banana'].map((id) => ({
    id,
    name: id,
    provider: null,
    missing: 'its key is not set',
    models: [...runwayFacts({}, ['en']), ...nanoBananaFacts(['en'])].filter(({ provider }) => provider === id),
  })),
]

export const goodVerdict: PhotoVerdict = {
  ok: true,
  faces: [
    {
      index: 0,
      box: { x: 0.25, y: 0.2, width: 0.5, height: 0.6 },
      yawDegrees: 3,
      rollDegrees: -2,
      score: 0.98,
      mesh: 'not public',
      ok: true,
      problem: null,
    },
  ],
  chosen: 0,
  problem: null,
  warnings: [{ code: 'face-small', message: 'The face is small.' }],
}

export function makeGeneration(changes: Partial<Generation> = {}): Generation {
  return {
    id: 'gen_1',
    workId: 'wrk_1',
    origin: 'made',
    making: null,
    queue: null,
    tenantId: 'tenant-1',
    photoId: 'pho_1',
    photoSha256: 'a'.repeat(64),
    face: 0,
    script: 'Hello.',
    settings: {
      maxSeconds: 60,
      quality: 'standard',
      aspectRatio: null,
      voice: 'en-us-slt',
      language: 'en-US',
      speed: 1,
      pitch: 0,
      lipSync: true,
      facialAnimationStrength: 0.8,
      noiseReduction: false,
      audioEnhancement: true,
      burnSubtitles: false,
      priority: 'normal',
      timeoutSeconds: 300,
    },
    metadata: {},
    adjusted: [],
    estimate: { videoSeconds: 4.2, processingSeconds: 30, cost: { micros: 0, currency: 'USD' } },
    status: 'queued',
    step: 'choose',
    progress: 0,
    lastSeq: 1,
    requestId: null,
    createdAt: start,
    startedAt: null,
    finishedAt: null,
    deadlineAt: new Date(start.getTime() + 300_000),
    failure: null,
    output: null,
    cost: null,
    routeTrace: [],
    ...changes,
  }
}

export function makePhoto(changes: Partial<Photo> = {}): Photo {
  return {
    id: 'pho_1',
    tenantId: 'tenant-1',
    sha256: 'a'.repeat(64),
    mediaKey: 'tenant-1/photos/pho_1/photo.jpg',
    width: 640,
    height: 480,
    bytes: 12_345,
    kept: true,
    faces: goodVerdict.faces,
    createdAt: start,
    ...changes,
  }
}

/** A finished generation whose video is `video`. */
export function makeCompleted(id: string, video: Buffer): Generation {
  return makeGeneration({
    id,
    status: 'completed',
    step: null,
    progress: 100,
    startedAt: new Date(start.getTime() + 1_500),
    finishedAt: new Date(start.getTime() + 21_500),
    cost: { micros: 630_000, currency: 'USD' },
    output: {
      videoKey: `tenant-1/videos/${id}/video.mp4`,
      thumbnailKey: `tenant-1/videos/${id}/thumbnail.jpg`,
      wordsKey: `tenant-1/videos/${id}/words.json`,
      bytes: video.length,
      sha256: createHash('sha256').update(video).digest('hex'),
      seconds: 4.2,
      width: 720,
      height: 960,
      fps: 25,
    },
    routeTrace: [
      {
        attempt: 1,
        strategy: 'cheapest',
        provider: 'local',
        model: 'local/talking-photo',
        verdict: 'chosen',
        why: 'free',
        estimate: { micros: 0, currency: 'INR' },
      },
    ],
  })
}

export interface FakeHeart {
  readonly useCases: UseCases
  readonly generations: Map<string, Generation>
  readonly photos: Map<string, Photo>
  readonly videos: Map<string, Buffer>
  /** What was asked, with the bytes of the photo as they were then. */
  readonly requests: (GenerationRequest & { readonly photoBytes: Buffer | null })[]
  /** What was to be thrown out of the caches. */
  readonly forgotten: AnswerSelector[]
  /** Appends to the log of a generation and wakes its watchers. */
  append(id: string, body: EventBody, changes?: Partial<Pick<Generation, 'status' | 'progress'>>): GenerationEvent
  /** How many watches are open now. */
  watching(): number
  /** Runs before each use case that takes a photo; may wait, throw, look at the signal. */
  onPhoto: (signal: AbortSignal | undefined) => Promise<void>
  /** Thrown to every watcher at its next look. */
  breakWatches: Error | null
  /** Runs for each event that a watcher reads. */
  onWatched: () => void
  readonly ratings: Map<string, Rating>
  /** What the trace of any generation tells. */
  attempts: GenerationTrace['attempts']
  eventSummaries: GenerationTrace['events']
  /** How the stored bytes are read. */
  readVideo: (bytes: Buffer) => Promise<Readable>
}

const notFound = (kind: string) =>
  new Failure('INVALID_REQUEST', { reason: `${kind}-not-found`, status: 404, message: `There is no such ${kind}.` })

export function createFakeHeart(): FakeHeart {
  const generations = new Map<string, Generation>()
  const photos = new Map<string, Photo>()
  const videos = new Map<string, Buffer>()
  const logs = new Map<string, GenerationEvent[]>()
  const bells = new Set<() => void>()
  const forgotten: AnswerSelector[] = []
  let open = 0

  const find = (tenantId: string, id: string) => {
    if (id.includes('\0')) throw new Error('PostgreSQL: invalid byte sequence for encoding "UTF8": 0x00')
    const found = generations.get(id)
    if (found?.tenantId !== tenantId) throw notFound('generation')
    return found
  }
  const findPhoto = (tenantId: string, id: string) => {
    const found = photos.get(id)
    if (found?.tenantId !== tenantId) throw notFound('photo')
    return found
  }

  const useCases: UseCases = {
    async requestGeneration(request) {
      const photoBytes = 'file' in request.photo ? await readFile(request.photo.file) : null
      heart.requests.push({ ...request, photoBytes })
      await heart.onPhoto(request.signal)
      if ('id' in request.photo) findPhoto(request.caller.tenantId, request.photo.id)
      const { caller, script, settings, metadata } = request
      const generation = makeGeneration({
        id: `gen_${generations.size + 1}`,
        tenantId: caller.tenantId,
        requestId: caller.requestId,
        face: request.face ?? 0,
        script,
        settings,
        metadata,
        adjusted: settings.noiseReduction
          ? [{ setting: 'background_noise_reduction', asked: true, used: false, why: 'there is no noise' }]
          : [],
      })
      generations.set(generation.id, generation)
      return { generation, warnings: goodVerdict.warnings }
    },
    requestBatch: (batch) =>
      requestBatch({ wishes, requestGeneration: (request) => useCases.requestGeneration(request) })(batch),
    getGeneration: async (tenantId, id) => find(tenantId, id),
    async listGenerations(tenantId, { limit, cursor, status }) {
      const [, last] = /^\d+ (\S+)$/.exec(Buffer.from(cursor ?? '', 'base64url').toString()) ?? []
      if (cursor && !last) {
        throw new Failure('INVALID_REQUEST', { reason: 'cursor-invalid', status: 400, message: 'This is no cursor.' })
      }
      const all = [...generations.values()].filter(
        (one) => one.tenantId === tenantId && (!status || one.status === status),
      )
      const from = all.findIndex(({ id }) => id === last) + 1
      const items = all.slice(from, from + limit)
      const more = all.length > from + limit
      return { items, nextCursor: more ? Buffer.from(`0 ${items.at(-1)!.id}`).toString('base64url') : null }
    },
    async discardGeneration(tenantId, id) {
      const generation = find(tenantId, id)
      if (isFinal(generation.status)) {
        generations.delete(id)
        return null
      }
      const cancelled = { ...generation, status: 'cancelled' as const, step: null, finishedAt: start }
      generations.set(id, cancelled)
      return cancelled
    },
    async forgetAnswers(selector) {
      forgotten.push(selector)
      return { answers: 2, memory: 1, redis: 'pending' }
    },
    async openMedia(tenantId, id, kind): Promise<OpenedMedia> {
      const generation = find(tenantId, id)
      const video = videos.get(id)
      if (!isFinal(generation.status)) {
        throw new Failure('INVALID_REQUEST', {
          reason: 'not-finished',
          status: 409,
          message: 'It is not finished.',
          retryable: true,
          retryAfterSeconds: 2.5,
        })
      }
      if (!video) {
        throw new Failure('INVALID_REQUEST', { reason: 'generation-failed', status: 410, message: 'There is none.' })
      }
      return {
        bytes: video.length,
        etag: `"${createHash('sha256').update(video).digest('hex')}"`,
        contentType: kind === 'video' ? 'video/mp4' : 'image/jpeg',
        fileName: kind === 'video' ? `${id}.mp4` : `${id}.jpg`,
        modifiedAt: start,
        read: (range) => heart.readVideo(range ? video.subarray(range.start, range.end + 1) : video),
      }
    },
    async openSubtitles(tenantId, id, format): Promise<OpenedMedia> {
      const { modifiedAt } = await useCases.openMedia(tenantId, id, 'video')
      const text = Buffer.from(format === 'vtt' ? 'WEBVTT\n' : '1\r\n')
      return {
        bytes: text.length,
        etag: `"${createHash('sha256').update(text).digest('hex')}"`,
        contentType: format === 'vtt' ? 'text/vtt; charset=utf-8' : 'application/x-subrip; charset=utf-8',
        language: 'en',
        fileName: `${id}.${format}`,
        modifiedAt,
        read: async (range) => Readable.from([range ? text.subarray(range.start, range.end + 1) : text]),
      }
    },
    async checkPhoto({ file, face, signal }) {
      await readFile(file)
      await heart.onPhoto(signal)
      const verdict = face
        ? {
            ...goodVerdict,
            ok: false,
            chosen: null,
            problem: { reason: 'face-index-out-of-range', message: 'No.', hint: 'Choose 0.' },
          }
        : goodVerdict
      return { verdict, width: 640, height: 480, sha256: 'a'.repeat(64) }
    },
    async keepPhoto({ caller, file, signal }) {
      await readFile(file)
      await heart.onPhoto(signal)
      const photo = makePhoto({ id: `pho_${photos.size + 1}`, tenantId: caller.tenantId })
      photos.set(photo.id, photo)
      return { photo, verdict: goodVerdict }
    },
    getPhoto: async (tenantId, id) => findPhoto(tenantId, id),
    async deletePhoto(tenantId, id) {
      findPhoto(tenantId, id)
      photos.delete(id)
    },
    estimateWork: createEstimate(),
    listModels: listModels({
      registry: createModelRegistry({ entries: catalogue, now: () => start }),
      priceOn,
      convert: createPriceBook({ currency: 'INR', rates: { USD: '83.25' } }).convert,
      money: { currency: 'INR', rates: { USD: '83.25' }, ratesOf: '2026-01-01' },
      outage: () => null,
      breakerOf: () => 'closed',
      clock: { now: () => start },
    }),
    listVoices: (language) =>
      [{ id: 'en-us-slt', name: 'Slt', language: 'en-US', gender: 'female', engine: 'flite' } as const].filter(
        () => language === undefined || language.startsWith('en'),
      ),
    async openVoiceSample(id) {
      if (id !== 'en-us-slt') {
        throw new Failure('INVALID_REQUEST', { reason: 'voice-not-found', status: 404, message: 'There is none.' })
      }
      const wav = Buffer.from('RIFF....WAVE')
      return {
        bytes: wav.length,
        etag: `"${createHash('sha256').update(wav).digest('hex')}"`,
        contentType: 'audio/wav',
        language: 'en-US',
        fileName: `${id}.wav`,
        modifiedAt: new Date('2026-01-01T00:00:00Z'),
        read: async (range) => Readable.from([range ? wav.subarray(range.start, range.end + 1) : wav]),
      }
    },
    async readEvents(tenantId, id, { after, limit }) {
      const { status } = find(tenantId, id)
      const log = logs.get(id) ?? []
      const events = log.filter(({ seq }) => seq > after).slice(0, limit)
      return { events, lastSeq: log.length, isOver: isFinal(status) }
    },
    async receiveWebhook(provider) {
      if (provider === 'local') return 'looked'
      throw new Failure('INVALID_REQUEST', {
        status: 404,
        reason: 'provider-not-found',
        message: 'No provider of that name sends word here.',
      })
    },

    async rateGeneration(tenantId, id, { score, comment }) {
      const generation = find(tenantId, id)
      if (generation.status !== 'completed') {
        throw new Failure('INVALID_REQUEST', { reason: 'nothing-to-rate', status: 409, message: 'There is nothing.' })
      }
      const rating = {
        generationId: id,
        provider: 'local',
        model: 'local/talking-head',
        score,
        comment,
        ratedAt: start,
      }
      heart.ratings.set(id, rating)
      return { generation, rating }
    },
    async readRatings(_tenantId, read) {
      const ids = read.map(({ id }) => id)
      return new Map([...heart.ratings].filter(([id]) => ids.includes(id)))
    },
    async traceGeneration(tenantId, id) {
      return {
        generation: find(tenantId, id),
        attempts: heart.attempts,
        answerName: 'two_0123456789abcdef',
        events: heart.eventSummaries,
      }
    },

    async *watchGeneration(tenantId, id, after, signal) {
      find(tenantId, id)
      open += 1
      try {
        let last = after
        while (!signal.aborted) {
          const next = logs.get(id)?.find(({ seq }) => seq > last)
          if (heart.breakWatches) throw heart.breakWatches
          if (next) {
            last = next.seq
            heart.onWatched()
            yield next
            if (isFinal(next.status)) return
          } else {
            await new Promise<void>((resolve) => {
              const wake = () => {
                bells.delete(wake)
                signal.removeEventListener('abort', wake)
                resolve()
              }
              bells.add(wake)
              signal.addEventListener('abort', wake)
            })
          }
        }
      } finally {
        open -= 1
      }
    },
  }

  const heart: FakeHeart = {
    useCases,
    generations,
    photos,
    videos,
    requests: [],
    forgotten,
    ratings: new Map(),
    attempts: [],
    eventSummaries: [],
    append(id, body, changes = {}) {
      const generation = { ...(generations.get(id) ?? makeGeneration({ id })), ...changes }
      generations.set(id, generation)
      const log = logs.get(id) ?? []
      logs.set(id, log)
      const { tenantId, status, progress } = generation
      const event = { generationId: id, tenantId, seq: log.length + 1, at: start, status, progress, body }
      log.push(event)
      for (const wake of [...bells]) wake()
      return event
    },
    watching: () => open,
    onPhoto: async () => {},
    breakWatches: null,
    onWatched: () => {},
    readVideo: async (bytes) => Readable.from([bytes]),
  }
  return heart
}
