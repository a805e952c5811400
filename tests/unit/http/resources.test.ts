import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { generationPageSchema, generationSchema } from '../../../src/http/schemas/generation.ts'
import { keptPhotoSchema, photoCheckSchema, photoSchema } from '../../../src/http/schemas/photo.ts'
import { indexSchema, liveSchema, readySchema } from '../../../src/http/schemas/service.ts'
import { voicesSchema } from '../../../src/http/schemas/voice.ts'
import type { RouteTrace } from '../../../src/routing/ai-service-router.ts'
import { makeCompleted, makeGeneration } from '../../doubles/use-cases.ts'
import { form, problemOf, type RunningApp, startApp, until } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(async () => {
  expect(await app.leftovers()).toEqual([])
  await app.stop()
})

const call = (path: string, init: RequestInit = {}) => fetch(app.url + path, init)
const remove = (path: string) => call(path, { method: 'DELETE' })
const post = (path: string, body: FormData) => call(path, { method: 'POST', body })

describe('a generation', () => {
  it('is shown with everything known of it once completed', async () => {
    app.heart.generations.set('gen_1', makeCompleted('gen_1', Buffer.from('video')))
    const response = await call('/api/v1/video/gen_1')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('retry-after')).toBeNull()
    const body = generationSchema.parse(await response.json())
    expect(body).toMatchObject({
      status: 'completed',
      step: null,
      progress: 100,
      output: { bytes: 5, seconds: 4.2, width: 720, height: 960, fps: 25 },
      cost: { amount: '0.63', micros: 630_000, currency: 'USD' },
      timings: { queued_seconds: 1.5, processing_seconds: 20 },
      route: {
        strategy: 'cheapest',
        provider: 'local',
        model: 'local/talking-photo',
        trace: [
          {
            attempt: 1,
            provider: 'local',
            model: 'local/talking-photo',
            verdict: 'chosen',
            why: 'free',
            estimate: { amount: '0.00', micros: 0, currency: 'INR' },
          },
        ],
      },
      fallback_used: false,
      failure: null,
      links: { content: '/api/v1/video/gen_1/content', cancel: null },
    })
    expect(JSON.stringify(body)).not.toContain('tenant-1')
  })

  it('is shown with its failure as a problem', async () => {
    const failure = {
      code: 'TIMEOUT',
      reason: 'deadline-passed',
      message: 'Too slow.',
      hint: 'Try later.',
      retryable: true,
    } as const
    app.heart.generations.set(
      'gen_1',
      makeGeneration({ status: 'failed', failure, finishedAt: new Date('2026-01-02T03:04:06Z') }),
    )
    const body = generationSchema.parse(await (await call('/api/v1/video/gen_1')).json())
    expect(body).toMatchObject({
      failure: {
        type: 'urn:talking-photo:problem:deadline-passed',
        title: 'It took longer than allowed',
        detail: 'Too slow.',
        code: 'TIMEOUT',
        reason: 'deadline-passed',
        hint: 'Try later.',
        retryable: true,
      },
      timings: { queued_seconds: 0.3, processing_seconds: null },
      links: { content: null, thumbnail: null, cancel: null },
    })
  })

  it('says when to ask again while it is under way', async () => {
    const estimate = { videoSeconds: 60, processingSeconds: 400, cost: { micros: 1_234_567, currency: 'INR' } }
    app.heart.generations.set('gen_1', makeGeneration({ status: 'processing', progress: 12.5, estimate }))
    const response = await call('/api/v1/video/gen_1')
    expect(response.headers.get('retry-after')).toBe('10')
    const body = generationSchema.parse(await response.json())
    expect(body).toMatchObject({ progress: 12.5, estimate: { cost: { amount: '1.234567', currency: 'INR' } } })
  })

  it('says that it fell back when a second route was chosen', async () => {
    const chosen = { attempt: 1, provider: 'a', model: 'a/1', verdict: 'chosen', why: 'cheapest' } as const
    const routeTrace = [chosen, { ...chosen, attempt: 2, provider: 'b', model: 'b/1' }]
    app.heart.generations.set('gen_1', makeGeneration({ routeTrace }))
    const { fallback_used, route } = generationSchema.parse(await (await call('/api/v1/video/gen_1')).json())
    expect(fallback_used).toBe(true)
    expect(route).toMatchObject({ provider: 'b', model: 'b/1', trace: [{ attempt: 1 }, { attempt: 2 }] })
  })

  it('shows the route of one that was made before there were attempts, strategies and estimates', async () => {
    const old = { provider: 'a', model: 'a/1', verdict: 'chosen', why: 'cheapest' } as unknown as RouteTrace
    app.heart.generations.set('gen_1', makeGeneration({ routeTrace: [old] }))
    expect(generationSchema.parse(await (await call('/api/v1/video/gen_1')).json()).route).toEqual({
      strategy: null,
      provider: 'a',
      model: 'a/1',
      trace: [{ attempt: 1, provider: 'a', model: 'a/1', verdict: 'chosen', why: 'cheapest', estimate: null }],
    })
  })

  it('is cancelled by the first DELETE and gone after the second', async () => {
    app.heart.generations.set('gen_1', makeGeneration({ status: 'processing' }))
    const cancelled = await remove('/api/v1/video/gen_1')
    expect(cancelled.status).toBe(200)
    expect(generationSchema.parse(await cancelled.json())).toMatchObject({
      status: 'cancelled',
      links: { cancel: null },
    })
    const deleted = await remove('/api/v1/video/gen_1')
    expect(deleted.status).toBe(204)
    expect(await deleted.text()).toBe('')
    await problemOf(await remove('/api/v1/video/gen_1'), 404, 'generation-not-found')
    await problemOf(await call('/api/v1/video/gen_1'), 404, 'generation-not-found')
  })

  it('is not shown to another tenant', async () => {
    app.heart.generations.set('gen_1', makeGeneration())
    await problemOf(
      await call('/api/v1/video/gen_1', { headers: { 'X-Tenant': 'other' } }),
      404,
      'generation-not-found',
    )
  })
})

