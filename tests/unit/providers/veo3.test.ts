import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import type { Answer, AskRequest } from '../../../src/network/ask.ts'
import { providersEnvironment } from '../../../src/providers/catalogue.ts'
import type { CallOutcome, Provider, SpeakingRequest } from '../../../src/providers/provider.ts'
import { createVeo3Provider } from '../../../src/providers/veo3.ts'
import { readVeo3Settings } from '../../../src/providers/veo3-settings.ts'
import { readWireError } from '../../../src/providers/veo3-wire.ts'
import { errorShapes } from '../../../src/sandbox/switches.ts'
import { errorBody } from '../../../src/sandbox/veo3-answers.ts'

const now = new Date('2025-09-13T10:30:00Z')
const photoBytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
let folder: string
let request: SpeakingRequest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veo3-'))
  const path = join(folder, 'photo.jpg')
  await writeFile(path, photoBytes)
  request = {
    workId: 'video_9f',
    model: 'veo3/veo3-talking',
    tenantId: 'user_42',
    requestedAt: now,
    photo: { path, sha256: 'ab', width: 800, height: 1000, face: 0, faceMesh: null },
    script: 'Welcome to our shop.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: '9:16',
    maxSeconds: 60,
    speechSeconds: 29.3,
    lipSync: true,
    facialAnimationStrength: 0.8,
    noiseReduction: true,
    audioEnhancement: true,
    burnSubtitles: false,
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Given = Partial<Pick<Answer, 'status' | 'headers'>> & { readonly body?: unknown; readonly text?: string }

function toAnswer({ status = 200, headers = {}, body, text = JSON.stringify(body) ?? '' }: Given): Answer {
  return { status, headers, text, json: body }
}

/** A provider whose every question is answered so; keeps what was asked. */
function answered(given: Given, environment: Record<string, string> = {}) {
  const asked: AskRequest[] = []
  const { API_KEY = 'key', ...settings } = readVeo3Settings(providersEnvironment.parse(environment), 'VEO3_')
  const provider = createVeo3Provider({
    id: 'veo3',
    name: 'Veo3',
    settings: { ...settings, API_KEY },
    ask: async (question) => {
      asked.push(question)
      return toAnswer(given)
    },
    languages: ['en', 'fr'],
    now: () => now,
  })
  return { provider, asked }
}

const signal = new AbortController().signal
const context = {
  idempotencyKey: 'cal_7',
  signal,
  scratch: '/nowhere',
  onProgress: () => {},
  ended: [],
  material: {},
  callbackUrl: null,
}
const operation = { jobId: 'veo3_job_9f01', callId: 'cal_7' }
const start = (provider: Provider, more: Partial<SpeakingRequest> = {}, callbackUrl: string | null = null) =>
  provider.start({ name: 'generate' }, { ...request, ...more }, { ...context, callbackUrl })
const status = (given: Given) => answered(given).provider.status!(operation, { signal, scratch: '/nowhere' })

async function failureOf(work: Promise<unknown>): Promise<VendorFailure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
  return error
}

const accepted = { status: 202, body: { job_id: 'veo3_job_9f01' } }
const completed = {
  status: 'completed',
  progress: 100,
  video_url: 'https://veo3.ai/videos/generated_9f01.mp4',
  thumbnail_url: 'https://veo3.ai/thumbnails/thumb_9f01.jpg',
  quality_metrics: {
    lip_sync_accuracy: 91.4,
    resolution: '1080x1920',
    audio_quality: 'high',
    facial_animation: 8.2,
    overall_score: 8.6,
    processing_time_seconds: 47,
  },
}

