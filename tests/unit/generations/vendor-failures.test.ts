/**
 * The failure table, row by row, as a generation lives through it: each fault before the vendor took the work, and after.
 *
 * Broken on purpose, and seen:
 *   policy travels; cut-off travels at once; credit blames nobody ... the row's own test, for each
 *   sent again without the vendor knowing keys .................... life-of-a-generation 'never repeats one', and an endless run here
 *   waits without end; fetches without end ........................ 'a long wait, or one wait …'; 'bad-output is fetched once more'
 *   the house's cost forgotten; a silent film let through ......... 'bad-output is fetched …'; 'a film that is silent'
 *   a paid answer not kept before the fetch ....................... 'a paid answer that came at once'
 *   an unsettled estimate left out of the cost limit .............. 'one that may still be paid'
 *   the next route's time not kept free ........................... 'deadline asks the vendor to stop'
 *   webhooks: a delivery counts twice, a forged one once, a late one while another works ... receive-webhook
 *   slots: given without end, out of turn, without the lock ....... waiting-for-slots, slots, contract/generation-store
 *   breakers: probes without bound, closed by what is only taken .. resilience/breaker
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Fault, faultWords, VendorFailure } from '../../../src/errors.ts'
import type { GenerationRequest } from '../../../src/generations/use-cases.ts'
import { failureTable } from '../../../src/routing/failure-table.ts'
import { createHeart, type Heart, settings } from '../../doubles/heart.ts'
import { createScriptedProvider, scriptedModel } from '../../doubles/scripted-provider.ts'

type Script = NonNullable<Parameters<typeof createScriptedProvider>[1]>

const faults = Object.keys(faultWords) as Fault[]
const accepted = async () => ({ operation: { job: 'j-1' } })
const refusing =
  (fault: Fault, details: ConstructorParameters<typeof VendorFailure>[1] = {}) =>
  async () => {
    throw new VendorFailure(fault, details)
  }
/** Dearer than nothing: it is the second choice. */
const second: Script = {
  model: {
    prices: [{ micros: 900_000, currency: 'INR', unit: 'second', label: 'list', source: 'test', from: '2026-01-01' }],
  },
}

let heart: Heart | undefined
afterEach(async () => {
  await heart?.dispose()
  heart = undefined
})

async function live(first: Script, other: Script = second, request: Partial<GenerationRequest> = {}) {
  const a = createScriptedProvider('a', first)
  const b = createScriptedProvider('b', other)
  heart = await createHeart([a, b])
  const { generation } = await heart.request(request)
  return {
    a,
    b,
    heart,
    id: generation.id,
    end: async (overrides: Parameters<Heart['runAll']>[0] = {}) => {
      await heart!.runAll(overrides)
      return heart!.reload(generation.id)
    },
    attempts: () => heart!.store.listAttempts(generation.workId),
  }
}

/** Runs until a job is delayed, and answers that delay. */
async function untilDelayed({ heart }: { readonly heart: Heart }): Promise<number> {
  for (let jobs = heart.takeJobs(); jobs.length > 0; jobs = heart.takeJobs()) {
    for (const job of jobs) {
      if (job.delaySeconds !== undefined && job.delaySeconds > 0) {
        heart.tick(job.delaySeconds * 1000)
        const { delaySeconds } = job
        await heart.runJob(job)
        return delaySeconds
      }
      await heart.runJob(job)
    }
  }
  throw new Error('nothing was delayed')
}

