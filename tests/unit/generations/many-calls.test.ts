/**
 * Attempts of several calls: what is made before them, what is handed from one to the next, what is finished after them, what is
 * lost, taken again, and paid.
 *
 * Broken on purpose, and seen:
 *   a lost call told as completed; an optional one ends the attempt .. 'goes on without an optional call', 'a process that dies'
 *   refused content lost like any other call ......................... 'refused content ends it'
 *   hopeless taken for done .......................................... 'too many lost calls'
 *   the calls before a failing one not paid by the house ............. 'too many lost calls', 'a clip that fails'
 *   what an unclear call, or a failed job, may cost forgotten ........ 'goes on without …: cut-off', 'a job that ends in'
 *   reuse without looking at who still has it ........................ contract/generation-store (here the files are gone as well)
 *   a voice call sent again after a crash; asked for a recording ..... 'that may be paid', 'is not asked for where'
 *   a free call left as unknown ...................................... 'a free call that was broken off'
 *   leftovers kept; reusable ones removed ............................ 'joins clips', 'takes again what'
 *   a silent clip let through; the last picture not handed on ........ 'a clip in which nothing is heard', 'joins clips'
 */
import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Fault, VendorFailure } from '../../../src/errors.ts'
import type { Model, Price } from '../../../src/providers/model.ts'
import { createHeart, type Heart, settings } from '../../doubles/heart.ts'
import type { ScriptedFinisher } from '../../doubles/scripted-finisher.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

type Script = NonNullable<Parameters<typeof createScriptedProvider>[1]>
type Provider = ReturnType<typeof createScriptedProvider>

let heart: Heart | undefined
afterEach(async () => {
  await heart?.dispose()
  heart = undefined
})

const price = (micros: number, unit: Price['unit']): Partial<Model> => ({
  prices: [{ micros, currency: 'INR', unit, label: 'list', source: 'test', from: '2026-01-01' }],
})
const cheap = price(1_000, 'second')
const dear = { model: price(900_000, 'second') }
const failing =
  (name: string, fault: Fault): NonNullable<Script['start']> =>
  async (_context, call) => {
    if (call.name === name) throw new VendorFailure(fault)
    return 'finish'
  }

const shapes = ['ah', 'closed', 'ee', 'oo']
const keyFrames: Script = {
  calls: shapes.map((name) => ({
    name,
    ...(name !== 'ah' && { optional: true }),
    reuseKey: `photo ${name}`,
  })),
  yields: () => 'image',
  mostLost: 2,
  model: { drive: 'key-frames', yields: 'key-frames', calls: 4, dedupesByKey: false, ...price(10_000, 'call') },
}
const clips: Script = {
  calls: [1, 2, 3].map((n) => ({ name: `clip-${n}`, seconds: 4 })),
  model: { yields: 'clips', clipSeconds: [4], dedupesByKey: false, ...price(10_000, 'second') },
}
const voice: Script = {
  calls: [{ name: 'voice', reuseKey: 'these words' }],
  yields: () => 'speech',
  model: { kind: 'speech', yields: 'speech', dedupesByKey: false, ...price(2_000, 'character') },
}
const audio: Script = { model: { drive: 'audio', ...cheap } }

async function scene(first: Script, { other = dear, speaker }: { other?: Script; speaker?: Provider } = {}) {
  const a = createScriptedProvider('a', first)
  const b = createScriptedProvider('b', other)
  heart = await createHeart([a, b])
  const { parts } = heart
  const finisher = parts.finisher as ScriptedFinisher
  const isClips = first.model?.yields === 'clips'
  const inspectVideo: typeof parts.inspectVideo = async (file) => {
    const facts = await parts.inspectVideo(file)
    return isClips && String(await readFile(file)).split('clip-').length === 2 ? { ...facts, seconds: 4 } : facts
  }
  const overrides: Parameters<Heart['runAll']>[0] = {
    inspectVideo,
    ...(speaker && { voiceFor: () => ({ provider: speaker, model: speaker.models[0]! }) }),
  }
  const make = async (changes: Parameters<Heart['request']>[0] = {}) => {
    const { generation } = await heart!.request(changes, overrides)
    await heart!.runAll(overrides)
    return heart!.reload(generation.id)
  }
  const attempts = async (workId: string) => heart!.store.listAttempts(workId)
  const worksKeys = async () => (await heart!.mediaKeys()).filter((key) => key.includes('/works/'))
  return { a, b, heart, finisher, overrides, make, attempts, worksKeys }
}