describe('what veo3 is sent', () => {
  it("is the contract's sample, to the letter", async () => {
    const { provider, asked } = answered(accepted, { VEO3_WEBHOOK_SECRET: 's' })
    await start(provider, {}, 'https://app.example/api/v1/hooks/veo3')
    expect(asked).toEqual([
      {
        method: 'POST',
        baseUrl: 'https://api.veo3.ai/v1',
        path: '/video/generate',
        headers: { authorization: 'Bearer key', 'idempotency-key': 'cal_7', 'x-request-id': 'cal_7' },
        timeoutMs: 60_000,
        signal,
        json: {
          image: { data: photoBytes.toString('base64'), format: 'image/jpeg' },
          script: { text: 'Welcome to our shop.', voice_settings: { speed: 1, pitch: 0 } },
          video_config: { duration_seconds: 30, aspect_ratio: 'portrait', resolution: '1080p', bitrate: 4000, fps: 30 },
          generation_config: {
            lip_sync_enabled: true,
            facial_animation_strength: 0.8,
            background_noise_reduction: true,
            audio_enhancement: true,
          },
          metadata: { user_id: 'user_42', generation_id: 'video_9f', created_at: '2025-09-13T10:30:00.000Z' },
          callback_url: 'https://app.example/api/v1/hooks/veo3',
        },
      },
    ])
  })

  const sent = async (more: Partial<SpeakingRequest>, environment = {}, callbackUrl: string | null = null) => {
    const { provider, asked } = answered(accepted, environment)
    await start(provider, more, callbackUrl)
    return asked[0]!.json as { video_config: object; callback_url?: string }
  }

  it.each([
    ['economy', { resolution: '720p', bitrate: 2000, fps: 24 }],
    ['standard', { resolution: '1080p', bitrate: 4000, fps: 30 }],
    ['premium', { resolution: '1080p', bitrate: 8000, fps: 60 }],
  ] as const)('is of the tier: %s', async (quality, tier) => {
    expect((await sent({ quality })).video_config).toMatchObject(tier)
  })

  it.each([
    ['1:1', 100, 900, 'square'],
    ['9:16', 900, 100, 'portrait'],
    ['16:9', 100, 900, 'landscape'],
    [null, 2000, 1000, 'landscape'],
    [null, 1600, 1000, 'landscape'],
    [null, 1300, 1000, 'square'],
    [null, 1000, 1000, 'square'],
    [null, 1000, 1300, 'square'],
    [null, 1000, 1500, 'portrait'],
    [null, 500, 2000, 'portrait'],
  ] as const)(
    'is of the shape that was asked for, else the nearest: %s of %d x %d is %s',
    async (aspectRatio, width, height, name) => {
      const photo = { ...request.photo, width, height }
      expect((await sent({ aspectRatio, photo })).video_config).toMatchObject({ aspect_ratio: name })
    },
  )

  it.each([
    [2, 15],
    [15, 15],
    [15.01, 16],
    [59.2, 60],
    [60, 60],
  ])('is of whole seconds: %d s of speech are %d', async (speechSeconds, seconds) => {
    expect((await sent({ speechSeconds })).video_config).toMatchObject({ duration_seconds: seconds })
  })

  it('asks for webhooks only where they could be told from forged ones', async () => {
    const url = 'https://app.example/hooks'
    expect((await sent({}, {}, url)).callback_url).toBeUndefined()
    expect((await sent({}, { VEO3_WEBHOOK_SECRET: 's' }, url)).callback_url).toBe(url)
    expect((await sent({}, { VEO3_WEBHOOK_SECRET: 's' }, null)).callback_url).toBeUndefined()
  })

  it('is not sent where the contract does not take it', async () => {
    const { provider, asked } = answered(accepted)
    expect((await failureOf(start(provider, { script: 'x'.repeat(5001) }))).fault).toBe('bad-input')
    expect((await failureOf(start(provider, { pitchSemitones: 21 }))).fault).toBe('bad-input')
    expect(asked).toEqual([])
  })

  it('goes below the paths that are set', async () => {
    const { provider, asked } = answered(accepted, {
      VEO3_API_BASE_URL: 'https://eu.example/v2',
      VEO3_GENERATE_PATH: '/talk',
      VEO3_STATUS_PATH: '/talk/{job_id}/state',
    })
    await start(provider)
    await provider.status!({ jobId: 'a/b?c', callId: 'cal_7' }, { signal, scratch: '' })
    await provider.cancel!(operation, { signal })
    await provider.probe!({ signal })
    expect(asked.map(({ method, baseUrl, path }) => `${method} ${baseUrl} ${path}`)).toEqual([
      'POST https://eu.example/v2 /talk',
      'GET https://eu.example/v2 /talk/a%2Fb%3Fc/state',
      'DELETE https://eu.example/v2 /video/jobs/veo3_job_9f01',
      'GET https://eu.example/v2 /health',
    ])
    expect(asked.map(({ headers }) => headers['x-request-id'])).toEqual(['cal_7', 'cal_7', 'cal_7', undefined])
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 30_000, 30_000, 10_000])
  })
})

