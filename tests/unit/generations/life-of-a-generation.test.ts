import { afterEach, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { abandonWork } from '../../../src/generations/fail-work.ts'
import { sweepMedia } from '../../../src/generations/sweep-media.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { createHeart, goodVerdict, type Heart, settings } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

const hearts: Heart[] = []
afterEach(async () => {
  for (const heart of hearts.splice(0)) await heart.dispose()
})

async function make(...providers: readonly Provider[]): Promise<Heart> {
  const heart = await createHeart(providers)
  hearts.push(heart)
  return heart
}

const broken = (code: ConstructorParameters<typeof Failure>[0], reason = 'broken') =>
  new Failure(code, { reason, message: `it is ${reason}` })

describe('accepting a request', () => {
  it('commits row, photo, consent, first event and job together', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    expect(generation).toMatchObject({ status: 'queued', step: 'choose', progress: 0, origin: 'made', lastSeq: 1 })
    expect(generation.settings).toMatchObject({ language: 'en', voice: 'en-us-a' })
    expect(generation.estimate).toEqual({
      videoSeconds: 8,
      processingSeconds: 8,
      cost: { micros: 1_200_000, currency: 'INR' },
    })
    expect(heart.store.consents).toMatchObject([
      { photoSha256: generation.photoSha256, generationId: generation.id, requestId: 'req-1' },
    ])
    expect(await heart.eventTypes(generation.id)).toEqual(['queued'])
    expect(heart.takeJobs()).toEqual([{ workId: generation.workId, version: 1, lane: 'quick', priority: 'normal' }])
    expect(await heart.mediaKeys()).toEqual([`local/photos/${generation.photoId}/photo.jpg`])
  })

  it('leaves nothing when the commit fails', async () => {
    const heart = await make(createScriptedProvider('a'))
    heart.store.failNextCommit(new Error('connection lost'))
    await expect(heart.request()).rejects.toThrow('connection lost')
    expect(heart.takeJobs()).toEqual([])
    expect(await heart.mediaKeys()).toEqual([])
  })

  it('keeps the bytes when the answer was lost but the commit was not', async () => {
    const heart = await make(createScriptedProvider('a'))
    const store: typeof heart.store = {
      ...heart.store,
      async transaction(work) {
        await heart.store.transaction(work)
        throw new Error('connection lost after the commit')
      },
    }
    await expect(heart.request({}, { store })).rejects.toThrow('connection lost')
    expect(heart.takeJobs()).toHaveLength(1)
    expect(await heart.mediaKeys()).toHaveLength(1)
  })

  it('refuses letters that it cannot burn in, before any work, and asks only when it is to burn', async () => {
    const heart = await make(createScriptedProvider('a'))
    const checked: [string, string][] = []
    const checkSubtitles = async (script: string, language: string) => {
      checked.push([script, language])
      throw broken('INVALID_REQUEST', 'subtitles-unsupported')
    }
    await heart.request({}, { checkSubtitles })
    expect(checked).toEqual([])
    const before = await heart.mediaKeys()
    const burning = heart.request({ settings: { ...settings, burnSubtitles: true } }, { checkSubtitles })
    await expect(burning).rejects.toMatchObject({ reason: 'subtitles-unsupported' })
    expect(checked).toEqual([['Hello there.', 'en']])
    expect(await heart.mediaKeys()).toEqual(before)
  })

  it('wants consent, unless it was told not to', async () => {
    const heart = await make(createScriptedProvider('a'))
    await expect(heart.request({ consent: false })).rejects.toMatchObject({ reason: 'consent-missing', status: 422 })
    await heart.request({ consent: false }, { requireConsent: false })
    expect(heart.store.consents).toEqual([])
  })

  it("refuses with the photo's own problem", async () => {
    const heart = await make(createScriptedProvider('a'))
    const problem = { reason: 'face-turned-away', message: 'The face looks away.', hint: 'Use another.' }
    heart.setVerdict({ ...goodVerdict, ok: false, chosen: null, problem })
    await expect(heart.request()).rejects.toMatchObject({ ...problem, code: 'INVALID_REQUEST' })
    expect(await heart.mediaKeys()).toEqual([])
  })

  it('refuses when no model is able, and says why of each', async () => {
    const heart = await make(createScriptedProvider('a', { model: { seconds: { min: 1, max: 5 } } }))
    const failure = await heart.request().catch((error: Failure) => error)
    expect(failure).toMatchObject({
      code: 'INVALID_MODEL',
      reason: 'no-able-model',
      hint: 'a/model: it does at most 5 s',
    })
  })

  it('is made within a cost limit of just what its refusal named, whatever fractions the speech has', async () => {
    const heart = await make(createScriptedProvider('a'))
    const speech = { ...heart.parts.speech, estimate: () => ({ seconds: 8.0449, low: 7, high: 9 }) }
    const within = (micros: number) => {
      const limited = { ...settings, costLimit: { micros, currency: 'INR' } }
      return heart.request({ settings: limited }, { speech })
    }
    await expect(within(1_199_999)).rejects.toMatchObject({
      reason: 'cost-limit-too-low',
      extra: { cheapest: { estimate: { micros: 1_200_000 } } },
    })
    const { generation } = await within(1_200_000)
    await heart.runAll()
    expect(await heart.reload(generation.id)).toMatchObject({ status: 'completed' })
  })

  it('estimates by what was measured here, once there is something', async () => {
    const provider = createScriptedProvider('a', {
      start: async () => {
        heart.tick(4_000)
        return 'finish'
      },
    })
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    await heart.runAll()
    expect((await heart.reload(first.id)).status).toBe('completed')
    const { generation } = await heart.request({ script: 'Something else.' })
    expect(generation.estimate.processingSeconds).toBeCloseTo((8 * 4) / 8.3, 1)
  })

  it('speaks a kept photo again and again, and says which face cannot', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    const photo = { id: generation.photoId }
    await expect(heart.request({ photo: { id: 'pho_9999' } })).rejects.toMatchObject({
      status: 404,
      reason: 'photo-not-found',
    })
    await expect(heart.request({ photo, face: 3 })).rejects.toMatchObject({ reason: 'face-index-out-of-range' })
  })
})

