import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readByteRange } from '../../../src/http/byte-range.ts'
import { makeCompleted, makeGeneration } from '../../doubles/use-cases.ts'
import { problemOf, type RunningApp, startApp, until } from './support.ts'

const video = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))
let app: RunningApp
beforeEach(async () => {
  app = await startApp()
  app.heart.generations.set('gen_1', makeCompleted('gen_1', video))
  app.heart.videos.set('gen_1', video)
})
afterEach(() => app.stop())

const get = (headers: Record<string, string> = {}, path = '/api/v1/video/gen_1/content', method = 'GET') =>
  fetch(`${app.url}${path}`, { headers, method })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const etagOf = async () => String((await get({}, undefined, 'HEAD')).headers.get('etag'))

describe('GET /api/v1/video/:id/content', () => {
  it('sends the whole file with all that a player asks about', async () => {
    const response = await get()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'content-disposition': 'inline; filename=gen_1.mp4',
      'cache-control': 'private, max-age=3600, immutable',
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    })
    expect(response.headers.get('content-range')).toBeNull()
    expect((await bytesOf(response)).equals(video)).toBe(true)
  })

  it('sends the thumbnail as a picture', async () => {
    const response = await get({}, '/api/v1/video/gen_1/thumbnail')
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect(response.headers.get('content-disposition')).toBe('inline; filename=gen_1.jpg')
  })

  it('sends subtitles as text, with their language', async () => {
    const vtt = await get({}, '/api/v1/video/gen_1/subtitles.vtt')
    expect(Object.fromEntries(vtt.headers)).toMatchObject({
      'content-type': 'text/vtt; charset=utf-8',
      'content-language': 'en',
      'content-disposition': 'inline; filename=gen_1.vtt',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    })
    expect(await vtt.text()).toBe('WEBVTT\n')
    const again = await get({ 'If-None-Match': vtt.headers.get('etag')! }, '/api/v1/video/gen_1/subtitles.vtt')
    expect(again.status).toBe(304)
    const srt = await get({}, '/api/v1/video/gen_1/subtitles.srt?download=1')
    expect(srt.headers.get('content-type')).toBe('application/x-subrip; charset=utf-8')
    expect(srt.headers.get('content-disposition')).toBe('attachment; filename=gen_1.srt')
  })

  it('is a download when asked for one', async () => {
    const response = await get({}, '/api/v1/video/gen_1/content?download=1')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=gen_1.mp4')
    expect(response.headers.get('content-type')).toBe('video/mp4')
    expect((await bytesOf(response)).length).toBe(1000)
  })

  it('answers HEAD with the head alone and opens nothing', async () => {
    app.heart.readVideo = async () => {
      throw new Error('opened')
    }
    const response = await get({ Range: 'bytes=0-9' }, undefined, 'HEAD')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe('1000')
    expect(await response.text()).toBe('')
  })

  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, 999],
    ['bytes=0-', 0, 999],
    ['bytes=-1', 999, 999],
    ['bytes=-100', 900, 999],
    ['bytes=-1000', 0, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=990-5000', 990, 999],
    ['bytes=999-999', 999, 999],
    ['bytes=0-99999999999999999999999999', 0, 999],
    ['BYTES = 5-6', 5, 6],
    ['bytes= 5-6 ', 5, 6],
    ['bytes=5-6,', 5, 6],
    ['bytes=5-6, 2000-3000', 5, 6],
  ])('sends the part %s', async (header, start, end) => {
    const response = await get({ Range: header })
    expect(response.status).toBe(206)
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/1000`)
    expect(response.headers.get('content-length')).toBe(String(end - start + 1))
    expect((await bytesOf(response)).equals(video.subarray(start, end + 1))).toBe(true)
  })

  it.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=-0', 'bytes=5000-6000', 'bytes=1000-,-0'])(
    'refuses the part %s and tells the size',
    async (header) => {
      const response = await get({ Range: header })
      expect(response.headers.get('content-range')).toBe('bytes */1000')
      expect(response.headers.get('etag')).toBeNull()
      await problemOf(response, 416, 'range-not-satisfiable')
    },
  )

  it.each([
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=1-2-3',
    'bytes=--5',
    'bytes=+1-2',
    'bytes=0x0-0x9',
    'bytes=1.5-2',
    'bytes=0-1,x',
    'seconds=0-1',
    'bytes=0-1,5-6',
    'bytes=0-,0-,0-',
  ])('sends the whole file for %s', async (header) => {
    const response = await get({ Range: header })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe('1000')
    expect((await bytesOf(response)).length).toBe(1000)
  })

  it('answers 304 for the tag it gave, also weak, in a list, and for any', async () => {
    const etag = await etagOf()
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get({ 'If-None-Match': given, Range: 'bytes=0-1' })
      expect({ given, status: response.status }).toEqual({ given, status: 304 })
      expect(response.headers.get('etag')).toBe(etag)
      expect(await response.text()).toBe('')
    }
    expect((await get({ 'If-None-Match': '"other"' })).status).toBe(200)
    expect((await get({ 'If-Modified-Since': 'Fri, 02 Jan 2026 03:04:05 GMT' })).status).toBe(304)
    expect((await get({ 'If-Modified-Since': 'Fri, 02 Jan 2026 03:04:04 GMT' })).status).toBe(200)
  })

  it('answers 412 when it is not the file that If-Match names', async () => {
    const etag = await etagOf()
    await problemOf(await get({ 'If-Match': '"other"' }), 412, 'precondition-failed')
    await problemOf(await get({ 'If-Match': `W/${etag}` }), 412, 'precondition-failed')
    expect((await get({ 'If-Match': `"other", ${etag}` })).status).toBe(200)
    expect((await get({ 'If-Match': '*' })).status).toBe(200)
  })

  it('honours a range under If-Range only for the very file', async () => {
    const etag = await etagOf()
    const under = async (condition: string) => (await get({ Range: 'bytes=0-1', 'If-Range': condition })).status
    expect(await under(etag)).toBe(206)
    expect(await under('Fri, 02 Jan 2026 03:04:05 GMT')).toBe(206)
    expect(await under(`W/${etag}`)).toBe(200)
    expect(await under('"other"')).toBe(200)
    expect(await under('Fri, 02 Jan 2026 03:04:06 GMT')).toBe(200)
  })

  it('says when it is not finished, failed, foreign, or unknown', async () => {
    app.heart.generations.set('gen_2', makeGeneration({ id: 'gen_2', status: 'processing' }))
    app.heart.generations.set('gen_3', makeGeneration({ id: 'gen_3', status: 'failed' }))
    const unfinished = await get({}, '/api/v1/video/gen_2/content')
    expect(unfinished.headers.get('retry-after')).toBe('3')
    expect(await problemOf(unfinished, 409, 'not-finished')).toMatchObject({
      retryable: true,
      retry_after_seconds: 2.5,
    })
    await problemOf(await get({}, '/api/v1/video/gen_3/thumbnail'), 410, 'generation-failed')
    await problemOf(await get({ 'X-Tenant': 'other' }), 404, 'generation-not-found')
    for (const id of ['nope', '%00', '..%2f..%2fetc', 'a'.repeat(65), '%F0%9F%98%80']) {
      await problemOf(await get({}, `/api/v1/video/${id}/content`), 404, 'generation-not-found')
    }
  })

  it('answers with a problem when the bytes cannot be opened, with nothing said of the file', async () => {
    app.heart.readVideo = async () => {
      throw new Error('EIO')
    }
    const response = await get()
    expect(response.headers.get('etag')).toBeNull()
    expect(response.headers.get('content-disposition')).toBeNull()
    await problemOf(response, 500, 'unexpected')
  })

  it('cuts the answer when the bytes end in an error, and logs it', async () => {
    app.heart.readVideo = async () =>
      Readable.from(
        (async function* () {
          yield video.subarray(0, 100)
          throw new Error('disk broke')
        })(),
      )
    const response = await get()
    await expect(response.arrayBuffer()).rejects.toThrow()
    await until(() => app.lines.some((line) => line.level === 50 && JSON.stringify(line).includes('disk broke')))
  })

  it('lets go of the file when the player leaves', async () => {
    let source: Readable | undefined
    app.heart.readVideo = async () => {
      source = new Readable({ read: () => void source?.push(Buffer.alloc(65_536)) })
      return source
    }
    const stop = new AbortController()
    const response = await fetch(`${app.url}/api/v1/video/gen_1/content`, { signal: stop.signal })
    await response.body?.getReader().read()
    stop.abort()
    await until(() => source?.destroyed === true)
  })
})

describe('a byte range', () => {
  it('never leaves the file, whatever is asked', () => {
    const pieces = ['', '0', '1', '5', '9', '10', '11', '99999999999999999999', '-', ',', ' ', 'x', '=', 'bytes']
    let state = 12345
    const next = (bound: number) => {
      state = (state * 1103515245 + 12345) % 2147483648
      return state % bound
    }
    for (let i = 0; i < 20_000; i += 1) {
      const header = `bytes=${Array.from({ length: next(8) }, () => pieces[next(pieces.length)]).join('')}`
      const range = readByteRange(header, 10)
      if (typeof range === 'string') continue
      const { start, end } = range
      const fine = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end < 10
      if (!fine) throw new Error(`${header} gave ${start}-${end}`)
    }
  })
})