describe('a fault before the vendor took the work', () => {
  const travels = faults.filter((fault) => failureTable[fault].before.kind === 'next' && fault !== 'too-large')

  it.each(['bad-input', 'policy'] as const)('%s fails, and nobody else is asked', async (fault) => {
    const { b, end, attempts } = await live({ start: refusing(fault) })
    expect(await end()).toMatchObject({ status: 'failed', failure: { reason: faultWords[fault].reason, fault } })
    expect(b.started).toEqual([])
    expect(await attempts()).toMatchObject([{ state: 'failed', cost: null, calls: [{ state: 'failed' }] }])
  })

  it.each(travels)('%s goes to the next provider, and the result tells of it', async (fault) => {
    const { a, b, end, heart, id } = await live({ start: refusing(fault) })
    expect(await end()).toMatchObject({
      status: 'completed',
      making: { provider: 'b', fallbackUsed: true, originalError: { reason: faultWords[fault].reason, fault } },
    })
    expect([a.started.length, b.started.length]).toEqual([1, 1])
    const fallback = (await heart.store.eventsAfter(id, 0, 100)).find(({ body }) => body.type === 'fallback')
    expect(fallback?.body).toMatchObject({ from: 'a', to: 'b', error: { fault } })
  })

  it('a provider that is down as a whole is left for another, before its own other models', async () => {
    const other = scriptedModel('a', { id: 'a/other' })
    const a = createScriptedProvider('a', { start: refusing('server-error') })
    const b = createScriptedProvider('b', second)
    heart = await createHeart([{ ...a, models: [...a.models, other] }, b])
    const { generation } = await heart.request()
    await heart.runAll()
    expect((await heart.reload(generation.id)).making).toMatchObject({ provider: 'b' })
    expect(a.started).toHaveLength(1)
  })

  it('what was done otherwise than asked is told of whoever made it', async () => {
    const told = (setting: string) => [{ setting, asked: 1, used: 2, why: 'It cannot.' }]
    const first = { start: refusing('server-error'), adjusted: told('of the first') }
    const { end, heart, id } = await live(first, { ...second, adjusted: told('of the second') })
    expect((await heart.reload(id)).adjusted).toEqual(told('of the first'))
    expect((await end()).adjusted).toEqual(told('of the second'))
  })

  it.each(['key', 'credit'] as const)('%s takes the account out for everybody', async (fault) => {
    const { a, b, end, heart } = await live({ start: refusing(fault) })
    await end()
    const again = await heart.request({ fresh: true })
    await heart.runAll()
    expect((await heart.reload(again.generation.id)).making).toMatchObject({ provider: 'b', fallbackUsed: false })
    expect([a.started.length, b.started.length]).toEqual([1, 2])
  })

  it('credit that nobody else has ends in words on what to do', async () => {
    const { end } = await live({ start: refusing('credit') }, { ...second, start: refusing('credit') })
    expect(await end()).toMatchObject({
      status: 'failed',
      failure: { code: 'INSUFFICIENT_CREDITS', hint: expect.stringContaining('Upgrade') },
    })
  })

  it('a photo that is too large goes only to our own machine', async () => {
    const abroad = await live({ start: refusing('too-large') })
    expect(await abroad.end()).toMatchObject({
      status: 'failed',
      failure: { hint: expect.stringContaining('Compress') },
    })
    expect(abroad.b.started).toEqual([])
    await abroad.heart.dispose()
    const here = await live({ start: refusing('too-large') }, { ...second, model: { ...second.model, runsHere: true } })
    expect(await here.end()).toMatchObject({ status: 'completed', making: { provider: 'b' } })
  })

  it('a short wait that the vendor asks for is waited, under the same key', async () => {
    let asked = 0
    const scene = await live({
      start: async () => {
        asked += 1
        if (asked === 1) throw new VendorFailure('rate-limit', { retryAfterSeconds: 2 })
        return 'finish'
      },
    })
    expect(await untilDelayed(scene)).toBe(2)
    expect(await scene.end()).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    expect(new Set(scene.a.started.map(({ key }) => key)).size).toBe(1)
    expect((await scene.attempts())[0]?.calls).toMatchObject([{ sends: 2, state: 'completed' }])
  })

  it('a long wait, or one wait after the other, leads to the next provider', async () => {
    const long = await live({ start: refusing('rate-limit', { retryAfterSeconds: 120 }) })
    expect(await long.end()).toMatchObject({ making: { provider: 'b' } })
    expect(long.a.started).toHaveLength(1)
    await long.heart.dispose()
    const stubborn = await live({ start: refusing('rate-limit') })
    expect(await stubborn.end()).toMatchObject({ making: { provider: 'b' } })
    expect(stubborn.a.started).toHaveLength(4)
  })

  it.each(['cut-off', 'bad-answer'] as const)(
    '%s is never sent again to a vendor that cannot know it again',
    async (fault) => {
      const { a, end, attempts } = await live({ start: refusing(fault), model: { dedupesByKey: false } })
      expect(await end()).toMatchObject({ status: 'completed', making: { provider: 'b' } })
      expect(a.started).toHaveLength(1)
      expect(await attempts()).toMatchObject([
        { state: 'unknown', calls: [{ state: 'unknown' }] },
        { state: 'succeeded' },
      ])
    },
  )

  it.each(['cut-off', 'bad-answer'] as const)(
    '%s is sent once more under its key where the vendor knows it by that',
    async (fault) => {
      const { a, end } = await live({ start: refusing(fault), model: { dedupesByKey: true } })
      expect(await end()).toMatchObject({ making: { provider: 'b' } })
      expect(a.started).toHaveLength(2)
      expect(new Set(a.started.map(({ key }) => key)).size).toBe(1)
    },
  )

  it('cut-off is looked up where the vendor can be asked, and goes on with what it took', async () => {
    const { a, b, end } = await live({
      start: refusing('cut-off'),
      model: { dedupesByKey: false },
      find: async () => ({ kind: 'operation', operation: { job: 'j-9' }, jobId: 'j-9' }),
      status: ['completed'],
    })
    expect(await end()).toMatchObject({ making: { provider: 'a', providerJobId: 'j-9', fallbackUsed: false } })
    expect(a.found).toEqual([a.started[0]?.key])
    expect(b.started).toEqual([])
  })

  it('cut-off that the vendor never took is free to go elsewhere', async () => {
    const { end, attempts } = await live({
      start: refusing('cut-off'),
      model: { dedupesByKey: false },
      find: async () => null,
    })
    expect(await end()).toMatchObject({ making: { provider: 'b' } })
    expect(await attempts()).toMatchObject([{ state: 'failed' }, { state: 'succeeded' }])
  })

  it('one that may still be paid takes its estimate from the cost limit of the next', async () => {
    const limited = { settings: { ...settings, costLimit: { micros: 8_000_000, currency: 'INR' } } }
    const { end } = await live({ start: refusing('cut-off'), model: { dedupesByKey: false } }, second, limited)
    // 1.20 may be owed to a; 7.20 for b would make it 8.40.
    expect(await end()).toMatchObject({ status: 'failed', failure: { fault: 'cut-off' } })
  })
})