describe('what veo3 tells of a request', () => {
  const told = (more: Partial<SpeakingRequest>) => answered(accepted).provider.adjust({ ...request, ...more })
  const settings = (more: Partial<SpeakingRequest>) => told(more).map(({ setting }) => setting)

  it('is always that the voice is its own', () => {
    expect(told({})).toEqual([
      { setting: 'voice', asked: 'en-us-slt', used: null, why: 'This provider speaks with a voice of its own choice.' },
    ])
  })

  it('is what it makes longer, crops, chooses or leaves out', () => {
    expect(told({ speechSeconds: 3.06 })).toContainEqual(
      expect.objectContaining({ setting: 'duration', asked: 3.1, used: 15 }),
    )
    expect(settings({ speechSeconds: 15 })).not.toContain('duration')
    expect(told({ aspectRatio: null })).toContainEqual(
      expect.objectContaining({ setting: 'aspect_ratio', asked: null, used: '1:1' }),
    )
    expect(told({ photo: { ...request.photo, face: 1 } })).toContainEqual(
      expect.objectContaining({ setting: 'face', asked: 1, used: null }),
    )
    expect(told({ language: 'fr' })).toContainEqual(expect.objectContaining({ setting: 'language', asked: 'fr' }))
    expect(told({ burnSubtitles: true })).toContainEqual(
      expect.objectContaining({ setting: 'burn_subtitles', asked: true, used: false }),
    )
  })
})