describe('a generation that goes well', () => {
  it('is moved through its steps, one commit each, to a stored file', async () => {
    const provider = createScriptedProvider('a')
    const heart = await make(provider)
    const { generation } = await heart.request()
    await heart.runAll()
    const done = await heart.reload(generation.id)
    expect(done).toMatchObject({
      status: 'completed',
      step: null,
      progress: 100,
      cost: { micros: 1_200_000, currency: 'INR' },
    })
    expect(done.output).toMatchObject({ seconds: 8.3, width: 1080, bytes: 'bytes of the video'.length })
    expect(await heart.eventTypes(generation.id)).toEqual([
      'queued',
      'step:choose',
      'step:start',
      'step:store',
      'step:finish',
      'completed',
    ])
    expect(heart.store.jobs.map(({ version }) => version)).toEqual([1, 2, 3, 4])
    expect(provider.started).toHaveLength(1)
    expect(await heart.mediaKeys()).toHaveLength(4)
    expect(heart.log.map(({ fields }) => fields.event)).toEqual(['generation_started', 'generation_completed'])
  })

  it('runs the heavy step in the render lane', async () => {
    const heart = await make(createScriptedProvider('a', { model: { runsHere: true } }))
    await heart.request()
    await heart.runAll()
    expect(heart.store.jobs.map(({ lane }) => lane)).toEqual(['quick', 'render', 'quick', 'quick'])
  })

  it('makes several calls when the provider plans several, each committed with its own key', async () => {
    const provider = createScriptedProvider('a', { calls: ['upload', 'animate', 'speak'] })
    const heart = await make(provider)
    const { generation } = await heart.request()
    await heart.runAll()
    expect(provider.started.map(({ name }) => name)).toEqual(['upload', 'animate', 'speak'])
    expect(new Set(provider.started.map(({ key }) => key)).size).toBe(3)
    expect((await heart.reload(generation.id)).status).toBe('completed')
  })

  it('polls an operation, one look per job, and tells its progress', async () => {
    const pending = (done: number) => ({
      kind: 'pending' as const,
      progress: { stage: 'vendor', done, total: 100, fraction: done / 100 },
      pollAfterSeconds: 5,
    })
    const provider = createScriptedProvider('a', {
      start: async () => ({ operation: { job: 'j-1' } }),
      status: [pending(40), pending(20), 'completed'],
    })
    const heart = await make(provider)
    const { generation } = await heart.request()
    await heart.runAll()
    expect(provider.polled).toEqual([{ job: 'j-1' }, { job: 'j-1' }, { job: 'j-1' }])
    expect(heart.store.jobs.map(({ delaySeconds }) => delaySeconds)).toEqual([
      undefined,
      undefined,
      2,
      5,
      5,
      undefined,
      undefined,
    ])
    const progress = (await heart.store.eventsAfter(generation.id, 0, 100)).map((event) => event.progress)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect((await heart.reload(generation.id)).status).toBe('completed')
  })
})

