/**
 * What is Google's own in its adapter; what every vendor's must do stands in tests/contract/google.test.ts.
 *
 * What was broken once, and what saw it: a filtered film taken for none, words for a failure, a bad request in passing for an end,
 * another origin's file for the API's, double quotes left in the words, the photo sent for every clip, a script ended after its first
 * clip, an operation's name that leads elsewhere -> the test of that name here; a webhook's signature or age not looked at -> the
 * contract's.
 */
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'
import { VendorFailure } from '../../../src/errors.ts'
import { createGoogleProvider } from '../../../src/providers/google.ts'
import { clipPrompt, clipsOf } from '../../../src/providers/google-clips.ts'
import { readGoogleSettings } from '../../../src/providers/google-settings.ts'
import { sentSeconds } from '../../../src/providers/model.ts'
import type { CallPlan, EndedCall, Json, SpeakingRequest } from '../../../src/providers/provider.ts'
import { openGoogleRig } from '../../contract/google-rig.ts'
import { videoBytes } from '../sandbox/rig.ts'

type Rig = Awaited<ReturnType<typeof openGoogleRig>>
const opened: Rig[] = []
afterEach(async () => {
  for (const rig of opened.splice(0)) {
    expect(rig.mistakes()).toEqual([])
    await rig.close()
  }
})

async function open(wire: 'veo' | 'omni'): Promise<Rig> {
  const rig = await openGoogleRig(wire)
  opened.push(rig)
  return rig
}

const { signal } = new AbortController()

function start(rig: Rig, call: CallPlan = rig.provider.plan(rig.request), ended: readonly EndedCall[] = []) {
  return rig.provider.start(call, rig.request, {
    idempotencyKey: `cal_${call.name}`,
    signal,
    scratch: rig.directory,
    onProgress: () => {},
    callbackUrl: null,
    ended,
    material: rig.material ?? {},
  })
}

async function begin(rig: Rig): Promise<Json> {
  const outcome = await start(rig)
  if (outcome.kind !== 'operation') throw new Error('it is no operation')
  return outcome.operation
}

const look = (rig: Rig, operation: Json) => rig.provider.status!(operation, { signal, scratch: rig.directory })

async function lookAtEnd(rig: Rig) {
  const operation = await begin(rig)
  await rig.finish()
  return look(rig, operation)
}

async function failureOf(work: Promise<unknown>): Promise<VendorFailure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
  return error
}

function callsOf(rig: Rig, request: SpeakingRequest = rig.request): readonly CallPlan[] {
  const calls: CallPlan[] = []
  const ended: EndedCall[] = []
  for (let call = rig.provider.plan(request) as CallPlan | 'done' | 'hopeless'; typeof call !== 'string'; ) {
    calls.push(call)
    ended.push({ name: call.name, state: 'completed', keeps: null })
    call = rig.provider.next(request, ended)
  }
  return calls
}

describe('a script for Google', () => {
  it('is a call for each clip, together what is paid, one after the other', async () => {
    const rig = await open('veo')
    const calls = callsOf(rig)
    expect(calls.map(({ name }) => name)).toEqual(['clip-1', 'clip-2'])
    const model = rig.provider.models.find(({ id }) => id === rig.request.model)!
    const paid = sentSeconds(model, rig.request.speechSeconds, rig.request.script)
    expect(calls.reduce((sum, { seconds = 0 }) => sum + seconds, 0)).toBe(paid)
    expect(calls.map(({ span }) => span?.[0])).toEqual([0, calls[0]?.span?.[1]])
    expect(calls.at(-1)?.span?.[1]).toBe(1)
  })

  it.each(['veo', 'omni'] as const)(
    'is made and paid once, clip by clip, in the same order of pictures: %s',
    async (wire) => {
      const rig = await open(wire)
      const ended: EndedCall[] = []
      for (const call of callsOf(rig)) {
        const outcome = await start(rig, call, ended)
        await rig.finish()
        expect(await look(rig, outcome.kind === 'operation' ? outcome.operation : null)).toMatchObject({
          kind: 'completed',
        })
        ended.push({ name: call.name, state: 'completed', keeps: null })
      }
      const paid = Object.values(rig.simulator.control.state().paid)
      expect(paid).toHaveLength(2)
      expect(paid.map(({ accepted }) => accepted)).toEqual([1, 1])
      expect(paid.reduce((sum, { billedSeconds }) => sum + billedSeconds, 0)).toBe(
        callsOf(rig).reduce((sum, { seconds = 0 }) => sum + seconds, 0),
      )
    },
  )

  it('needs the picture of the clip before', async () => {
    const rig = await open('omni')
    const [, second] = callsOf(rig)
    const bare = { ...rig, material: {} }
    await expect(start(bare, second)).rejects.toThrow('has no picture to go on from')
    expect(rig.accepted()).toBe(0)
  })

  it('tells what is done otherwise than asked', async () => {
    const rig = await open('veo')
    const told = rig.provider.adjust({
      ...rig.request,
      aspectRatio: null,
      language: 'fr',
      speed: 1.5,
      burnSubtitles: true,
    })
    expect(told.map(({ setting }) => setting)).toEqual([
      'voice', 'duration', 'aspect_ratio', 'quality', 'language', 'voice_settings', 'burn_subtitles', 'background_noise_reduction',
    ]) // biome-ignore format: one list
    expect(told[0]?.why).toContain('the voice may vary')
    const short = rig.provider.adjust({ ...rig.request, script: 'Hello.', speechSeconds: 1 })
    expect(short[0]?.why).not.toContain('vary')
    expect(told.find(({ setting }) => setting === 'aspect_ratio')?.used).toBe('9:16')
  })
})