describe('what veo3 answers to a submission', () => {
  const outcome = (given: Given): Promise<CallOutcome> => start(answered(given).provider)

  it('may be little: a job', async () => {
    expect(await outcome(accepted)).toEqual({ kind: 'operation', operation, jobId: 'veo3_job_9f01' })
  })

  it('may be all: request, job and when it will be done', async () => {
    const body = {
      ...accepted.body,
      request_id: 'req_71',
      status: 'processing',
      estimated_completion_time: '2025-09-13T10:35:00Z',
    }
    const named = { operation, jobId: 'veo3_job_9f01', requestId: 'req_71' }
    expect(await outcome({ status: 202, body })).toEqual({ kind: 'operation', etaSeconds: 300, ...named })
    // A time that is over, or none, is not told.
    for (const estimated_completion_time of ['2025-09-13T10:29:00Z', 'soon', 5, null]) {
      expect(await outcome({ status: 202, body: { ...body, estimated_completion_time } })).toEqual({
        kind: 'operation',
        ...named,
      })
    }
  })

  it('may name the request in a header, and the job in digits', async () => {
    expect(await outcome({ status: 200, headers: { 'x-request-id': 'req_9' }, body: { job_id: 7 } })).toMatchObject({
      operation: { jobId: '7', callId: 'cal_7' },
      requestId: 'req_9',
    })
    const headers = { 'x-request-id': 'x'.repeat(201) }
    expect(await outcome({ ...accepted, headers })).not.toHaveProperty('requestId')
  })

  it('may be the film', async () => {
    expect(await outcome({ body: completed })).toEqual({
      kind: 'finished',
      outputs: [
        { role: 'video', url: completed.video_url },
        { role: 'thumbnail', url: completed.thumbnail_url },
      ],
      metrics: {
        lipSyncAccuracy: 91.4,
        resolution: '1080x1920',
        audioQuality: 'high',
        facialAnimation: 8.2,
        overallScore: 8.6,
        processingSeconds: 47,
      },
    })
  })

  it('may be the film without anything else', async () => {
    const { video_url } = completed
    expect(
      await outcome({ body: { status: 'completed', video_url, thumbnail_url: null, quality_metrics: 'fine' } }),
    ).toEqual({
      kind: 'finished',
      outputs: [{ role: 'video', url: video_url }],
    })
  })

  it('may be a failure at once', async () => {
    expect((await failureOf(outcome({ body: { status: 'completed' } }))).fault).toBe('bad-output')
    expect((await failureOf(outcome({ body: { status: 'failed', job_id: 'j' } }))).fault).toBe('vendor-failed')
    const refused = { status: 'failed', error: { code: 'content_policy_violation' } }
    expect((await failureOf(outcome({ body: refused }))).fault).toBe('policy')
  })

  it.each([
    { text: '<h1>ok</h1>' },
    { text: '' },
    { body: null },
    { body: [] },
    { body: 'ok' },
    { body: {} },
    { body: { job_id: '' } },
    { body: { job_id: '..' } },
    { body: { job_id: '.' } },
    { body: { job_id: 'a b' } },
    { body: { job_id: 'x'.repeat(201) } },
    { body: { job_id: { id: 1 } } },
    { status: 204 },
  ])('cannot be read, and may have been an acceptance: %j', async (given) => {
    expect((await failureOf(outcome({ status: 202, ...given }))).fault).toBe('bad-answer')
  })

  it.each([
    [400, 'bad-input'],
    [422, 'bad-input'],
    [401, 'key'],
    [403, 'key'],
    [402, 'credit'],
    [413, 'too-large'],
    [429, 'rate-limit'],
    [500, 'server-error'],
    [502, 'server-error'],
    [503, 'server-error'],
    [504, 'server-error'],
    // A wrong path, a redirect that is not followed, a server that heard only half: nothing was taken.
    [301, 'server-error'],
    [404, 'server-error'],
    [405, 'server-error'],
    [408, 'server-error'],
    // The key is known with another body: something was taken before.
    [409, 'bad-answer'],
  ] as const)('is told by its status, whatever the body: %d is %s', async (code, fault) => {
    for (const given of [
      { body: { error: { code: 'x', request_id: 'req_72' } } },
      { body: { error: 'text' } },
      { text: '<h1>' },
    ]) {
      expect(await failureOf(outcome({ status: code, ...given }))).toMatchObject({ fault, vendorStatus: code })
    }
  })

  it("carries the wait and the vendor's request id", async () => {
    const given = { status: 429, body: { error: { code: 'rate_limited', request_id: 'req_72' } } }
    expect(await failureOf(outcome(given))).toMatchObject({ vendorRequestId: 'req_72', retryAfterSeconds: undefined })
    for (const [header, seconds] of [
      ['2', 2],
      ['1.2', 2],
      ['0', 0],
      ['Sat, 13 Sep 2025 10:31:30 GMT', 90],
      ['Sat, 13 Sep 2025 10:29:00 GMT', 0],
      ['-5', undefined],
      ['soon', undefined],
      ['Sometime', undefined],
      ['', undefined],
    ] as const) {
      const failure = await failureOf(outcome({ ...given, headers: { 'retry-after': header } }))
      expect([header, failure.retryAfterSeconds]).toEqual([header, seconds])
    }
  })

  it('keeps a refusal a refusal, in every shape of error that has a code', async () => {
    for (const shape of errorShapes) {
      const wire = { status: 422, code: 'content_policy_violation', message: 'The content policy forbids it.' }
      const { text } = errorBody(wire, shape, 'req_1')
      const body = text.startsWith('{') ? JSON.parse(text) : undefined
      const { fault } = await failureOf(outcome({ status: 422, body, text }))
      // Of a page of HTML nothing is read; that, too, goes to nobody else.
      expect([shape, fault]).toEqual([shape, shape === 'html' ? 'bad-input' : 'policy'])
    }
    const inServerError = { status: 503, body: { error: { code: 'content_policy_violation' } } }
    expect((await failureOf(outcome(inServerError))).fault).toBe('server-error')
  })

  it("never shows the vendor's words", async () => {
    const body = {
      error: { code: 'odd code with blanks', message: 'token=abc' },
      message: 'token=abc',
      detail: 'token=abc',
    }
    const failure = await failureOf(outcome({ status: 500, body, text: 'token=abc' }))
    expect(`${failure.message} ${failure.hint} ${failure.cause}`).not.toMatch(/token|blanks/)
  })
})

