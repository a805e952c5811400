import { request as httpRequest } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { generateBody, openRig, photo, type Rig, videoBytes } from './rig.ts'

describe('the veo3 simulator, asked as the contract says', () => {
  it('accepts a submission with 202 and says when it will be done', async () => {
    const rig = await openRig()
    const { status, body, headers } = await rig.submit()
    expect(status).toBe(202)
    expect(body).toEqual({
      job_id: expect.stringMatching(/^veo3_job_/),
      request_id: headers.get('x-request-id'),
      status: 'processing',
      estimated_completion_time: '2025-09-13T10:30:06Z',
    })
    expect(rig.control.violations).toEqual([])
  })

  it('goes from queued over processing to completed as the clock goes, and says the same at the same moment', async () => {
    const rig = await openRig()
    const { job_id } = (await rig.submit()).body
    const seen = []
    for (const ms of [0, 1500, 1500, 2999, 1]) {
      rig.clock.advance(ms)
      const { status, progress } = (await rig.status(job_id)).body
      seen.push([status, progress])
    }
    expect(seen).toEqual([
      ['queued', 0],
      ['processing', 25],
      ['processing', 50],
      ['processing', 99],
      ['completed', 100],
    ])
    expect((await rig.status(job_id)).body).toEqual({
      job_id,
      status: 'completed',
      progress: 100,
      video_url: `${rig.mediaUrl}/videos/generated_${job_id}.mp4`,
      thumbnail_url: `${rig.mediaUrl}/thumbnails/thumb_${job_id}.jpg`,
      quality_metrics: {
        lip_sync_accuracy: 91.4,
        resolution: '1080x1920',
        audio_quality: 'high',
        facial_animation: 8.2,
        overall_score: 8.6,
        processing_time_seconds: 6,
      },
    })
  })

  it('serves the files on another port, whole or in ranges, for a day', async () => {
    const rig = await openRig()
    const { video_url, thumbnail_url } = await rig.finished()
    expect(new URL(video_url).port).not.toBe(new URL(rig.apiUrl).port)
    expect((await rig.call('GET', video_url)).text).toBe(videoBytes.toString())
    expect((await rig.call('GET', thumbnail_url)).headers.get('content-type')).toBe('image/jpeg')
    const part = await rig.call('GET', video_url, { headers: { Range: 'bytes=4-9' } })
    expect([part.status, part.text]).toEqual([206, videoBytes.toString().slice(4, 10)])
    rig.clock.advance(24 * 60 * 60 * 1000 + 1)
    expect((await rig.call('GET', video_url)).status).toBe(403)
    expect(rig.control.leaks).toEqual([])
  })

  it('refuses a credential at the media port, however it comes, and remembers the leak, not the key', async () => {
    const rig = await openRig()
    const { video_url } = await rig.finished()
    const answers = [
      await rig.call('GET', video_url, { headers: { Authorization: 'Bearer key-1' } }),
      await rig.call('GET', video_url, { headers: { Cookie: 'session=1' } }),
      await rig.call('GET', video_url, { headers: { 'X-Forwarded-For': 'key-1' } }),
      await rig.call('GET', `${video_url}?key=key-1`),
      await rig.call('GET', `${rig.mediaUrl}/videos/key-1`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(400))
    expect(rig.control.leaks.map(({ where }) => where)).toEqual([
      'header authorization',
      'header cookie',
      'header x-forwarded-for',
      'url',
      'url',
    ])
    expect(JSON.stringify(rig.control.state())).not.toContain('key-1')
  })

  it('cancels a job that runs, leaves one that ended, and knows no foreign job', async () => {
    const rig = await openRig()
    const { job_id } = (await rig.submit()).body
    rig.clock.advance(3000)
    expect((await rig.cancel(job_id)).body).toMatchObject({ status: 'cancelled', progress: 50 })
    rig.clock.advance(9000)
    expect((await rig.status(job_id)).body).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    const done = await rig.finished()
    expect((await rig.cancel(done.job_id)).body.status).toBe('completed')
    const unknown = await rig.status('veo3_job_none')
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'job_not_found'])
    expect(rig.control.violations).toEqual([])
  })

  it.each([404, 405] as const)('can be a server that does not cancel (%i)', async (status) => {
    const rig = await openRig({ switches: { cancel: status } })
    const { job_id } = (await rig.submit()).body
    expect((await rig.cancel(job_id)).status).toBe(status)
    rig.clock.advance(6000)
    expect((await rig.status(job_id)).body.status).toBe('completed')
  })

  it('is healthy for whoever has the key', async () => {
    const rig = await openRig()
    expect((await rig.api('GET', '/health')).status).toBe(200)
    const wrong = await rig.api('GET', '/health', { Authorization: 'Bearer key-2' })
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'unauthorized'])
    expect(rig.control.violations).toEqual([])
  })
})