describe('the list of generations', () => {
  it('is read page by page along its links', async () => {
    for (let i = 1; i <= 5; i += 1) app.heart.generations.set(`gen_${i}`, makeGeneration({ id: `gen_${i}` }))
    app.heart.generations.set('gen_x', makeGeneration({ id: 'gen_x', status: 'failed' }))
    const ids: string[] = []
    let path: string | null = '/api/v1/video?limit=2&status=Queued'
    while (path !== null) {
      const response: Response = await call(path)
      const page = generationPageSchema.parse(await response.json())
      ids.push(...page.items.map(({ id }) => id))
      const link = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')
      expect(link !== null).toBe(page.next_cursor !== null)
      path = link?.[1] ?? null
    }
    expect(ids).toEqual(['gen_1', 'gen_2', 'gen_3', 'gen_4', 'gen_5'])
  })

  it.each([
    ['limit=0', 'limit', 'field-invalid'],
    ['limit=101', 'limit', 'field-invalid'],
    ['limit=1.5', 'limit', 'field-invalid'],
    ['limit=1&limit=2', 'limit', 'field-repeated'],
    ['status=done', 'status', 'field-invalid'],
    ['cursor=%00', 'cursor', 'field-invalid'],
    ['page=2', 'page', 'field-unknown'],
    ['limits=2', 'limits', 'field-unknown'],
  ])('refuses ?%s', async (query, field, reason) => {
    const problem = await problemOf(await call(`/api/v1/video?${query}`), 422, reason)
    expect(problem.errors).toMatchObject([{ field, reason }])
  })

  it('passes on that a cursor is none', async () => {
    await problemOf(await call('/api/v1/video?cursor=abc'), 400, 'cursor-invalid')
  })
})