describe('an attempt of several calls', () => {
  it('joins clips, each begun with the picture that the one before ends with', async () => {
    const { a, finisher, make, attempts, worksKeys } = await scene(clips)
    const done = await make()
    expect(done).toMatchObject({ status: 'completed', making: { provider: 'a' }, cost: { micros: 120_000 } })
    expect(done.making?.remarks).toMatchObject([{ code: 'voice-may-vary' }])
    expect(a.started.map(({ name, material }) => [name, material])).toEqual([
      ['clip-1', {}],
      ['clip-2', { lastFrame: 'the end of the video of clip-1 by a' }],
      ['clip-3', { lastFrame: 'the end of the video of clip-2 by a' }],
    ])
    expect(finisher.made).toEqual(['lastFrame', 'lastFrame', 'join 3 clips'])
    const [attempt] = await attempts(done.workId)
    expect(attempt?.calls.map(({ name, maker, ordinal }) => [name, maker, ordinal])).toEqual([
      ['clip-1', 'route', 1],
      ['clip-2', 'route', 2],
      ['clip-3', 'route', 3],
      ['assemble', 'house', 4],
    ])
    // The clips are gone; the film and its picture are there.
    expect(await worksKeys()).toHaveLength(2)
  })

  it('hands on what a call keeps', async () => {
    const { a, make } = await scene({
      calls: [{ name: 'upload', free: true }, { name: 'film' }],
      yields: (name) => (name === 'upload' ? 'nothing' : 'video'),
      result: (name) => (name === 'upload' ? { keeps: { uri: 'vendor://photo' } } : {}),
      model: cheap,
    })
    expect(await make()).toMatchObject({ status: 'completed', cost: { micros: 8_000 } })
    expect(a.started.at(-1)?.ended).toEqual([{ name: 'upload', state: 'completed', keeps: { uri: 'vendor://photo' } }])
  })

  it.each([cheap, { prices: [] }])('a tidying up that fails changes nothing, and is no remark', async (model) => {
    const { make } = await scene({
      calls: [{ name: 'film' }, { name: 'tidy', free: true, optional: true }],
      yields: (name) => (name === 'tidy' ? 'nothing' : 'video'),
      start: failing('tidy', 'server-error'),
      model,
    })
    const asked = { settings: { ...settings, model: 'a/model' } }
    expect(await make(asked)).toMatchObject({ status: 'completed', making: { provider: 'a', remarks: [] } })
  })

  it('a free call that was broken off is sent again', async () => {
    let sends = 0
    const { a, make, attempts } = await scene({
      calls: [{ name: 'upload', free: true }, { name: 'film' }],
      yields: (name) => (name === 'upload' ? 'nothing' : 'video'),
      start: async (_context, { name }) => {
        if (name === 'upload' && ++sends === 1) throw new VendorFailure('cut-off')
        return 'finish'
      },
      model: { ...cheap, dedupesByKey: false },
    })
    const done = await make()
    expect(done.making).toMatchObject({ provider: 'a' })
    expect(a.started.map(({ name }) => name)).toEqual(['upload', 'upload', 'film'])
    expect((await attempts(done.workId))[0]?.calls.map((call) => call.sends)).toEqual([2, 1])
  })

  it('tells how far it is, never less than before', async () => {
    const { heart, make } = await scene(clips)
    const { id } = await make()
    const told = (await heart.store.eventsAfter(id, 0, 100)).map(({ progress }) => progress)
    expect(told).toEqual([...told].sort((x, y) => x - y))
    expect(await heart.eventTypes(id)).toContain('step:assemble')
  })

  it('a clip that fails ends it, and the house pays the clips before it', async () => {
    const { b, make, attempts } = await scene({ ...clips, start: failing('clip-3', 'server-error') })
    const done = await make()
    expect(done).toMatchObject({ making: { provider: 'b', fallbackUsed: true } })
    expect(b.started).toHaveLength(1)
    const [first] = await attempts(done.workId)
    expect(first).toMatchObject({ state: 'failed', cost: { micros: 80_000 }, costBearer: 'house' })
  })

  it.each(['vendor-failed', 'policy'] as const)(
    'a job that ends in %s and costs all the same is paid by the house',
    async (fault) => {
      const cost = { micros: 5_000, currency: 'INR' }
      const { make, attempts } = await scene({
        start: async () => ({ operation: 'job' }),
        status: [{ kind: 'failed', failure: new VendorFailure(fault), cost }],
        model: cheap,
      })
      const done = await make()
      expect(done.status).toBe(fault === 'policy' ? 'failed' : 'completed')
      expect((await attempts(done.workId))[0]).toMatchObject({
        cost,
        costBearer: 'house',
        calls: [{ reportedCost: cost }],
      })
    },
  )

  it('a clip in which nothing is heard is no clip', async () => {
    const { a, make, overrides } = await scene(clips)
    const usual = overrides!.inspectVideo!
    const inspectVideo: typeof usual = async (file, signal, from) => ({
      ...(await usual(file, signal, from)),
      ...(from === 'foreign' && { isSilent: true }),
    })
    Object.assign(overrides!, { inspectVideo })
    expect(await make()).toMatchObject({ making: { provider: 'b', originalError: { fault: 'bad-output' } } })
    expect(a.started.map(({ name }) => name)).toEqual(['clip-1'])
  })
})