describe('a vendor that hangs', () => {
  const again = async (heart: Heart) => {
    const { generation } = await heart.request({ fresh: true })
    await heart.runAll()
    return (await heart.reload(generation.id)).making
  }

  it('is left alone after three submissions of which nothing was heard, and tried again by one', async () => {
    const { a, b, heart } = await live({ start: refusing('cut-off'), model: { dedupesByKey: false } })
    await heart.runAll()
    for (let n = 0; n < 9; n += 1) await again(heart)
    expect(a.started).toHaveLength(3)
    expect(b.started).toHaveLength(10)
    heart.tick(30_000)
    await again(heart)
    expect(a.started).toHaveLength(4)
    await again(heart)
    expect(a.started).toHaveLength(4)
  })

  it('is left alone after three works that it took and never finished', async () => {
    const pending = { kind: 'pending', progress: null } as const
    const { a, heart } = await live({
      start: accepted,
      status: Array.from({ length: 100 }, () => pending),
      limits: { timeoutSeconds: 2 },
    })
    const finish = async () => {
      for (let jobs = heart.takeJobs(); jobs.length > 0; jobs = heart.takeJobs()) {
        for (const job of jobs) {
          heart.tick((job.delaySeconds ?? 0) * 1000)
          await heart.runJob(job)
        }
      }
    }
    await finish()
    for (let n = 0; n < 7; n += 1) {
      await heart.request({ fresh: true })
      await finish()
    }
    expect(a.started).toHaveLength(3)
  })
})