describe('photos', () => {
  it('are checked and not kept', async () => {
    const response = await post('/api/v1/photos/check', form())
    expect(response.status).toBe(200)
    const body = photoCheckSchema.parse(await response.json())
    expect(body).toMatchObject({ ok: true, chosen: 0, problem: null, width: 640, faces: [{ yaw_degrees: 3 }] })
    expect(body.faces[0]).not.toHaveProperty('mesh')
    expect(app.heart.photos.size).toBe(0)
  })

  it('may be found wanting without that being an error', async () => {
    const response = await post('/api/v1/photos/check', form({ face: '4' }))
    expect(response.status).toBe(200)
    const body = photoCheckSchema.parse(await response.json())
    expect(body).toMatchObject({ ok: false, chosen: null, problem: { reason: 'face-index-out-of-range' } })
  })

  it('are kept, shown and deleted', async () => {
    const kept = await post('/api/v1/photos', form())
    expect(kept.status).toBe(201)
    expect(kept.headers.get('location')).toBe('/api/v1/photos/pho_1')
    expect(keptPhotoSchema.parse(await kept.json())).toMatchObject({ id: 'pho_1', warnings: [{ code: 'face-small' }] })
    expect(photoSchema.parse(await (await call('/api/v1/photos/pho_1')).json())).toMatchObject({
      id: 'pho_1',
      bytes: 12_345,
    })
    await problemOf(await call('/api/v1/photos/pho_1', { headers: { 'X-Tenant': 'other' } }), 404, 'photo-not-found')
    expect((await remove('/api/v1/photos/pho_1')).status).toBe(204)
    await problemOf(await remove('/api/v1/photos/pho_1'), 404, 'photo-not-found')
  })

  it('must come, once, in a form, and with nothing else', async () => {
    for (const path of ['/api/v1/photos', '/api/v1/photos/check']) {
      await problemOf(await post(path, form({}, null)), 422, 'field-missing')
      await problemOf(await post(path, form({ photo: 'text' }, null)), 422, 'field-invalid')
      await problemOf(await post(path, form({ script: 'Hi.' })), 422, 'field-unknown')
      const json = { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }
      await problemOf(await call(path, json), 415, 'content-type-unsupported')
    }
    await problemOf(await post('/api/v1/photos', form({ face: '1' })), 422, 'field-unknown')
    await problemOf(await post('/api/v1/photos/check', form({ face: 'x' })), 422, 'field-invalid')
    expect(app.heart.photos.size).toBe(0)
  })

  it('stop being judged when the client goes away', async () => {
    for (const path of ['/api/v1/photos', '/api/v1/photos/check']) {
      let signal: AbortSignal | undefined
      app.heart.onPhoto = (given) =>
        new Promise((_, reject) => {
          signal = given
          given?.addEventListener('abort', () => reject(given.reason))
        })
      const stop = new AbortController()
      const answer = call(path, { method: 'POST', body: form(), signal: stop.signal })
      await until(() => signal !== undefined)
      stop.abort()
      await expect(answer).rejects.toThrow()
      await until(async () => signal?.aborted === true && (await app.leftovers()).length === 0)
    }
  })
})