describe('how a film of Google ends', () => {
  it.each([
    ['fail:content_policy', 'policy'],
    ['fail:audio', 'policy'],
    ['fail:invalid', 'bad-input'],
    ['fail:deadline', 'vendor-failed'],
    ['fail:overloaded', 'vendor-failed'],
    ['fail:unavailable', 'vendor-failed'],
    ['file:unnamed', 'bad-output'],
  ])('is told by Veo: %s is %s', async (fault, expected) => {
    const rig = await open('veo')
    rig.simulator.control.setFault(fault)
    expect(await lookAtEnd(rig)).toMatchObject({ kind: 'failed', failure: { fault: expected } })
    expect(Object.values(rig.simulator.control.state().paid)[0]?.billedSeconds).toBe(fault === 'file:unnamed' ? 4 : 0)
  })

  it.each([
    ['fail:content_policy', 'policy'],
    ['fail:incomplete', 'vendor-failed'],
    ['fail:budget_exceeded', 'vendor-failed'],
    ['fail:requires_action', 'vendor-failed'],
    ['file:unnamed', 'bad-output'],
  ])('is told by Omni: %s is %s', async (fault, expected) => {
    const rig = await open('omni')
    rig.simulator.control.setFault(fault)
    expect(await lookAtEnd(rig)).toMatchObject({ kind: 'failed', failure: { fault: expected } })
  })

  it('costs what the tokens say, where they are told', async () => {
    const [omni, veo] = [await lookAtEnd(await open('omni')), await lookAtEnd(await open('veo'))]
    if (omni.kind !== 'completed' || veo.kind !== 'completed') throw new Error('they are not done')
    expect(omni.cost?.currency).toBe('USD')
    // 4 s at 5,792 tokens and 17.50 USD a million.
    expect(omni.cost?.micros).toBe(405_440)
    expect(veo.cost).toBeUndefined()
  })

  it('is opened through a redirect to another origin, where the key does not come', async () => {
    const rig = await open('veo')
    rig.simulator.control.setFault('file:redirect')
    const end = await lookAtEnd(rig)
    const output = end.kind === 'completed' ? end.outputs[0] : undefined
    if (!output || !('opened' in output)) throw new Error('there is nothing to open')
    expect(await buffer(await rig.provider.open!(output.opened, { signal }))).toEqual(videoBytes)
    expect(rig.simulator.control.leaks).toEqual([])
  })

  it('is anybody’s address where it is not the API’s', async () => {
    const rig = await open('omni')
    rig.simulator.control.setFault('file:elsewhere')
    const url = expect.stringContaining('169.254')
    expect(await lookAtEnd(rig)).toMatchObject({ kind: 'completed', outputs: [{ role: 'video', url }] })
    const uri = 'https://files.example/v1beta/files/abc:download?alt=media'
    const json = {
      id: 'int1',
      status: 'completed',
      steps: [{ type: 'model_output', content: [{ type: 'video', uri }] }],
    }
    const provider = createGoogleProvider({
      settings: readGoogleSettings(readConfig({ GEMINI_API_KEY: 'k' }).providers)!,
      ask: async () => ({ status: 200, headers: {}, text: '', json }),
      languages: ['en'],
      now: () => new Date(),
    })
    const status = await provider.status!({ wire: 'omni', id: 'int1' }, { signal, scratch: rig.directory })
    expect(status).toMatchObject({ kind: 'completed', outputs: [{ role: 'video', url: uri }] })
  })
})

