/** The main job through the real API of the real server: photo and script in, talking video out. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type GenerationJson, generate, getGeneration, postGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { describeMedia } from '../support/ffmpeg.ts'
import { parseWebVtt } from '../support/parse-web-vtt.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { filesIn, makeDataDir, processesOf, runServer, type TestServer } from '../support/run-server.ts'

const script = 'Good morning! I was a photo a moment ago.'

describe('the main job on the embedded database', () => {
  let data: Awaited<ReturnType<typeof makeDataDir>>
  let server: TestServer
  let accepted: GenerationJson
  let done: GenerationJson
  let video: Buffer

  beforeAll(async () => {
    data = await makeDataDir()
    server = await runServer(data.path)
    const response = await postGeneration(server.url, demoPortrait, {
      script,
      quality: 'economy',
      background_noise_reduction: true,
      metadata: '{"order":17}',
    })
    expect(response.status).toBe(202)
    accepted = (await response.json()) as GenerationJson
    expect(response.headers.get('location')).toBe(`/api/v1/video/${accepted.id}`)
    expect(response.headers.get('x-request-id')).toBeTruthy()
    await watch(server.url, accepted.id)
    done = await getGeneration(server.url, accepted.id)
    video = Buffer.from(await (await fetch(`${server.url}/api/v1/video/${accepted.id}/content`)).arrayBuffer())
  }, 120_000)

  afterAll(async () => {
    await server.stop()
    await data.remove()
  })

  it('answers with an estimate, what it adjusts, and where to look', () => {
    expect(accepted).toMatchObject({
      status: 'queued',
      links: { self: `/api/v1/video/${accepted.id}`, content: `/api/v1/video/${accepted.id}/content` },
      adjusted: [{ setting: 'background_noise_reduction', asked: true, used: false }],
      estimate: { cost: { micros: 0 } },
    })
    const { video_seconds } = accepted.estimate as { video_seconds: number }
    const { seconds } = done.output as { seconds: number }
    expect(Math.abs(video_seconds - seconds)).toBeLessThan(0.35 * seconds)
  })

  it('makes a playable film of the tier that was asked for, marked as synthetic', async () => {
    const file = join(data.path, 'check.mp4')
    await writeFile(file, video)
    const words = describeMedia(file)
    expect(words).toMatch(/Video: h264.*yuv420p.*720x900.* 24 fps/)
    expect(words).toMatch(/Audio: aac.*48000 Hz/)
    expect(words).toMatch(/comment +: Synthetic media/)
    expect(words).toContain(accepted.work_id)
    expect(done.output).toMatchObject({
      bytes: video.length,
      sha256: createHash('sha256').update(video).digest('hex'),
      width: 720,
      height: 900,
      fps: 24,
    })
    expect(done).toMatchObject({ status: 'completed', progress: 100, metadata: { order: 17 }, cost: { micros: 0 } })
  })

  it('has subtitles that say the script, inside the film', async () => {
    const { subtitles } = done.links as { subtitles: string }
    const response = await fetch(`${server.url}${subtitles}`)
    expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8')
    const { cues } = parseWebVtt(await response.text())
    expect(cues.flatMap(({ lines }) => lines).join(' ')).toBe(script)
    expect(cues.at(-1)!.endMs).toBeLessThanOrEqual(1000 * (done.output as { seconds: number }).seconds)
    expect(cues.flatMap(({ parts }) => parts)).toHaveLength(script.split(' ').length)
    const srt = await fetch(`${server.url}${subtitles.replace('.vtt', '.srt')}`)
    expect(srt.headers.get('content-type')).toBe('application/x-subrip; charset=utf-8')
    expect(await srt.text()).toContain(cues[0]!.lines[0])
  })

  it('serves ranges, tags and a thumbnail', async () => {
    const url = `${server.url}/api/v1/video/${accepted.id}/content`
    const part = await fetch(url, { headers: { range: 'bytes=100-199' } })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(video.subarray(100, 200))
    const etag = part.headers.get('etag')!
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await fetch(url, { headers: { range: `bytes=${video.length}-` } })).status).toBe(416)
    const thumbnail = await fetch(`${server.url}/api/v1/video/${accepted.id}/thumbnail`)
    expect(thumbnail.headers.get('content-type')).toBe('image/jpeg')
    expect(
      Buffer.from(await thumbnail.arrayBuffer())
        .subarray(0, 2)
        .toString('hex'),
    ).toBe('ffd8')
  })

  it('replays its log from any point, and counts frames in it', async () => {
    const all = await watch(server.url, accepted.id)
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
    expect(all[0]).toMatchObject({ type: 'queued', progress: 0 })
    expect(all.at(-1)).toMatchObject({ type: 'completed', progress: 100 })
    const frames = all.filter(({ type, stage }) => type === 'progress' && stage === 'frames')
    expect(frames.length).toBeGreaterThan(1)
    expect(frames.at(-1)).toMatchObject({ done: frames.at(-1)!.total })
    const later = await watch(server.url, accepted.id, 3)
    expect(later).toEqual(all.slice(3))
  })

  it('logs start and completion with id, seconds and cost, and neither photo nor script', () => {
    const entries = server.log.filter(({ generation_ids: ids }) => Array.isArray(ids) && ids.includes(accepted.id))
    expect(entries.map(({ event }) => event)).toEqual(['generation_started', 'generation_completed'])
    expect(entries[1]).toMatchObject({
      cost_micros: 0,
      processing_seconds: expect.any(Number),
      video_seconds: expect.any(Number),
    })
    const words = JSON.stringify(server.log)
    expect(words).not.toContain(script)
    expect(words.length).toBeLessThan(100_000)
  })

  it('lists the newest first, a page at a time, each once', async () => {
    const second = await generate(server.url, demoPortrait, { script: 'Hello.', quality: 'economy' })
    await watch(server.url, second.id)
    const seen: GenerationJson[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await fetch(`${server.url}/api/v1/video?limit=1${cursor && `&cursor=${cursor}`}`)
      const { items, next_cursor } = (await page.json()) as { items: GenerationJson[]; next_cursor: string | null }
      expect(items.length).toBe(1)
      seen.push(...items)
      cursor = next_cursor
    }
    const ids = seen.map(({ id }) => id)
    expect(ids[0]).toBe(second.id)
    expect(ids).toContain(accepted.id)
    expect(new Set(ids).size).toBe(ids.length)
    const times = seen.map((item) => String(item.created_at))
    expect(times).toEqual([...times].sort().reverse())
  }, 60_000)

  it('refuses a script that is too long, telling how long it would take', async () => {
    const response = await postGeneration(server.url, demoPortrait, {
      script: 'word after word '.repeat(60),
      duration: 15,
    })
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const problem = (await response.json()) as Record<string, number>
    expect(problem).toMatchObject({ code: 'INVALID_REQUEST', reason: 'script-too-long', max_seconds: 15 })
    expect(problem.seconds).toBeGreaterThan(40)
    expect(problem.seconds).toBeLessThan(90)
  })

  it('refuses what is no face before any work, and keeps nothing of it', async () => {
    const before = await filesIn(data.path)
    const response = await postGeneration(server.url, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), {
      script,
    })
    expect(response.status).toBe(415)
    expect(await filesIn(data.path)).toEqual(before)
  })

  it('speaks a kept photo by its id', async () => {
    const form = new FormData()
    const { readFile } = await import('node:fs/promises')
    form.set('photo', new Blob([new Uint8Array(await readFile(demoPortrait))]), 'p.jpg')
    const kept = (await (await fetch(`${server.url}/api/v1/photos`, { method: 'POST', body: form })).json()) as {
      id: string
    }
    const response = await fetch(`${server.url}/api/v1/video/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        photo_id: kept.id,
        script: 'Again.',
        quality: 'economy',
        aspect_ratio: '16:9',
        consent: true,
      }),
    })
    expect(response.status).toBe(202)
    const { id } = (await response.json()) as GenerationJson
    await watch(server.url, id)
    expect((await getGeneration(server.url, id)).output).toMatchObject({ width: 1280, height: 720 })
    expect((await fetch(`${server.url}/api/v1/photos/${kept.id}`, { method: 'DELETE' })).status).toBe(409)
  }, 120_000)

  it('is live and ready', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toMatchObject({ checks: { database: 'ok' } })
  })
})

describe('SIGTERM', () => {
  it('ends a working server cleanly; the next start finishes what was under way', async () => {
    const data = await makeDataDir()
    try {
      const first = await runServer(data.path, { SHUTDOWN_GRACE_SECONDS: '0' })
      const { id } = await generate(first.url, demoPortrait, {
        script: 'To be continued. '.repeat(5),
        quality: 'economy',
      })
      await watch(first.url, id, 0, ({ stage }) => stage === 'frames')
      expect(await first.stop()).toBe(0)
      expect(first.log.at(-1)).toMatchObject({ event: 'stopped' })
      expect((await filesIn(data.path)).filter((file) => file.startsWith('tmp/'))).toEqual([])
      expect(await processesOf(data.path)).toEqual([])

      const second = await runServer(data.path)
      expect((await watch(second.url, id)).at(-1)).toMatchObject({ type: 'completed' })
      expect(await second.stop()).toBe(0)
    } finally {
      await data.remove()
    }
  }, 120_000)
})

describe('the main job on PostgreSQL, web and worker apart', () => {
  it('is accepted by one process, made by another, and seen through the first', async () => {
    const data = await makeDataDir()
    const postgres = await postgresForTests()
    const servers: TestServer[] = []
    try {
      const environment = { DATABASE_URL: await postgres.createDatabase() }
      const web = await runServer(data.path, { ...environment, ROLES: 'web' })
      servers.push(web)
      servers.push(await runServer(data.path, { ...environment, ROLES: 'worker' }))
      const { id } = await generate(web.url, demoPortrait, { script, quality: 'economy' })
      const events = await watch(web.url, id)
      expect(events.at(-1)).toMatchObject({ type: 'completed' })
      expect((await fetch(`${web.url}/api/v1/video/${id}/content`)).status).toBe(200)
      for (const server of servers) expect(await server.stop()).toBe(0)
    } finally {
      for (const server of servers) await server.kill()
      await postgres.stop()
      await data.remove()
    }
  }, 120_000)
})