describe('a generation that goes badly', () => {
  it('goes on by another route when the first one fails, and keeps both attempts', async () => {
    const first = createScriptedProvider('a', { start: async () => Promise.reject(broken('PROVIDER_ERROR')) })
    const heart = await make(first, createScriptedProvider('b', { model: { prices: [] } }))
    const { generation } = await heart.request()
    await heart.runAll()
    const done = await heart.reload(generation.id)
    expect(done.status).toBe('completed')
    expect(await heart.store.listAttempts(generation.workId)).toMatchObject([
      { provider: 'a', state: 'failed', failure: { reason: 'broken' } },
      { provider: 'b', state: 'succeeded' },
    ])
    expect(done.routeTrace).toContainEqual({
      strategy: 'quality-cost',
      estimate: { micros: 1_200_000, currency: 'INR' },
      attempt: 2,
      provider: 'a',
      model: 'a/model',
      verdict: 'passed-over',
      why: 'already tried',
    })
  })

  it('never sends a refused request to another provider', async () => {
    const other = createScriptedProvider('b', { model: { prices: [] } })
    const refusing = createScriptedProvider('a', {
      start: async () => Promise.reject(broken('CONTENT_POLICY_VIOLATION')),
    })
    const heart = await make(refusing, other)
    const { generation } = await heart.request()
    await heart.runAll()
    expect(await heart.reload(generation.id)).toMatchObject({
      status: 'failed',
      failure: { code: 'CONTENT_POLICY_VIOLATION' },
    })
    expect(other.started).toEqual([])
  })

  it('hands a passing fault back to the queue while tries are left', async () => {
    const heart = await make(
      createScriptedProvider('a', { start: async () => Promise.reject(broken('PROVIDER_ERROR')) }),
    )
    const { generation } = await heart.request()
    await heart.runJob(heart.takeJobs()[0]!)
    const [job] = heart.takeJobs()
    await expect(heart.runJob(job!)).rejects.toMatchObject({ reason: 'broken' })
    expect(await heart.reload(generation.id)).toMatchObject({ status: 'processing', step: 'start' })
    await heart.runJob(job!, { lastTry: true })
    expect(await heart.reload(generation.id)).toMatchObject({ status: 'failed', failure: { reason: 'broken' } })
  })

  it('repeats an interrupted call under the same key where the provider dedupes', async () => {
    let crashes = 1
    const provider = createScriptedProvider('a', {
      start: async () => {
        if (crashes-- > 0) throw new Error('the machine went away')
        return 'finish'
      },
    })
    const heart = await make(provider)
    await heart.request()
    await heart.runJob(heart.takeJobs()[0]!)
    const [job] = heart.takeJobs()
    await expect(heart.runJob(job!)).rejects.toThrow('the machine went away')
    await heart.runJob(job!)
    expect(provider.started.map(({ key }) => key)).toEqual([provider.started[0]!.key, provider.started[0]!.key])
  })

  it('never repeats one where it could be billed twice', async () => {
    const provider = createScriptedProvider('a', {
      start: async () => Promise.reject(new Error('the machine went away')),
      model: { dedupesByKey: false },
    })
    const heart = await make(provider)
    const { generation } = await heart.request()
    await heart.runJob(heart.takeJobs()[0]!)
    const [job] = heart.takeJobs()
    await expect(heart.runJob(job!)).rejects.toThrow()
    await heart.runJob(job!)
    expect(provider.started).toHaveLength(1)
    expect(await heart.reload(generation.id)).toMatchObject({
      status: 'failed',
      failure: { reason: 'provider-silent' },
    })
  })

  it('fails when its deadline has passed, and says what to do', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request({ settings: { ...settings, timeoutSeconds: 10 } })
    heart.tick(10_001)
    await heart.runAll()
    const failed = await heart.reload(generation.id)
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'TIMEOUT', reason: 'deadline-passed' } })
    expect(await heart.eventTypes(generation.id)).toEqual(['queued', 'failed'])
  })

  it.each([
    ['silent', { hasAudio: false }],
    ['longer than was asked for', { seconds: 75 }],
    ['empty', { seconds: 0 }],
  ])('does not call a %s file done', async (_what, facts) => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    const good = { seconds: 8.3, width: 1080, height: 1350, fps: 30, hasAudio: true }
    await heart.runAll({ inspectVideo: async () => ({ ...good, ...facts }) })
    expect(await heart.reload(generation.id)).toMatchObject({
      status: 'failed',
      output: null,
      failure: { reason: 'output-unusable' },
    })
  })

  it('is failed for good when its job died with its process too often', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    const [job] = heart.takeJobs()
    await abandonWork(heart.parts)({ workId: generation.workId, version: 7 })
    expect((await heart.reload(generation.id)).status).toBe('queued')
    await abandonWork(heart.parts)(job!)
    expect(await heart.reload(generation.id)).toMatchObject({ status: 'failed', failure: { reason: 'gave-up' } })
  })
})