describe('what veo3 answers to a look', () => {
  it.each(['queued', 'processing', 'warming_up', 'Completed', 'done', 'success', '', undefined, 7])(
    'is pending for every word but the known ends: %j',
    async (word) => {
      expect(await status({ body: { ...completed, status: word, progress: 40 } })).toMatchObject({ kind: 'pending' })
    },
  )

  it.each([
    [40, 0.4],
    [0, 0],
    [100, 0.99],
    [1000, 0.99],
    [-3, 0],
  ])('tells how far it is, and is never done before it is: %d is %d', async (progress, fraction) => {
    const body = { status: 'processing', progress }
    expect(await status({ body })).toEqual({
      kind: 'pending',
      progress: { stage: 'processing', done: fraction * 100, total: 100, fraction },
    })
  })

  it('may tell nothing of it', async () => {
    for (const progress of [undefined, null, '40', 'half']) {
      expect(await status({ body: { status: 'processing', progress } })).toEqual({ kind: 'pending', progress: null })
    }
  })

  it('is a failure where it is done without a video', async () => {
    for (const video_url of [undefined, null, '', 7]) {
      const answer = await status({ body: { ...completed, video_url } })
      expect(answer).toMatchObject({ kind: 'failed', failure: { fault: 'bad-output' } })
    }
  })

  it.each([
    [{ code: 'content_policy_violation' }, 'policy'],
    [{ code: 'internal_error', message: 'the content policy was not asked' }, 'vendor-failed'],
    ['violates our content policy', 'policy'],
    [undefined, 'vendor-failed'],
    [null, 'vendor-failed'],
  ])('is a failure with its class: %j is %s', async (error, fault) => {
    for (const word of ['failed', 'cancelled']) {
      expect(await status({ body: { status: word, error } })).toMatchObject({ kind: 'failed', failure: { fault } })
    }
  })

  it('is a failure where it knows no such job', async () => {
    for (const code of [404, 410]) {
      const answer = await status({ status: code, body: { error: { code: 'job_not_found' } } })
      expect(answer).toMatchObject({ kind: 'failed', failure: { fault: 'vendor-failed', vendorStatus: code } })
    }
  })

  it('is thrown as what it is where it says nothing of the job', async () => {
    for (const [code, fault] of [
      [401, 'key'],
      [429, 'rate-limit'],
      [503, 'server-error'],
      [200, 'bad-answer'],
    ] as const) {
      expect((await failureOf(status({ status: code, text: '<h1>' }))).fault).toBe(fault)
    }
  })
})

describe('what veo3 answers to a cancellation', () => {
  const cancel = (given: Given) => answered(given).provider.cancel!(operation, { signal })

  it('is yes for every success, unless the job is done', async () => {
    expect(await cancel({ status: 204 })).toBe(true)
    expect(await cancel({ body: { status: 'cancelled' } })).toBe(true)
    expect(await cancel({ body: completed })).toBe(false)
  })

  it('is no where it cannot', async () => {
    expect(await cancel({ status: 404 })).toBe(false)
    expect(await cancel({ status: 405 })).toBe(false)
    expect((await failureOf(cancel({ status: 500 }))).fault).toBe('server-error')
  })
})

describe("an error's body", () => {
  it('is read in every shape, and of anything else nothing is', () => {
    expect(readWireError({ error: { code: 'a', request_id: 'r' } })).toEqual({
      code: 'a',
      requestId: 'r',
      isPolicy: false,
    })
    expect(readWireError({ error: { type: 'a', code: 'b' } }).code).toBe('b')
    expect(readWireError({ detail: [{ type: 'a' }] }).code).toBe('a')
    expect(readWireError({ code: 'a', message: 'm' }).code).toBe('a')
    for (const odd of [
      undefined,
      null,
      7,
      'text',
      [],
      {},
      { error: null },
      { error: [] },
      { detail: [] },
      { error: { code: 7 } },
    ]) {
      expect(readWireError(odd)).toEqual({ code: null, requestId: null, isPolicy: false })
    }
  })
})