describe('key frames', () => {
  it('are animated by us, and paid each', async () => {
    const { finisher, make } = await scene(keyFrames)
    expect(await make()).toMatchObject({
      status: 'completed',
      cost: { micros: 40_000 },
      making: { provider: 'a', remarks: [], voice: null },
    })
    expect(finisher.made).toEqual(['animate ah+closed+ee+oo with our own voice'])
  })

  it.each(['vendor-failed', 'server-error', 'cut-off', 'bad-answer', 'bad-input'] as const)(
    'goes on without an optional call that ends in %s, and says so',
    async (fault) => {
      const { a, finisher, make } = await scene({ ...keyFrames, start: failing('ee', fault) })
      const done = await make()
      expect(done).toMatchObject({
        status: 'completed',
        making: { provider: 'a', remarks: [{ code: 'key-frame-lost' }] },
      })
      expect(done.making?.remarks?.[0]?.message).toContain("'ee'")
      expect(a.started.map(({ name }) => name)).toEqual(shapes)
      expect(a.started.at(-1)?.ended.map(({ state }) => state)).toEqual(['completed', 'completed', 'lost'])
      expect(finisher.made).toEqual(['animate ah+closed+oo with our own voice'])
      // What may have been taken is paid; what was refused is not.
      const mayBePaid = fault === 'cut-off' || fault === 'bad-answer'
      expect(done.cost?.micros).toBe(mayBePaid ? 40_000 : 30_000)
    },
  )

  it('says which of them did not fit', async () => {
    const { finisher, make } = await scene(keyFrames)
    finisher.drop(['oo'])
    expect((await make()).making?.remarks).toEqual([
      { code: 'key-frame-dropped', message: "The picture of the mouth shape 'oo' was not used: the head moved." },
    ])
  })

  it('refused content ends it, and nobody else is asked', async () => {
    const { b, make } = await scene({ ...keyFrames, start: failing('oo', 'policy') })
    expect(await make()).toMatchObject({ status: 'failed', failure: { fault: 'policy' } })
    expect(b.started).toEqual([])
  })

  it('too many lost calls are hopeless: the next provider, and the house pays what was made', async () => {
    const { make, attempts } = await scene({
      ...keyFrames,
      start: async (_context, { name }) => {
        if (name !== 'ah') throw new VendorFailure('vendor-failed')
        return 'finish'
      },
    })
    const done = await make()
    expect(done.making).toMatchObject({ provider: 'b', originalError: { fault: 'vendor-failed' } })
    const [first] = await attempts(done.workId)
    expect(first).toMatchObject({ state: 'failed', cost: { micros: 10_000 }, costBearer: 'house' })
  })

  it('takes again what an equal call of the tenant made, as long as somebody has it', async () => {
    const { a, heart, make, worksKeys } = await scene(keyFrames)
    const first = await make()
    // Film, picture, words, and four key frames.
    expect(await worksKeys()).toHaveLength(7)
    const again = await make({ script: 'Other words.' })
    expect(again).toMatchObject({ status: 'completed', cost: { micros: 0 } })
    expect(a.started).toHaveLength(4)
    await make({ script: 'Their words.', caller: { tenantId: 'another', requestId: 'req-2' } }).catch(() => {})
    expect(a.started).toHaveLength(8)
    for (const { id } of [first, again]) await heart.discard('local', id)
    expect((await worksKeys()).filter((key) => key.startsWith('local/'))).toEqual([])
    await make({ script: 'New words.' })
    expect(a.started).toHaveLength(12)
  })

  it.each([1, 2, 3, 4])('a process that dies in call %i sends none of them twice', async (nth) => {
    let calls = 0
    const dying = new AbortController()
    const { a, heart, overrides } = await scene({
      ...keyFrames,
      start: async ({ signal }) => {
        calls += 1
        if (calls === nth) dying.abort(new Error('killed'))
        signal.throwIfAborted()
        return 'finish'
      },
    })
    const { generation } = await heart.request({}, overrides)
    let killed = 0
    for (let jobs = heart.takeJobs(); jobs.length > 0; jobs = heart.takeJobs()) {
      for (const job of jobs) {
        const signal = killed === 0 ? dying.signal : new AbortController().signal
        await heart.runJob(job, { ...overrides, signal }).catch(async () => {
          killed += 1
          await heart.runJob(job, overrides)
        })
      }
    }
    expect(killed).toBe(1)
    const names = a.started.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const done = await heart.reload(generation.id)
    // Without the first nothing is there to go on with; any other is only lost.
    expect(done.making?.provider).toBe(nth === 1 ? 'b' : 'a')
  })
})