describe('the veo3 simulator, asked for what the contract does not know', () => {
  const changed = (path: string, value: unknown) => {
    const body = structuredClone(generateBody()) as Record<string, unknown>
    const names = path.split('.')
    const last = names.pop()!
    let owner = body
    for (const name of names) owner = owner[name] as Record<string, unknown>
    if (value === undefined) delete owner[last]
    else owner[last] = value
    return body
  }

  it.each<[string, unknown]>([
    ['image', undefined],
    ['image.data', 'data:image/jpeg;base64,AAAA'],
    ['image.data', Buffer.from('GIF89a').toString('base64')],
    ['image.data', `${photo.toString('base64')}\n`],
    ['image.data', photo.toString('base64url')],
    ['image.format', 'image/gif'],
    ['image.format', 'image/png'],
    ['script.text', ''],
    ['script.text', 'a'.repeat(5001)],
    ['script.language', 'en'],
    ['script.voice_settings.speed', 2.1],
    ['script.voice_settings.pitch', '0'],
    ['video_config.duration_seconds', 14],
    ['video_config.duration_seconds', 61],
    ['video_config.duration_seconds', 20.5],
    ['video_config.aspect_ratio', '9:16'],
    ['video_config.resolution', '4k'],
    ['video_config.fps', 25],
    ['video_config.bitrate', 4_000_000],
    ['generation_config.lip_sync_enabled', 'true'],
    ['generation_config.facial_animation_strength', 1.01],
    ['metadata.user_id', 7],
    ['metadata.created_at', '13.09.2025'],
    ['metadata.created_at', '2025-09-13T10:30:00+02:00'],
    ['callback_url', 'http://app.example/hooks'],
    ['callback_url', 'https://user:word@app.example/hooks'],
    ['callback_url', 'ftp://127.0.0.1/hooks'],
    ['quality', 'standard'],
  ])('refuses a wrong %s with its path and remembers it (case %#)', async (path, value) => {
    const rig = await openRig()
    const { status, body } = await rig.post(changed(path, value))
    const field = path === 'image.format' && value === 'image/png' ? 'image.data' : path
    expect([status, body.error.code, body.error.field]).toEqual([400, 'invalid_request', field])
    expect(rig.control.violations.map((violation) => violation.field)).toEqual([field])
    expect(rig.control.state().jobs).toEqual([])
  })

  it('refuses a resolution, bit rate and frame rate that are of no one tier', async () => {
    const rig = await openRig()
    expect((await rig.post(changed('video_config.bitrate', 2000))).body.error.field).toBe('video_config')
  })

  it('remembers every wrong field of a body, not the first alone', async () => {
    const rig = await openRig()
    await rig.post({ ...generateBody(), extra: 1, script: { text: '' } })
    expect(rig.control.violations.map(({ field }) => field).sort()).toEqual(['extra', 'script.text'])
  })

  it('takes http on loopback as a callback, and leaves the voice to its defaults', async () => {
    const rig = await openRig()
    const body = { ...generateBody(), script: { text: 'Hi.' }, callback_url: 'http://127.0.0.1:9/hooks' }
    expect((await rig.post(body)).status).toBe(202)
  })

  it.each<[string, string, Record<string, string>, number, string]>([
    ['GET', '/video', {}, 404, 'path'],
    ['GET', '/video/generate/', {}, 404, 'path'],
    ['GET', '/../health', {}, 404, 'path'],
    ['PUT', '/video/generate', {}, 405, 'method'],
    ['POST', '/video/status/x', {}, 405, 'method'],
    ['GET', '/health?verbose=1', {}, 400, 'query verbose'],
    ['GET', '/health', { 'X-Api-Key': 'k' }, 400, 'header x-api-key'],
    ['GET', '/health', { Cookie: 'a=b' }, 400, 'header cookie'],
    ['GET', '/health', { 'Idempotency-Key': 'k' }, 400, 'header idempotency-key'],
    ['POST', '/video/generate', {}, 400, 'header content-type'],
  ])('refuses %s %s %j with %i', async (method, path, headers, status, field) => {
    const rig = await openRig()
    const answer = await raw(rig, method, `/v1${path}`, [
      'Authorization',
      'Bearer key-1',
      ...Object.entries(headers).flat(),
    ])
    expect(answer.status).toBe(status)
    expect(answer.requestId).toMatch(/^req_/)
    expect(rig.control.violations.map((violation) => violation.field)).toEqual([field])
  })

  it('refuses a request without a key, and a header that is there twice', async () => {
    const rig = await openRig()
    expect((await raw(rig, 'GET', '/v1/health', [])).status).toBe(401)
    expect((await raw(rig, 'GET', '/v1/health', ['Authorization', 'Basic abc'])).status).toBe(401)
    const twice = ['Authorization', 'Bearer key-1', 'authorization', 'Bearer key-1']
    expect((await raw(rig, 'GET', '/v1/health', twice)).status).toBe(400)
    expect(rig.control.violations.map(({ field }) => field)).toEqual(Array(3).fill('header authorization'))
  })

  it('refuses what is no JSON', async () => {
    const rig = await openRig()
    expect((await rig.post('{"image":')).body.error.field).toBe('body')
  })

  it('answers 413 to a large image, which is no violation, whether it is a little or much too large', async () => {
    const rig = await openRig({ maxImageBytes: 1000 })
    for (const bytes of [1001, 3_000_000]) {
      const data = Buffer.concat([photo, Buffer.alloc(bytes - photo.length)]).toString('base64')
      const { status, body } = await rig.post({ ...generateBody(), image: { data, format: 'image/jpeg' } })
      expect([status, body.error.code]).toEqual([413, 'image_too_large'])
    }
    const data = Buffer.concat([photo, Buffer.alloc(1000 - photo.length)]).toString('base64')
    expect((await rig.post({ ...generateBody(), image: { data, format: 'image/jpeg' } })).status).toBe(202)
    expect(rig.control.violations).toEqual([])
  })
})

/** Sends headers as they are written, twice if they are there twice. */
function raw(
  rig: Rig,
  method: string,
  path: string,
  headers: string[],
): Promise<{ status: number; requestId: string }> {
  const { hostname, port } = new URL(rig.root)
  return new Promise((done, failed) => {
    const sent = httpRequest({ hostname, port, method, path, headers: ['Host', `${hostname}:${port}`, ...headers] })
    sent.once('response', (response) => {
      response.resume()
      done({ status: response.statusCode ?? 0, requestId: String(response.headers['x-request-id']) })
    })
    sent.once('error', failed)
    sent.end()
  })
}