describe('a worker that comes too late', () => {
  it('runs no job that is older than the row', async () => {
    const provider = createScriptedProvider('a')
    const heart = await make(provider)
    await heart.request()
    const [stale] = heart.takeJobs()
    await heart.runJob(stale!)
    await heart.runJob(stale!)
    expect(heart.takeJobs()).toHaveLength(1)
  })

  it('writes nothing and keeps no file when the generation was cancelled while it worked', async () => {
    let cancel: () => Promise<unknown> = async () => {}
    const provider = createScriptedProvider('a', {
      start: async () => {
        await cancel()
        return 'finish'
      },
    })
    const heart = await make(provider)
    const { generation } = await heart.request()
    cancel = () => heart.discard('local', generation.id)
    await heart.runAll()
    expect(await heart.reload(generation.id)).toMatchObject({ status: 'cancelled', output: null })
    expect(await heart.mediaKeys()).toEqual([`local/photos/${generation.photoId}/photo.jpg`])
    expect((await heart.eventTypes(generation.id)).at(-1)).toBe('cancelled')
  })

  it('leaves the film of whoever went on in its place, and that one is kept to the end', async () => {
    let goOn: () => Promise<unknown> = async () => {}
    const provider = createScriptedProvider('a', {
      start: async () => {
        const next = goOn
        goOn = async () => {}
        await next()
        return 'finish'
      },
    })
    const heart = await make(provider)
    const { generation } = await heart.request()
    const [choose] = heart.takeJobs()
    await heart.runJob(choose!)
    const [start] = heart.takeJobs()
    // While one run of the job is frozen, another one does it.
    goOn = () => heart.runJob(start!)
    await heart.runJob(start!)
    expect(provider.started).toHaveLength(2)
    await heart.runAll()
    const { status, output } = await heart.reload(generation.id)
    expect(status).toBe('completed')
    expect(await heart.mediaKeys()).toContain(output!.videoKey)
  })

  it('keeps its film where nobody can tell whether the commit came through', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    const [choose] = heart.takeJobs()
    await heart.runJob(choose!)
    const [start] = heart.takeJobs()
    const lost = new Error('connection lost after the commit')
    let isLost = false
    const store: typeof heart.store = {
      ...heart.store,
      loadWork: (id) => (isLost ? Promise.reject(lost) : heart.store.loadWork(id)),
      async transaction(write) {
        const before = heart.store.jobs.length
        const result = await heart.store.transaction(write)
        isLost = heart.store.jobs.length > before
        if (isLost) throw lost
        return result
      },
    }
    await expect(heart.runJob(start!, { store })).rejects.toThrow('connection lost')
    await heart.runAll()
    const { status, output } = await heart.reload(generation.id)
    expect(status).toBe('completed')
    expect(await heart.mediaKeys()).toContain(output!.videoKey)
  })

  it('is stopped at its next sign of progress, even if no message reached it', async () => {
    let cancel: () => Promise<unknown> = async () => {}
    const stopped: unknown[] = []
    const provider = createScriptedProvider('a', {
      start: async ({ signal, onProgress }) => {
        await cancel()
        onProgress({ stage: 'frames', done: 1, total: 10, fraction: 0.1 })
        await new Promise((done) => signal.addEventListener('abort', done))
        stopped.push(signal.reason)
        throw signal.reason
      },
    })
    const heart = await make(provider)
    const { generation } = await heart.request()
    cancel = () => heart.discard('local', generation.id)
    await heart.runAll()
    expect(stopped).toHaveLength(1)
    expect((await heart.reload(generation.id)).status).toBe('cancelled')
  })
})