describe('the service', () => {
  it('introduces itself with links that lead somewhere', async () => {
    const index = indexSchema.parse(await (await call('/')).json())
    expect(index).toMatchObject({ name: 'talking-photo', version: '1.2.3' })
    for (const path of Object.values(index.links)) {
      expect([200, 405]).toContain((await call(path)).status)
    }
  })

  it('lists its voices', async () => {
    const { items } = voicesSchema.parse(await (await call('/api/v1/voices')).json())
    expect(items).toEqual([
      {
        id: 'en-us-slt',
        name: 'Slt',
        language: 'en-US',
        gender: 'female',
        engine: 'flite',
        links: { sample: '/api/v1/voices/en-us-slt/sample' },
      },
    ])
  })

  it('lists the voices of a language', async () => {
    const idsOf = async (language: string) =>
      voicesSchema.parse(await (await call(`/api/v1/voices?language=${language}`)).json()).items.length
    expect([await idsOf('en'), await idsOf('en-GB'), await idsOf('fr')]).toEqual([1, 1, 0])
    expect((await call('/api/v1/voices?language=English%20please')).status).toBe(422)
  })

  it('lets a voice be heard, once per version', async () => {
    const heard = await call('/api/v1/voices/en-us-slt/sample')
    expect(heard.status).toBe(200)
    expect(heard.headers.get('content-type')).toBe('audio/wav')
    expect(heard.headers.get('content-language')).toBe('en-US')
    const again = await call('/api/v1/voices/en-us-slt/sample', {
      headers: { 'If-None-Match': heard.headers.get('etag')! },
    })
    expect(again.status).toBe(304)
    const missing = await call('/api/v1/voices/nobody/sample')
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ reason: 'voice-not-found' })
  })

  it('is alive while it answers, and ready when its checks say so', async () => {
    expect(liveSchema.parse(await (await call('/health/live')).json())).toEqual({ status: 'ok' })
    const ready = await call('/health/ready')
    expect(ready.status).toBe(200)
    expect(readySchema.parse(await ready.json())).toEqual({ ready: true, checks: { database: 'ok' } })
    app.readiness = { ready: false, checks: { database: 'does not answer' } }
    const unready = await call('/health/ready')
    expect(unready.status).toBe(503)
    expect(readySchema.parse(await unready.json()).checks).toEqual({ database: 'does not answer' })
    app.readiness = new Error('the check itself broke')
    await problemOf(await call('/health/ready'), 500, 'unexpected')
    expect((await call('/health/live')).status).toBe(200)
  })

  it.each([
    ['/api/v1/video/generate', 'GET', 'POST, OPTIONS'],
    ['/api/v1/video/generate', 'DELETE', 'POST, OPTIONS'],
    ['/api/v1/video', 'POST', 'GET, HEAD, OPTIONS'],
    ['/api/v1/video/gen_1', 'PUT', 'GET, DELETE, HEAD, OPTIONS'],
    ['/api/v1/video/gen_1/content', 'POST', 'GET, HEAD, OPTIONS'],
    ['/api/v1/video/gen_1/thumbnail', 'DELETE', 'GET, HEAD, OPTIONS'],
    ['/api/v1/photos', 'GET', 'POST, OPTIONS'],
    ['/api/v1/photos/check', 'GET', 'POST, OPTIONS'],
    ['/api/v1/photos/pho_1', 'PATCH', 'GET, DELETE, HEAD, OPTIONS'],
    ['/api/v1/voices', 'POST', 'GET, HEAD, OPTIONS'],
    ['/health/live', 'POST', 'GET, HEAD, OPTIONS'],
    ['/', 'POST', 'GET, HEAD, OPTIONS'],
  ])('says of %s that %s does nothing there, and what does', async (path, method, allow) => {
    const response = await call(path, { method })
    expect(response.headers.get('allow')).toBe(allow)
    expect((await problemOf(response, 405, 'method-not-allowed')).instance).toBe(path)
    const options = await call(path, { method: 'OPTIONS' })
    expect({ status: options.status, allow: options.headers.get('allow') }).toEqual({ status: 204, allow })
  })

  it.each(['/nope', '/api', '/api/v1', '/api/v2/video', '/api/v1/video/gen_1/other', '/favicon.ico', '/healthz'])(
    'knows nothing at %s',
    async (path) => {
      expect((await problemOf(await call(`${path}?q=1`), 404, 'path-unknown')).instance).toBe(path)
    },
  )

  it('refuses an address that cannot be decoded', async () => {
    await problemOf(await call('/api/v1/video/%E0%A4%A'), 400, 'url-malformed')
  })

  it('gives every answer a request id: the one that came when it is fit, else a new one', async () => {
    const idFor = async (given: string) =>
      (await call('/health/live', { headers: { 'X-Request-ID': given } })).headers.get('x-request-id')
    expect(await idFor('abc-1.2_3')).toBe('abc-1.2_3')
    expect(await idFor('x'.repeat(128))).toBe('x'.repeat(128))
    for (const unfit of ['x'.repeat(129), 'a b', 'a"b', '<script>', '']) {
      expect(await idFor(unfit)).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('tells browsers what not to do, and nobody what it is built with', async () => {
    const { headers } = await call('/')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('etag')).toBeNull()
  })

  it('logs one line a request, without words, keys, queries or bytes', async () => {
    const headers = { Authorization: 'Bearer SECRET-KEY', Cookie: 'session=SECRET-COOKIE', 'X-Request-ID': 'req-1' }
    const body = form({ script: 'SECRET-SCRIPT', metadata: '{"a":"SECRET-METADATA"}' }, new Blob(['SECRET-PHOTO']))
    await (await call('/api/v1/video/generate?token=SECRET-TOKEN', { method: 'POST', body, headers })).text()
    await until(() => app.lines.length > 0)
    expect(app.lines).toHaveLength(1)
    expect(app.lines[0]).toMatchObject({
      level: 30,
      request_id: 'req-1',
      req: { method: 'POST', path: '/api/v1/video/generate' },
      res: { status: 202 },
    })
    expect(JSON.stringify(app.lines)).not.toContain('SECRET')
  })
})
