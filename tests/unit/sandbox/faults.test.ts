import { describe, expect, it } from '@jest/globals'
import { parseFault, readScript } from '../../../src/sandbox/fault.ts'
import type { MediaRequest } from '../../../src/sandbox/media-maker.ts'
import { bareMedia, generateBody, openRig, type Rig, videoBytes } from './rig.ts'

/** A request that is to stay without an answer is given up once the simulator has seen it. */
async function neverAnswered(rig: Rig, ask: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const seen = rig.control.state().requests.length
  const patience = new AbortController()
  const asked = ask(patience.signal).then(
    () => 'answered',
    () => 'gave up',
  )
  while (rig.control.state().requests.slice(seen).at(-1)?.answer !== 'silence') await new Promise(setImmediate)
  patience.abort()
  expect(await asked).toBe('gave up')
}

const submitWith = (rig: Rig, text: string, signal?: AbortSignal, headers: Record<string, string> = {}) =>
  fetch(`${rig.apiUrl}/video/generate`, {
    method: 'POST',
    headers: { Authorization: 'Bearer key-1', 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(generateBody(text)),
    ...(signal && { signal }),
  })

describe('faults in the script', () => {
  it('are not spoken', async () => {
    const asked: MediaRequest[] = []
    const rig = await openRig({
      makeMedia: (request) => {
        asked.push(request)
        return bareMedia(request)
      },
    })
    await rig.finished('Hello [[slow:1]] there. [[file:short]]')
    expect(asked.map(({ script, defect, seconds }) => [script, defect, seconds])).toEqual([
      ['Hello there.', 'short', 30],
    ])
  })

  it('that nobody knows are refused by name, without being a violation', async () => {
    const rig = await openRig()
    const { status, body } = await rig.submit('Hello [[htpp:500]]')
    expect([status, body.error.field]).toEqual([400, 'script.text'])
    expect(body.error.message).toContain('htpp:500')
    expect(rig.control.violations).toEqual([])
  })

  it.each(['http', 'http:200', 'http:500:on=moon', 'http:500:often=2', 'slow:', 'slow:x', 'file:blue', 'cut:now', ''])(
    'are refused where they are half right: %j',
    (text) => {
      expect(() => parseFault(text)).toThrow(expect.objectContaining({ reason: 'fault-unknown' }))
    },
  )

  it('leave a script without markers as it is', () => {
    expect(readScript('One [two] three.')).toEqual({ spoken: 'One [two] three.', faults: [] })
  })

  it.each([400, 401, 402, 403, 413, 422, 429, 500, 502, 503])(
    'answer a submission with %i, and accept nothing',
    async (status) => {
      const rig = await openRig()
      expect((await rig.submit(`Hi [[http:${status}]]`)).status).toBe(status)
      expect(rig.control.state().paid).toEqual({})
    },
  )

  it('can say how long to wait', async () => {
    const rig = await openRig()
    const { headers, body } = await rig.submit('Hi [[http:429:retry=2]]')
    expect([headers.get('retry-after'), body.error.code]).toEqual(['2', 'rate_limited'])
  })

  it('can pass: twice 500, then a job', async () => {
    const rig = await openRig()
    const seen = []
    for (let time = 0; time < 3; time += 1) seen.push((await rig.submit('Hi [[http:500:times=2]]')).status)
    expect(seen).toEqual([500, 500, 202])
  })

  it('can refuse by policy at once', async () => {
    const rig = await openRig()
    const { status, body } = await rig.submit('Hi [[refuse]]')
    expect([status, body.error.code]).toEqual([422, 'content_policy_violation'])
  })

  it.each([
    ['content_policy', 'content_policy_violation', false],
    ['internal', 'internal_error', true],
  ])('can make a job fail: %s', async (word, code, retryable) => {
    const rig = await openRig()
    const { job_id } = (await rig.submit(`Hi [[fail:${word}]]`)).body
    rig.clock.advance(3599)
    expect((await rig.status(job_id)).body.status).toBe('processing')
    rig.clock.advance(1)
    expect((await rig.status(job_id)).body).toMatchObject({
      status: 'failed',
      progress: 60,
      error: { code, retryable },
    })
    expect(rig.control.state().paid).toEqual({ gen_1: { accepted: 1, billedSeconds: 0 } })
  })

  it('can make a job slow, or stick', async () => {
    const rig = await openRig()
    const slow = (await rig.submit('Hi [[slow:600]]')).body
    expect(slow.estimated_completion_time).toBe('2025-09-13T10:40:00Z')
    const stuck = (await rig.submit('Hi [[stuck:97]]')).body
    rig.clock.advance(300_000)
    expect((await rig.status(slow.job_id)).body.progress).toBe(50)
    expect((await rig.status(stuck.job_id)).body).toMatchObject({ status: 'processing', progress: 97 })
    rig.clock.advance(300_000)
    expect((await rig.status(slow.job_id)).body.status).toBe('completed')
  })

  it('can answer a submission with the finished job', async () => {
    const rig = await openRig()
    const { status, body } = await rig.submit('Hi [[sync]]')
    expect([status, body.status]).toEqual([200, 'completed'])
    expect((await rig.call('GET', body.video_url)).text).toBe(videoBytes.toString())
  })

  it('can answer with the least that is promised, and with statuses nobody has heard of', async () => {
    const rig = await openRig()
    const { body } = await rig.submit('Hi [[minimal]] [[status:unknown]]')
    expect(Object.keys(body)).toEqual(['job_id', 'estimated_completion_time'])
    rig.clock.advance(3000)
    expect((await rig.status(body.job_id)).body.status).toBe('warming_up')
    rig.clock.advance(3000)
    expect(Object.keys((await rig.status(body.job_id)).body)).toEqual([
      'status',
      'progress',
      'video_url',
      'thumbnail_url',
    ])
  })

  it('can leave a submission unanswered, before or after it was accepted', async () => {
    const rig = await openRig()
    await neverAnswered(rig, (signal) => submitWith(rig, 'Hi [[timeout:before]]', signal))
    expect(rig.control.state().paid).toEqual({})
    await neverAnswered(rig, (signal) => submitWith(rig, 'Hi [[timeout:after]]', signal))
    expect(rig.control.state().paid).toMatchObject({ gen_1: { accepted: 1 } })
  })

  it('can cut a connection, before or after it was accepted', async () => {
    const rig = await openRig()
    await expect(submitWith(rig, 'Hi [[cut:before]]')).rejects.toThrow('fetch failed')
    expect(rig.control.state().paid).toEqual({})
    await expect(submitWith(rig, 'Hi [[cut:after]]')).rejects.toThrow('fetch failed')
    expect(rig.control.state().paid).toMatchObject({ gen_1: { accepted: 1 } })
  })

  it('can break the JSON of a submission or of a status', async () => {
    const rig = await openRig()
    const submitted = await rig.submit('Hi [[json:broken]]')
    expect([submitted.status, submitted.body]).toEqual([202, null])
    const { job_id } = (await rig.submit('Hi [[json:broken:status:times=1]]')).body
    expect((await rig.status(job_id)).body).toBeNull()
    expect((await rig.status(job_id)).body.status).toBe('queued')
  })

  it('can strike a status, a cancel or the file instead', async () => {
    const rig = await openRig()
    const { job_id } = (
      await rig.submit('Hi [[http:502:on=status:times=1]] [[http:500:on=cancel]] [[http:503:on=media]]')
    ).body
    expect((await rig.status(job_id)).status).toBe(502)
    expect((await rig.cancel(job_id)).status).toBe(500)
    rig.clock.advance(6000)
    const { video_url } = (await rig.status(job_id)).body
    expect((await rig.call('GET', video_url)).status).toBe(503)
  })
})

describe('faults of the file', () => {
  it.each([
    ['missing', 404, 'text/plain'],
    ['expired', 403, 'text/plain'],
    ['html', 200, 'text/html'],
    ['empty', 200, 'video/mp4'],
    ['redirect', 302, null],
  ])('%s', async (defect, status, type) => {
    const rig = await openRig()
    const { video_url } = await rig.finished(`Hi [[file:${defect}]]`)
    const answer = await rig.call('GET', video_url)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type])
    if (defect === 'redirect') expect(answer.headers.get('location')).toBe(`${rig.apiUrl}/health`)
  })

  it('elsewhere: the address lies where nobody should go', async () => {
    const rig = await openRig()
    expect((await rig.finished('Hi [[file:elsewhere]]')).video_url).toContain('169.254.169.254')
  })

  it('unnamed: it is said to be done, but not where it is', async () => {
    const rig = await openRig()
    const body = await rig.finished('Hi [[file:unnamed]]')
    expect([body.status, body.video_url, body.thumbnail_url]).toEqual(['completed', undefined, undefined])
  })

  it('slow: it comes as the clock goes', async () => {
    const rig = await openRig()
    const { video_url } = await rig.finished('Hi [[file:slow]]')
    const response = await fetch(video_url)
    const text = response.text()
    for (let got: string | null = null; got === null; ) {
      rig.clock.advance(500)
      got = await Promise.race([text, new Promise<null>((done) => setImmediate(() => done(null)))])
    }
    expect(await text).toBe(videoBytes.toString())
  })

  it('endless: it does not stop before the client does', async () => {
    const rig = await openRig()
    const { video_url } = await rig.finished('Hi [[file:endless]]')
    const response = await fetch(video_url)
    const reader = response.body!.getReader()
    let bytes = 0
    while (bytes < 3_000_000) bytes += (await reader.read()).value?.length ?? 0
    await reader.cancel()
    expect(bytes).toBeGreaterThanOrEqual(3_000_000)
  })

  it('cut: the connection ends in the middle of it', async () => {
    const rig = await openRig()
    const { video_url } = await rig.finished('Hi [[cut:after:media]]')
    await expect(fetch(video_url).then((response) => response.text())).rejects.toThrow()
    expect((await rig.call('GET', video_url)).text).toBe(videoBytes.toString())
  })
})