describe('a voice that a route needs', () => {
  it('is our own where there is no vendor of voices', async () => {
    const { a, finisher, make } = await scene(audio)
    expect(await make()).toMatchObject({ status: 'completed', making: { provider: 'a', voice: null } })
    expect(finisher.made).toEqual(['speak'])
    expect(a.started[0]?.material).toEqual({ voiceTrack: 'our own voice' })
  })

  it("is the vendor's where there is one, paid by the letter", async () => {
    const speaker = createScriptedProvider('voices', voice)
    const { a, finisher, make } = await scene(audio, { speaker })
    const done = await make({ script: 'Hello there.' })
    expect(done).toMatchObject({ making: { provider: 'a', voice: { provider: 'voices', model: 'voices/model' } } })
    expect(done.cost?.micros).toBe(8_000 + 12 * 2_000)
    expect(finisher.made).toEqual(['timeWords of the speech of voice by voices'])
    expect(a.started[0]?.material).toEqual({ voiceTrack: 'the speech of voice by voices' })
  })

  it('is heard in a photo that is animated, and in a film that we make for a model to follow', async () => {
    for (const [script, made] of [
      [keyFrames, 'animate ah+closed+ee+oo with the speech of voice by voices'],
      [
        { model: { drive: 'performance', yields: 'silent-video', ...cheap } } satisfies Script,
        'perform with the speech of voice by voices',
      ],
    ] as const) {
      const { finisher, make } = await scene(script, { speaker: createScriptedProvider('voices', voice) })
      await make()
      expect(finisher.made).toContain(made)
      await heart?.dispose()
    }
  })

  it.each(['server-error', 'key', 'unreachable', 'cut-off', 'credit'] as const)(
    'is our own when the vendor ends in %s, and the result says so',
    async (fault) => {
      const speaker = createScriptedProvider('voices', { ...voice, start: failing('voice', fault) })
      const { finisher, make } = await scene(audio, { speaker })
      expect(await make()).toMatchObject({
        status: 'completed',
        making: { provider: 'a', voice: null, remarks: [{ code: 'voice-lost' }] },
      })
      expect(finisher.made).toEqual(['speak'])
      expect(speaker.started).toHaveLength(1)
    },
  )

  it('waits a little where the vendor has too much to do', async () => {
    let tries = 0
    const start: NonNullable<Script['start']> = async () => {
      tries += 1
      if (tries < 3) throw new VendorFailure('rate-limit', { retryAfterSeconds: 2 })
      return 'finish'
    }
    const speaker = createScriptedProvider('voices', { ...voice, start })
    const { make } = await scene(audio, { speaker })
    expect((await make()).making).toMatchObject({ voice: { provider: 'voices' } })
    expect(tries).toBe(3)
  })

  it('refuses words for good', async () => {
    const speaker = createScriptedProvider('voices', { ...voice, start: failing('voice', 'policy') })
    const { a, b, make } = await scene(audio, { speaker })
    expect(await make()).toMatchObject({ status: 'failed', failure: { fault: 'policy' } })
    expect([a.started, b.started]).toEqual([[], []])
  })

  it('is not asked for where somebody recorded the script', async () => {
    const speaker = createScriptedProvider('voices', voice)
    const { heart, overrides, finisher } = await scene(
      { model: { ...audio.model, takesRecordings: true } },
      { speaker },
    )
    const recording = { file: `${heart.directory}/recording`, sha256: 'cd'.repeat(32) }
    const { generation } = await heart.request({ recording, settings } as never, overrides).catch(() => ({
      generation: null,
    }))
    if (!generation) throw new Error('the recording was not taken')
    await heart.runAll(overrides)
    expect((await heart.reload(generation.id)).status).toBe('completed')
    expect(speaker.started).toEqual([])
    expect(finisher.made).toEqual(['speak'])
  })

  it('that may be paid is not asked for again when the process dies', async () => {
    const dying = new AbortController()
    const speaker = createScriptedProvider('voices', {
      ...voice,
      start: async ({ signal }) => {
        dying.abort(new Error('killed'))
        signal.throwIfAborted()
        return 'finish'
      },
    })
    const { heart, overrides, finisher, attempts } = await scene(audio, { speaker })
    const { generation } = await heart.request({}, overrides)
    for (let jobs = heart.takeJobs(); jobs.length > 0; jobs = heart.takeJobs()) {
      for (const job of jobs) {
        const { signal } = speaker.started.length === 0 ? dying : new AbortController()
        await heart.runJob(job, { ...overrides, signal }).catch(() => heart.runJob(job, overrides))
      }
    }
    expect((await heart.reload(generation.id)).status).toBe('completed')
    expect(speaker.started).toHaveLength(1)
    expect(finisher.made).toEqual(['speak'])
    const [attempt] = await attempts(generation.workId)
    expect(attempt?.calls[0]).toMatchObject({ name: 'voice', state: 'unknown' })
  })

  it('takes again what it said before', async () => {
    const speaker = createScriptedProvider('voices', voice)
    const { make } = await scene(audio, { speaker })
    await make()
    const again = await make({ fresh: true })
    expect(again.making).toMatchObject({ voice: { provider: 'voices' } })
    expect(speaker.started).toHaveLength(1)
  })
})

describe('a film that follows one of ours', () => {
  it('gets our speech under it', async () => {
    const { a, finisher, make } = await scene({
      model: { drive: 'performance', yields: 'silent-video', ...cheap },
    })
    expect(await make()).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    expect(finisher.made).toEqual(['perform with our own voice', 'dub with our own voice'])
    expect(a.started[0]?.material).toEqual({ voiceTrack: 'our own voice', drivingVideo: 'a driving video' })
  })

  it('is left for the next provider when ours cannot be made', async () => {
    const { finisher, make, attempts } = await scene({
      model: { drive: 'performance', yields: 'silent-video', ...cheap },
    })
    finisher.failNext(new Error('no memory'))
    const done = await make()
    expect(done.making?.provider).toBe('b')
    expect((await attempts(done.workId))[0]?.calls).toMatchObject([{ name: 'performance', state: 'failed' }])
  })
})