describe('discarding', () => {
  it('cancels first, deletes next, then knows it no more', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    expect(await heart.discard('local', generation.id)).toMatchObject({ status: 'cancelled' })
    expect(await heart.discard('local', generation.id)).toBeNull()
    await expect(heart.discard('local', generation.id)).rejects.toMatchObject({ status: 404 })
    expect(await heart.mediaKeys()).toEqual([])
    expect(heart.store.consents).toHaveLength(1)
  })

  it("does not touch another tenant's", async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation } = await heart.request()
    await expect(heart.discard('other', generation.id)).rejects.toMatchObject({
      status: 404,
      reason: 'generation-not-found',
    })
  })

  it('keeps a photo that another generation still needs', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation: first } = await heart.request()
    const { generation: second } = await heart.request({ photo: { id: first.photoId } }, {})
    await heart.runAll()
    await heart.discard('local', first.id)
    expect(await heart.mediaKeys()).toContain(`local/photos/${first.photoId}/photo.jpg`)
    await heart.discard('local', second.id)
    expect(await heart.mediaKeys()).toEqual([])
  })
})

describe('the sweep', () => {
  it('removes what no row speaks of and nothing else', async () => {
    const heart = await make(createScriptedProvider('a'))
    const { generation: done } = await heart.request()
    await heart.runAll()
    const { generation: waiting } = await heart.request({ script: 'Another one.' })
    const kept = await heart.mediaKeys()
    const orphans = [
      'local/photos/pho_gone/photo.jpg',
      'local/works/gen_gone/cal_1/video.mp4',
      `local/works/${done.workId}/cal_other/video.mp4`,
      'incoming/half-a-file',
    ]
    const underWay = `local/works/${waiting.workId}/cal_1/video.mp4`
    for (const key of [...orphans, underWay]) {
      const { path } = await heart.media.scratch('orphan')
      const { writeFile } = await import('node:fs/promises')
      await writeFile(`${path}/file`, 'x')
      await heart.media.put(key, `${path}/file`)
    }
    heart.tick(365 * 24 * 3600 * 1000)
    expect(await sweepMedia(heart.parts, Number.MAX_SAFE_INTEGER)).toBe(0)
    expect(await sweepMedia(heart.parts, 0)).toBe(orphans.length)
    expect(await heart.mediaKeys()).toEqual([...kept, underWay].sort())
  })
})