describe('a fault after the vendor took the work', () => {
  it.each(['bad-input', 'too-large', 'policy'] as const)('%s fails, and nobody else is asked', async (fault) => {
    const { b, end } = await live({ start: accepted, status: [{ kind: 'failed', failure: new VendorFailure(fault) }] })
    expect(await end()).toMatchObject({ status: 'failed', failure: { fault } })
    expect(b.started).toEqual([])
  })

  const patient = faults.filter((fault) => failureTable[fault].after.kind === 'poll-on')
  it('patience is for seven of them', () => {
    expect(patient).toEqual(['key', 'credit', 'rate-limit', 'server-error', 'unreachable', 'cut-off', 'bad-answer'])
  })

  it.each(patient)('%s on a look changes nothing: the next look is made', async (fault) => {
    const { a, b, end } = await live({ start: accepted, status: [new VendorFailure(fault), 'completed'] })
    expect(await end()).toMatchObject({ status: 'completed', making: { provider: 'a', fallbackUsed: false } })
    expect(a.polled).toHaveLength(2)
    expect(a.started).toHaveLength(1)
    expect(b.started).toEqual([])
  })

  it('a vendor that has too much to do is looked at later', async () => {
    const scene = await live({
      start: accepted,
      status: [new VendorFailure('rate-limit', { retryAfterSeconds: 17 }), 'completed'],
    })
    expect(await untilDelayed(scene)).toBe(2)
    expect(await untilDelayed(scene)).toBe(17)
  })

  it('vendor-failed goes to the next provider, and nothing is paid', async () => {
    const { end, attempts } = await live({
      start: accepted,
      status: [{ kind: 'failed', failure: new VendorFailure('vendor-failed') }],
    })
    expect(await end()).toMatchObject({ making: { provider: 'b', originalError: { fault: 'vendor-failed' } } })
    expect(await attempts()).toMatchObject([
      { state: 'failed', cost: null },
      { state: 'succeeded', costBearer: 'user' },
    ])
  })

  it('deadline asks the vendor to stop, and leaves it early enough for the next provider', async () => {
    const pending = { kind: 'pending', progress: null } as const
    const scene = await live({
      start: accepted,
      status: Array.from({ length: 300 }, () => pending),
      cancel: async () => true,
    })
    for (let looks = 0; scene.a.cancelled.length === 0; looks += 1) {
      expect(looks).toBeLessThan(300)
      await untilDelayed(scene)
    }
    expect(await scene.end()).toMatchObject({ status: 'completed', making: { originalError: { fault: 'deadline' } } })
    expect(await scene.attempts()).toMatchObject([
      { state: 'expired', calls: [{ state: 'unknown' }] },
      { state: 'succeeded' },
    ])
  })

  it('bad-output is fetched once more, then the next provider does it and the house pays', async () => {
    let fetched = 0
    const missing = async () => {
      fetched += 1
      throw new VendorFailure('bad-output')
    }
    const scene = await live({ start: accepted, foreign: true, status: ['completed', 'completed'] })
    expect(await scene.end({ fetchFile: missing })).toMatchObject({ making: { provider: 'b' } })
    expect(fetched).toBe(2)
    expect(await scene.attempts()).toMatchObject([
      { state: 'failed', cost: { micros: 1_200_000 }, costBearer: 'house' },
      { state: 'succeeded', costBearer: 'user' },
    ])
  })

  it.each([
    ['silent', { isSilent: true }],
    ['black', { isBlack: true }],
    ['without sound', { hasAudio: false }],
    ['of the wrong length', { seconds: 20 }],
  ])('a film that is %s counts as no film', async (_what, wrong) => {
    const scene = await live({
      start: accepted,
      foreign: true,
      status: ['completed', 'completed'],
      model: { lengthToleranceSeconds: 1 },
    })
    const facts = { seconds: 8, width: 720, height: 900, fps: 30, hasAudio: true, isSilent: false, isBlack: false }
    const inspectVideo = async (_file: string, _signal?: AbortSignal, from?: 'foreign') =>
      from === 'foreign' ? { ...facts, ...wrong } : facts
    expect(await scene.end({ inspectVideo })).toMatchObject({
      making: { provider: 'b', originalError: { fault: 'bad-output' } },
    })
    expect((await scene.heart.mediaKeys()).filter((key) => key.includes('/works/'))).toHaveLength(3)
  })

  it('a good film gets a picture of its own, and one missing once is there the second time', async () => {
    let fetched = 0
    const scene = await live({ start: accepted, foreign: true, status: ['completed', 'completed'] })
    const fetchFile: Heart['parts']['fetchFile'] = async (request) => {
      fetched += 1
      if (fetched === 1) throw new VendorFailure('bad-output')
      await scene.heart.parts.fetchFile(request)
    }
    expect(await scene.end({ fetchFile })).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    expect((await scene.heart.mediaKeys()).map((key) => key.split('/').at(-1))).toContain('thumbnail.jpg')
  })

  it('a paid answer that came at once is kept before its files are fetched', async () => {
    const scene = await live({ foreign: true })
    const crash: Heart['parts']['fetchFile'] = async () => {
      throw new Error('the process ended')
    }
    const [choose] = scene.heart.takeJobs()
    await scene.heart.runJob(choose!)
    await scene.heart.runJob(scene.heart.takeJobs()[0]!)
    const [poll] = scene.heart.takeJobs()
    await expect(scene.heart.runJob(poll!, { fetchFile: crash })).rejects.toThrow('ended')
    await scene.heart.runJob(poll!)
    expect(await scene.end()).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    expect(scene.a.started).toHaveLength(1)
  })
})

describe('a result that comes late', () => {
  it('is taken in when no other route is left', async () => {
    const pending = { kind: 'pending', progress: null } as const
    const late: Script = {
      start: accepted,
      status: [pending, pending, 'completed', 'completed'],
      limits: { timeoutSeconds: 5 },
    }
    const scene = await live(late, { ...second, start: refusing('server-error') })
    for (let n = 0; n < 3; n += 1) await untilDelayed(scene)
    expect(await scene.end()).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    expect(await scene.attempts()).toMatchObject([
      { state: 'succeeded', costBearer: 'user' },
      { state: 'failed', cost: null },
    ])
  })
})