describe('what Google answers', () => {
  it('may be a bad request in passing, while an interaction is at work', async () => {
    const rig = await open('omni')
    const operation = await begin(rig)
    rig.simulator.control.setFault('http:400:on=status:times=1')
    expect((await failureOf(look(rig, operation))).fault).toBe('server-error')
    await rig.finish()
    expect((await look(rig, operation)).kind).toBe('completed')
  })

  it('is that it does not know the clip', async () => {
    const [omni, veo] = [await open('omni'), await open('veo')]
    const unknown = { kind: 'failed', failure: { fault: 'vendor-failed' } }
    expect(await look(omni, { wire: 'omni', id: 'clip9' })).toMatchObject(unknown)
    expect(await look(veo, { wire: 'veo', name: 'models/veo-3.1-generate-preview/operations/clip9' })).toMatchObject(
      unknown,
    )
  })

  it('names a refused submission of an interaction: bad input, and policy', async () => {
    const rig = await open('omni')
    rig.simulator.control.setFault('http:400:times=1')
    expect((await failureOf(start(rig))).fault).toBe('bad-input')
    rig.simulator.control.setFault('http:400:code=prohibited_content:times=1')
    expect((await failureOf(start(rig))).fault).toBe('policy')
    expect(rig.accepted()).toBe(0)
  })

  it('says how long to wait: a minute’s quota as it is told, a day’s for long', async () => {
    const rig = await open('veo')
    rig.simulator.control.setFault('http:429:retry=34:times=1')
    expect(await failureOf(start(rig))).toMatchObject({ fault: 'rate-limit', retryAfterSeconds: 34 })
    rig.simulator.control.setFault('http:429:code=per_day:times=1')
    expect((await failureOf(start(rig))).retryAfterSeconds).toBeGreaterThan(600)
    rig.simulator.control.setFault('http:503:code=front_end:times=1')
    expect((await failureOf(start(rig))).fault).toBe('server-error')
  })

  it('tells whether a model is there still; one that is not is never asked under another name', async () => {
    const rig = await open('veo')
    const knows = (model: string) => rig.provider.knows!(model, { signal })
    expect(await knows(rig.request.model)).toBe(true)
    rig.simulator.control.setFault('retired:veo-3.1-fast-generate-preview')
    expect([await knows(rig.request.model), await knows('google/gemini-omni-1.1-flash')]).toEqual([false, true])
    expect((await failureOf(start(rig))).vendorStatus).toBe(404)
    expect(rig.accepted()).toBe(0)
  })

  it('is not believed where a name in it leads elsewhere', async () => {
    const rig = await open('veo')
    const names = ['models/m/operations/..', 'models/m/operations/a?b', '../v1/models', 'models/m/operations/a/b', 'https://x.example/a']
    for (const name of names) await expect(look(rig, { wire: 'veo', name })).rejects.toThrow()
    for (const id of ['..', 'a/b', 'a?b', '']) await expect(look(rig, { wire: 'omni', id })).rejects.toThrow()
  }) // biome-ignore format: one list
})

describe('the words for a clip', () => {
  it('stand alone between double quotes, without any of their own', async () => {
    const rig = await open('omni')
    const seen: string[] = []

    const model = rig.provider.models[0]!
    const request = {
      ...rig.request,
      script: 'Say “yes” or "no".\nOr «maybe»!',
      speechSeconds: 3,
      language: 'fr',
      speed: 1.3,
    }
    for (const [index, clip] of clipsOf(request, model).entries()) seen.push(clipPrompt(clip, index, request))
    expect(seen).toHaveLength(1)
    expect([...seen[0]!.matchAll(/"([^"]*)"/g)].map(([, words]) => words)).toEqual(["Say 'yes' or 'no'. Or 'maybe'!"])
    expect(seen[0]).toContain('says quickly in French:')
    expect(seen[0]!.length).toBeLessThan(1024)
  })
})
