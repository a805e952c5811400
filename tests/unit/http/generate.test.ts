import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { acceptedGenerationSchema } from '../../../src/http/schemas/generation.ts'
import { strategies as fieldStrategies } from '../../../src/http/schemas/generation-request.ts'
import { strategies } from '../../../src/routing/strategies.ts'
import { form, problemOf, type RunningApp, startApp, until } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(async () => {
  expect(await app.leftovers()).toEqual([])
  await app.stop()
})

const generate = (body: FormData | string, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/api/v1/video/generate`, {
    method: 'POST',
    body,
    headers: { ...(typeof body === 'string' && { 'Content-Type': 'application/json' }), ...headers },
  })

async function accepted(body: FormData | string) {
  const response = await generate(body)
  const text = await response.text()
  expect({ status: response.status, text }).toMatchObject({ status: 202 })
  return { response, body: acceptedGenerationSchema.parse(JSON.parse(text)) }
}

describe('POST /api/v1/video/generate', () => {
  it('accepts a photo and a script and says what was understood', async () => {
    const { response, body } = await accepted(form({ script: '  Hello,\r\nworld.  ' }))
    expect(response.headers.get('location')).toBe('/api/v1/video/gen_1')
    expect(response.headers.get('retry-after')).toBe('2')
    expect(body).toMatchObject({
      id: 'gen_1',
      status: 'queued',
      script: 'Hello,\nworld.',
      estimate: { video_seconds: 4.2, processing_seconds: 30, cost: { amount: '0.00', micros: 0, currency: 'USD' } },
      settings: {
        duration: 60,
        quality: 'standard',
        aspect_ratio: null,
        voice: null,
        language: null,
        voice_settings: { speed: 1, pitch: 0 },
        lip_sync_enabled: true,
        facial_animation_strength: 0.8,
        background_noise_reduction: false,
        audio_enhancement: true,
        burn_subtitles: false,
        priority: 'normal',
        timeout: 300,
      },
      adjusted: [],
      warnings: [{ code: 'face-small' }],
      links: {
        self: '/api/v1/video/gen_1',
        content: '/api/v1/video/gen_1/content',
        thumbnail: '/api/v1/video/gen_1/thumbnail',
        cancel: '/api/v1/video/gen_1',
      },
      request_id: response.headers.get('x-request-id'),
    })
    const [request] = app.heart.requests
    expect(request).toMatchObject({ face: undefined, consent: false, metadata: {}, caller: { tenantId: 'tenant-1' } })
    expect(String(request?.photoBytes)).toBe('photo bytes')
  })

  it('reads every field of a form', async () => {
    const fields = {
      script: 'Hi.',
      duration: '30',
      quality: 'Premium',
      aspect_ratio: 'landscape',
      voice: 'en-us-slt',
      language: 'en-US',
      'voice_settings[speed]': '1.5',
      'voice_settings.pitch': '-3',
      lip_sync_enabled: 'no',
      facial_animation_strength: '0.25',
      background_noise_reduction: 'ON',
      audio_enhancement: '0',
      burn_subtitles: 'yes',
      priority: 'high',
      timeout: '600',
      model: ' nano banana ',
      strategy: 'Round-Robin',
      'cost_limit[amount]': '4.50',
      'cost_limit[currency]': 'usd',
      metadata: '{"user": {"id": 7}, "tags": ["a", null]}',
      face: '2',
      consent: 'yes',
    }
    const { body } = await accepted(form(fields))
    expect(body.settings).toEqual({
      duration: 30,
      quality: 'premium',
      aspect_ratio: '16:9',
      voice: 'en-us-slt',
      language: 'en-US',
      language_source: null,
      voice_settings: { speed: 1.5, pitch: -3 },
      lip_sync_enabled: false,
      facial_animation_strength: 0.25,
      background_noise_reduction: true,
      audio_enhancement: false,
      burn_subtitles: true,
      priority: 'high',
      timeout: 600,
      model: 'nano banana',
      strategy: 'round-robin',
      cost_limit: null,
    })
    expect(body).toMatchObject({ face: 2, metadata: { user: { id: 7 }, tags: ['a', null] } })
    expect(body.adjusted).toEqual([
      { setting: 'background_noise_reduction', asked: true, used: false, why: 'there is no noise' },
    ])
    const costLimit = { micros: 4_500_000, currency: 'USD' }
    expect(app.heart.requests[0]).toMatchObject({ consent: true, costLimit })
  })

  it.each([
    ['cost_limit', '5', { micros: 5_000_000, currency: null }],
    ['cost_limit', '0.000001', { micros: 1, currency: null }],
    ['cost_limit', '{"amount": 0.1, "currency": "EUR"}', { micros: 100_000, currency: 'EUR' }],
    ['cost_limit', '{"amount": "999999999.999999"}', { micros: 999_999_999_999_999, currency: null }],
    ['cost_limit.amount', '0', { micros: 0, currency: null }],
  ])('understands %s=%j', async (name, value, expected) => {
    await accepted(form({ script: 'Hi.', [name]: value }))
    expect(app.heart.requests[0]?.costLimit).toEqual(expected)
  })

  it.each(['-1', '1e3', '5 INR', '1,5', '0.0000001', '1000000000', '{}', '{"amount": 5, "currency": "rupees"}'])(
    'refuses cost_limit=%j and says what an amount looks like',
    async (value) => {
      const problem = await problemOf(await generate(form({ script: 'Hi.', cost_limit: value })), 422, 'field-invalid')
      expect(problem.errors).toEqual([
        expect.objectContaining({
          field: expect.stringMatching(/^cost_limit/),
          message: expect.stringContaining('"4.50"'),
        }),
      ])
    },
  )

  it('names the strategies there are where one is misspelt', async () => {
    const problem = await problemOf(await generate(form({ script: 'Hi.', strategy: 'cheap' })), 422, 'field-invalid')
    for (const strategy of strategies) expect(problem.errors?.[0]?.message).toContain(strategy)
    expect([...fieldStrategies]).toEqual([...strategies])
  })

  it.each([
    ['voice_settings', '{"speed": 2}', { speed: 2, pitch: 0 }],
    ['voice_settings', '{}', { speed: 1, pitch: 0 }],
    ['voice_settings', '', { speed: 1, pitch: 0 }],
    ['voice_settings.speed', '0.5', { speed: 0.5, pitch: 0 }],
    ['voice_settings[pitch]', '12', { speed: 1, pitch: 12 }],
    ['voice_settings[pitch]', ' +1.5 ', { speed: 1, pitch: 1.5 }],
  ])('understands %s=%j', async (name, value, expected) => {
    expect((await accepted(form({ script: 'Hi.', [name]: value }))).body.settings.voice_settings).toEqual(expected)
  })

  it.each([
    ['square', '1:1'],
    ['portrait', '9:16'],
    ['1:1', '1:1'],
    ['9:16', '9:16'],
    ['16:9', '16:9'],
    ['', null],
  ])('understands aspect_ratio=%j', async (value, expected) => {
    expect((await accepted(form({ script: 'Hi.', aspect_ratio: value }))).body.settings.aspect_ratio).toBe(expected)
  })

  it('takes a kept photo by its id, from a form and from JSON', async () => {
    app.heart.photos.set('pho_9', { ...(await import('../../doubles/use-cases.ts')).makePhoto({ id: 'pho_9' }) })
    await accepted(form({ script: 'Hi.', photo_id: 'pho_9' }, null))
    const json = {
      photo_id: 'pho_9',
      script: 'Hi.',
      duration: 20,
      lip_sync_enabled: false,
      voice_settings: { pitch: 2 },
    }
    const { body } = await accepted(JSON.stringify({ ...json, metadata: { a: 1 } }))
    expect(body).toMatchObject({
      settings: { duration: 20, lip_sync_enabled: false, voice_settings: { speed: 1, pitch: 2 } },
      metadata: { a: 1 },
    })
    expect(app.heart.requests.map(({ photo }) => photo)).toEqual([{ id: 'pho_9' }, { id: 'pho_9' }])
  })

  const good = { script: 'Hi.' }
  it.each<[string, Record<string, string>, string, string, string | RegExp]>([
    ['no script', {}, 'script', 'field-missing', 'is required'],
    ['an empty script', { script: '' }, 'script', 'field-missing', 'is required'],
    ['a blank script', { script: ' \n\t ' }, 'script', 'field-missing', 'is required'],
    ['a script with NUL', { script: 'a\0b' }, 'script', 'field-invalid', /NUL/],
    ['a script that was not UTF-8', { script: 'caf\ufffd' }, 'script', 'field-invalid', /UTF-8/],
    ['a script too long', { script: 'x'.repeat(20_001) }, 'script', 'field-invalid', /at most 20000/],
    [
      'a duration too short',
      { ...good, duration: '14' },
      'duration',
      'field-invalid',
      'must be a number from 15 to 60',
    ],
    ['a duration too long', { ...good, duration: '61' }, 'duration', 'field-invalid', 'must be a number from 15 to 60'],
    ['a duration in words', { ...good, duration: 'long' }, 'duration', 'field-invalid', /number/],
    ['a duration not a number', { ...good, duration: 'NaN' }, 'duration', 'field-invalid', /number/],
    ['an endless duration', { ...good, duration: 'Infinity' }, 'duration', 'field-invalid', /number/],
    ['a hexadecimal duration', { ...good, duration: '0x1e' }, 'duration', 'field-invalid', /number/],
    ['an exponent', { ...good, duration: '3e1' }, 'duration', 'field-invalid', /number/],
    [
      'an unknown quality',
      { ...good, quality: 'best' },
      'quality',
      'field-invalid',
      'must be one of economy, standard, premium',
    ],
    ['an inherited word', { ...good, aspect_ratio: 'constructor' }, 'aspect_ratio', 'field-invalid', /one of/],
    ['an unknown shape', { ...good, aspect_ratio: '4:3' }, 'aspect_ratio', 'field-invalid', /square/],
    ['a voice with blanks', { ...good, voice: 'a voice' }, 'voice', 'field-invalid', /id of a voice/],
    ['a language in words', { ...good, language: 'English please' }, 'language', 'field-invalid', /language tag/],
    [
      'a flag that is none',
      { ...good, lip_sync_enabled: 'maybe' },
      'lip_sync_enabled',
      'field-invalid',
      'must be true or false',
    ],
    ['an inherited flag', { ...good, consent: 'toString' }, 'consent', 'field-invalid', 'must be true or false'],
    [
      'too much life',
      { ...good, facial_animation_strength: '1.01' },
      'facial_animation_strength',
      'field-invalid',
      /from 0 to 1/,
    ],
    [
      'a negative life',
      { ...good, facial_animation_strength: '-0.1' },
      'facial_animation_strength',
      'field-invalid',
      /from 0 to 1/,
    ],
    ['an unknown priority', { ...good, priority: 'urgent' }, 'priority', 'field-invalid', /low, normal, high/],
    ['a timeout too short', { ...good, timeout: '9' }, 'timeout', 'field-invalid', /whole number from 10 to 3600/],
    ['a broken timeout', { ...good, timeout: '10.5' }, 'timeout', 'field-invalid', /whole number/],
    ['a negative face', { ...good, face: '-1' }, 'face', 'field-invalid', /whole number from 0/],
    ['half a face', { ...good, face: '0.5' }, 'face', 'field-invalid', /whole number/],
    ['metadata that is no JSON', { ...good, metadata: '{a:1}' }, 'metadata', 'field-invalid', 'must be a JSON object'],
    ['metadata that is a list', { ...good, metadata: '[1]' }, 'metadata', 'field-invalid', 'must be a JSON object'],
    ['metadata that is null', { ...good, metadata: 'null' }, 'metadata', 'field-invalid', 'must be a JSON object'],
    [
      'metadata too large',
      { ...good, metadata: JSON.stringify({ a: 'x'.repeat(9000) }) },
      'metadata',
      'field-invalid',
      /8192 bytes/,
    ],
    ['metadata with NUL', { ...good, metadata: '{"a":["\\u0000"]}' }, 'metadata', 'field-invalid', /NUL/],
    ['metadata with half a character', { ...good, metadata: '{"\\ud800":1}' }, 'metadata', 'field-invalid', /UTF-8/],
    [
      'metadata too deep',
      { ...good, metadata: `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}` },
      'metadata',
      'field-invalid',
      /16 levels/,
    ],
    [
      'voice settings that are no JSON',
      { ...good, voice_settings: 'fast' },
      'voice_settings',
      'field-invalid',
      /object/,
    ],
    ['too fast', { ...good, voice_settings: '{"speed": 2.1}' }, 'voice_settings.speed', 'field-invalid', /0.5 to 2/],
    ['too low', { ...good, 'voice_settings[pitch]': '-13' }, 'voice_settings.pitch', 'field-invalid', /-12 to 12/],
    [
      'an unknown voice setting',
      { ...good, 'voice_settings[sped]': '1' },
      'voice_settings.sped',
      'field-unknown',
      /known/,
    ],
    ['a photo id with a path', { ...good, photo_id: '../x' }, 'photo_id', 'field-invalid', /id/],
    ['an unknown field', { ...good, colour: 'red' }, 'colour', 'field-unknown', 'is not a known field'],
    ['a prototype', { ...good, __proto__x: '1' }, '__proto__x', 'field-unknown', 'is not a known field'],
    ['a constructor', { ...good, constructor: '1' }, 'constructor', 'field-unknown', 'is not a known field'],
  ])('refuses %s', async (_, fields, field, reason, message) => {
    const photo = 'photo_id' in fields ? null : new Blob(['x'])
    const problem = await problemOf(await generate(form(fields, photo)), 422, reason)
    expect(problem).toMatchObject({ code: 'INVALID_REQUEST', retryable: false })
    expect(problem.errors).toHaveLength(1)
    expect(problem.errors?.[0]).toMatchObject({ field, reason, message: expect.stringMatching(message) })
    expect(problem.errors?.[0]?.hint).toBeTruthy()
    expect(app.heart.requests).toEqual([])
  })

  it('reports every mistake at once', async () => {
    const data = form({ duration: '5', qualty: 'premium', timeout: 'x', 'voice_settings[speed]': '9' }, null)
    data.append('face', '1')
    data.append('face', '2')
    const problem = await problemOf(await generate(data), 422, 'fields-invalid')
    expect(problem.errors?.map(({ field, reason }) => `${field} ${reason}`).sort()).toEqual([
      'duration field-invalid',
      'face field-repeated',
      'photo field-missing',
      'qualty field-unknown',
      'script field-missing',
      'timeout field-invalid',
      'voice_settings.speed field-invalid',
    ])
    expect(problem.detail).toBe('7 fields are wrong.')
  })

  it.each([
    ['qualty', 'quality'],
    ['Script', 'script'],
    ['aspectRatio', 'aspect_ratio'],
    ['lipSyncEnabled', 'lip_sync_enabled'],
    ['lipsync_enabled', 'lip_sync_enabled'],
    ['time_out', 'timeout'],
    ['photoId', 'photo_id'],
  ])('suggests for %s the field %s', async (given, meant) => {
    const problem = await problemOf(await generate(form({ ...good, [given]: '1' })), 422, 'field-unknown')
    expect(problem.errors?.[0]?.hint).toBe(`Did you mean '${meant}'?`)
  })

  it.each([
    ['script', 'script'],
    ['voice_settings[speed]', 'voice_settings[speed]'],
    ['voice_settings[speed]', 'voice_settings.speed'],
    ['voice_settings', 'voice_settings[speed]'],
    ['voice_settings.speed', 'voice_settings'],
    ['metadata', 'metadata'],
    ['script[999999999]', 'script[a]'],
  ])('refuses a field sent twice: %s and %s', async (one, two) => {
    const data = form({ ...(one.startsWith('script') ? {} : good) })
    data.append(one, '1')
    data.append(two, '1')
    const response = await generate(data)
    const problem = (await response.json()) as { status: number; errors?: { reason: string }[] }
    expect([400, 422]).toContain(problem.status)
    if (problem.status === 422) expect(problem.errors?.map(({ reason }) => reason)).toContain('field-repeated')
    expect(app.heart.requests).toEqual([])
  })

  it('refuses a second photo, a photo in the wrong field, and a photo as text', async () => {
    const two = form(good)
    two.append('photo', new Blob(['y']), 'b.jpg')
    expect((await problemOf(await generate(two), 422, 'field-repeated')).errors?.[0]?.field).toBe('photo')
    const wrong = form(good)
    wrong.append('image', new Blob(['y']), 'b.jpg')
    expect((await problemOf(await generate(wrong), 422, 'field-invalid')).errors).toMatchObject([{ field: 'image' }])
    const text = form({ ...good, photo: 'data:image/jpeg;base64,AAAA' }, null)
    expect((await problemOf(await generate(text), 422, 'field-invalid')).errors).toMatchObject([{ field: 'photo' }])
    const both = form({ ...good, photo_id: 'pho_1' })
    expect((await problemOf(await generate(both), 422, 'field-invalid')).errors).toMatchObject([{ field: 'photo_id' }])
    const none = form(good, null)
    expect((await problemOf(await generate(none), 422, 'field-missing')).errors).toMatchObject([{ field: 'photo' }])
    const fileScript = form()
    fileScript.append('script', new Blob(['Hi.']), 'script.txt')
    const { errors } = await problemOf(await generate(fileScript), 422, 'fields-invalid')
    expect(errors).toMatchObject([
      { field: 'script', reason: 'field-invalid' },
      { field: 'script', reason: 'field-missing' },
    ])
  })

  it('asks for consent where it is required', async () => {
    await app.stop()
    app = await startApp({ requireConsent: true })
    expect((await problemOf(await generate(form(good)), 422, 'consent-missing')).errors).toMatchObject([
      { field: 'consent' },
    ])
    await problemOf(await generate(form({ ...good, consent: 'no' })), 422, 'consent-missing')
    await accepted(form({ ...good, consent: 'true' }))
  })

  it.each<[string, string, string, number, string]>([
    ['no JSON', '{"script":', 'application/json', 400, 'json-malformed'],
    ['a JSON list', '[]', 'application/json', 400, 'json-malformed'],
    ['a JSON word', '"x"', 'application/json', 400, 'json-malformed'],
    ['an empty JSON body', '', 'application/json', 422, 'field-missing'],
    ['too much JSON', `"${'x'.repeat(300_000)}"`, 'application/json', 413, 'body-too-large'],
    ['another character set', '{}', 'application/json; charset=koi8-r', 415, 'content-type-unsupported'],
    ['a plain body', 'script=Hi', 'text/plain', 415, 'content-type-unsupported'],
    ['an URL-encoded form', 'script=Hi', 'application/x-www-form-urlencoded', 415, 'content-type-unsupported'],
    ['a form without a boundary', 'x', 'multipart/form-data', 400, 'multipart-malformed'],
    [
      'a form that ends early',
      '--b\r\nContent-Disposition: form-data; name="script"\r\n\r\nHi',
      'multipart/form-data; boundary=b',
      400,
      'multipart-malformed',
    ],
    [
      'a form with a nameless field',
      '--b\r\nContent-Disposition: form-data\r\n\r\nHi\r\n--b--\r\n',
      'multipart/form-data; boundary=b',
      400,
      'multipart-malformed',
    ],
    ['a form that is noise', '\0\x01\x02'.repeat(100), 'multipart/form-data; boundary=b', 400, 'multipart-malformed'],
    ['another multipart', 'x', 'multipart/mixed; boundary=b', 415, 'content-type-unsupported'],
  ])('refuses %s', async (_, body, type, status, reason) => {
    await problemOf(await generate(body, { 'Content-Type': type }), status, reason)
  })

  it('refuses a prototype in JSON by its name', async () => {
    const problem = await problemOf(
      await generate('{"photo_id":"p","script":"Hi.","__proto__":{"x":1}}'),
      422,
      'field-unknown',
    )
    expect(problem.errors).toMatchObject([{ field: '__proto__' }])
  })

  it('refuses lists and objects in JSON where a word belongs', async () => {
    const body = JSON.stringify({ photo_id: ['a'], script: { a: 1 }, duration: [30], consent: {}, metadata: 7 })
    const { errors } = await problemOf(await generate(body), 422, 'field-invalid')
    expect(errors?.map(({ field }) => field).sort()).toEqual(['consent', 'duration', 'metadata', 'photo_id', 'script'])
  })

  it('refuses a photo that is too large, announced or not, and says how to shrink it', async () => {
    const problem = await problemOf(
      await generate(form(good, new Blob([Buffer.alloc(1_000_001)]))),
      413,
      'photo-too-large',
    )
    expect(problem).toMatchObject({ detail: 'The photo is larger than 1 MB.', max_bytes: 1_000_000 })
    expect(problem.hint).toContain('JPEG')
    await problemOf(await generate(form(good, new Blob([Buffer.alloc(3_000_000)]))), 413, 'photo-too-large')
    await accepted(form(good, new Blob([Buffer.alloc(1_000_000)])))
    expect(app.heart.requests).toHaveLength(1)
  })

  it('refuses an announced length that is too large without waiting for it', async () => {
    const request = httpRequest(`${app.url}/api/v1/video/generate`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': '10000000' },
    })
    request.flushHeaders()
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(413)
    request.destroy()
  })

  it('refuses a photo that is too large though no length was announced', async () => {
    const request = httpRequest(`${app.url}/api/v1/video/generate`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    })
    request.write('--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n')
    for (let i = 0; i < 30; i += 1) request.write(Buffer.alloc(100_000, 1))
    request.end('\r\n--b--\r\n')
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(413)
    response.resume()
    expect(await app.leftovers()).toEqual([])
  })

  it('refuses forms of too many or too long fields', async () => {
    const many = form(good)
    for (let i = 0; i < 80; i += 1) many.append(`f${i}`, 'x')
    await problemOf(await generate(many), 400, 'too-many-fields')
    await problemOf(await generate(form({ script: 'x'.repeat(140_000) })), 413, 'field-too-large')
    await problemOf(await generate(form({ ...good, ['n'.repeat(300)]: 'x' })), 400, 'multipart-malformed')
  })

  it('passes on what the heart refuses, with all it says', async () => {
    app.heart.onPhoto = async () => {
      throw new Failure('INVALID_REQUEST', {
        reason: 'script-too-long',
        message: 'Too long.',
        hint: 'Shorten it.',
        extra: { seconds: 70, max_seconds: 60, status: 200, title: 'no' },
      })
    }
    const problem = await problemOf(await generate(form(good)), 422, 'script-too-long')
    expect(problem).toMatchObject({ detail: 'Too long.', hint: 'Shorten it.', seconds: 70, max_seconds: 60 })
  })

  it('says nothing of an unforeseen error but its request id, and logs its cause', async () => {
    app.heart.onPhoto = async () => {
      throw new Error('password=hunter2')
    }
    const response = await generate(form(good), { 'X-Request-ID': 'trace-me.1' })
    const problem = await problemOf(response, 500, 'unexpected')
    expect(problem).toMatchObject({ code: 'UNKNOWN_ERROR', request_id: 'trace-me.1', retryable: true })
    expect(JSON.stringify(problem)).not.toContain('hunter2')
    const line = app.lines.find(({ level, err }) => level === 50 && err)
    expect(JSON.stringify(line)).toContain('hunter2')
    expect(line).toMatchObject({ request_id: 'trace-me.1' })
  })

  it('is our fault when the upload cannot be stored', async () => {
    await app.stop()
    app = await startApp({ uploadDir: '/dev/null/uploads' })
    const response = await generate(form(good))
    expect(response.status).toBe(500)
  })

  it('refuses an unknown key before it reads the photo', async () => {
    await problemOf(await generate(form(good), { Authorization: 'Bearer wrong' }), 401, 'key-unknown')
  })

  it('forgets an upload whose client goes away half way', async () => {
    const request = httpRequest(`${app.url}/api/v1/video/generate`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    })
    request.on('error', () => {})
    request.write('--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n')
    request.write(Buffer.alloc(100_000, 1))
    await until(async () => (await app.leftovers()).length === 1)
    request.destroy()
    await until(async () => (await app.leftovers()).length === 0)
    expect(app.heart.requests).toEqual([])
    await until(() => app.lines.some(({ msg }) => msg === 'the client went away'))
    expect(app.lines.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([])
  })

  it('stops the preflight when the client goes away', async () => {
    let signal: AbortSignal | undefined
    app.heart.onPhoto = (given) =>
      new Promise((_, reject) => {
        signal = given
        given?.addEventListener('abort', () => reject(given.reason))
      })
    const stop = new AbortController()
    const answer = fetch(`${app.url}/api/v1/video/generate`, { method: 'POST', body: form(good), signal: stop.signal })
    await until(() => signal !== undefined)
    expect(await app.leftovers()).toHaveLength(1)
    stop.abort()
    await expect(answer).rejects.toThrow()
    await until(() => signal?.aborted === true)
    await until(async () => (await app.leftovers()).length === 0)
  })

  it('does not call the client gone after its answer', async () => {
    await accepted(form(good))
    await app.stop()
    expect(app.heart.requests[0]?.signal?.aborted).toBe(false)
    app = await startApp()
  })
})
