import { describe, expect, it } from '@jest/globals'
import { createJobs } from '../../../src/sandbox/jobs.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { bareMedia, generateBody, openRig } from './rig.ts'

const keyed = { 'Idempotency-Key': 'gen_1' }
const dayMs = 24 * 60 * 60 * 1000

describe('an Idempotency-Key', () => {
  it('gets the first answer again for a day, and only one job', async () => {
    const rig = await openRig()
    const first = await rig.submit('Hi.', keyed)
    rig.clock.advance(dayMs - 1)
    const second = await rig.submit('Hi.', keyed)
    expect([second.status, second.text]).toEqual([202, first.text])
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    await rig.control.settled()
    expect(rig.control.state().paid).toEqual({ gen_1: { accepted: 1, billedSeconds: 30 } })
    rig.clock.advance(1)
    expect((await rig.submit('Hi.', keyed)).text).not.toBe(first.text)
  })

  it('with another body is a conflict', async () => {
    const rig = await openRig()
    await rig.submit('Hi.', keyed)
    const { status, body } = await rig.submit('Hello.', keyed)
    expect([status, body.error.code]).toEqual([409, 'idempotency_conflict'])
    expect(rig.control.violations).toEqual([])
  })

  it('makes one job of two submissions at once', async () => {
    const rig = await openRig()
    const answers = await Promise.all([rig.submit('Hi.', keyed), rig.submit('Hi.', keyed)])
    expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1)
  })

  it('remembers nothing of a submission that was refused', async () => {
    const rig = await openRig()
    expect((await rig.submit('Hi [[http:500:times=1]]', keyed)).status).toBe(500)
    expect((await rig.submit('Hi [[http:500:times=1]]', keyed)).status).toBe(202)
  })

  it('brings the job to light that a cut connection hid', async () => {
    const rig = await openRig()
    const text = 'Hi [[cut:after]]'
    await expect(rig.submit(text, keyed)).rejects.toThrow('fetch failed')
    const { status, body } = await rig.submit(text, keyed)
    expect([status, rig.control.state().jobs.map(({ id }) => id)]).toEqual([202, [body.job_id]])
  })

  it('is ignored where the server is one that ignores it: then who asks twice pays twice', async () => {
    const rig = await openRig({ switches: { idempotency: false } })
    await rig.submit('Hi.', keyed)
    await rig.submit('Hi.', keyed)
    rig.clock.advance(6000)
    await rig.control.settled()
    expect(rig.control.state().paid).toEqual({ gen_1: { accepted: 2, billedSeconds: 60 } })
  })

  it('replays a finished job that was answered at once', async () => {
    const rig = await openRig()
    const first = await rig.submit('Hi [[sync]]', keyed)
    expect((await rig.submit('Hi [[sync]]', keyed)).text).toBe(first.text)
  })
})

describe('a film that takes longer than its job', () => {
  it('keeps the job at 99 where nobody waits for it, and lets it fail where it cannot be made', async () => {
    let finish = () => {}
    const gate = new Promise<void>((done) => {
      finish = done
    })
    const told: unknown[] = []
    const rig = await openRig({
      waitForMedia: false,
      log: ({ event, jobId }) => void (event === 'media_failed' && told.push(jobId)),
      makeMedia: async (request) => {
        await gate
        if (request.script === 'Broken.') throw new Error('there is no encoder')
        return bareMedia(request)
      },
    })
    const { job_id } = (await rig.submit()).body
    const broken = (await rig.submit('Broken.')).body.job_id
    rig.clock.advance(20_000)
    expect((await rig.status(job_id)).body).toMatchObject({ status: 'processing', progress: 99 })
    finish()
    await rig.control.settled()
    const done = (await rig.status(job_id)).body
    expect([done.status, done.quality_metrics.processing_time_seconds]).toEqual(['completed', 20])
    expect((await rig.status(broken)).body).toMatchObject({ status: 'failed', error: { code: 'internal_error' } })
    expect(told).toEqual([broken])
  })
})

describe('what is remembered', () => {
  it('is bounded: the oldest finished job goes, its bill stays', async () => {
    const rig = await openRig({ maxJobs: 2 })
    const [first] = [await rig.finished(), await rig.finished(), await rig.finished()]
    expect((await rig.status(first.job_id)).status).toBe(404)
    expect((await rig.call('GET', first.video_url)).status).toBe(404)
    expect(rig.control.state().paid).toEqual({ gen_1: { accepted: 3, billedSeconds: 90 } })
  })

  it('leaves no room while all jobs are at work', async () => {
    const rig = await openRig({ maxJobs: 1 })
    await rig.submit()
    const { status, headers } = await rig.submit()
    expect([status, headers.get('retry-after')]).toEqual([429, '30'])
  })

  it('has no room for a job once it closes', async () => {
    const jobs = createJobs({
      name: 'veo3',
      clock: createVirtualClock(),
      makeMedia: bareMedia,
      directory: 'nowhere',
      jobMs: 0,
      maxJobs: 10,
      waitForMedia: true,
      random: () => 0,
      onMediaFailed: () => {},
    })
    expect(jobs.makeRoom()).toBe(true)
    await jobs.close()
    expect(jobs.makeRoom()).toBe(false)
  })

  it('makes no film of a job that was cancelled before its turn, nor of one that is to fail', async () => {
    const asked: string[] = []
    let open = () => {}
    const gate = new Promise<void>((done) => {
      open = done
    })
    const rig = await openRig({
      makeMedia: async (request) => {
        asked.push(request.script)
        await gate
        return bareMedia(request)
      },
    })
    await rig.submit('First.')
    await rig.submit('Doomed. [[fail:internal]]')
    await rig.cancel((await rig.submit('Second.')).body.job_id)
    await rig.submit('Third.')
    open()
    await rig.control.settled()
    expect(asked).toEqual(['First.', 'Third.'])
  })

  it('counts what each generation was billed', async () => {
    const rig = await openRig()
    const other = { user_id: 'u', generation_id: 'gen_2', created_at: '2025-09-13T10:30:00Z' }
    const cancelled = (await rig.post({ ...generateBody(), metadata: other })).body
    await rig.cancel(cancelled.job_id)
    await rig.finished()
    expect(rig.control.state().paid).toEqual({
      gen_1: { accepted: 1, billedSeconds: 30 },
      gen_2: { accepted: 1, billedSeconds: 0 },
    })
  })
})
