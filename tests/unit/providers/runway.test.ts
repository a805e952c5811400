/**
 * What Runway says and what is made of it, beyond the suite that all vendors share. Each rule was broken once, and seen by the
 * test that bears its name: a family read as another, a quota read as a short wait, credit read as bad input, cost in dollars, an
 * avatar left behind, THROTTLED taken as failed, a finished task deleted, the wrong gender.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import type { Answer } from '../../../src/network/ask.ts'
import type { CallContext, CallOutcome, EndedCall, OperationStatus } from '../../../src/providers/provider.ts'
import { readTask, refusal } from '../../../src/providers/runway-answers.ts'
import { toRatio } from '../../../src/providers/runway-wire.ts'
import { openRunwayRig, type RunwayRigOptions } from '../../contract/runway-rig.ts'

const now = new Date('2026-11-21T10:00:00Z')
const answer = (status: number, json: unknown, headers = {}): Answer => ({ status, json, headers, text: '' })
const signal = new AbortController().signal

let rig: Awaited<ReturnType<typeof openRunwayRig>>
let scratch: string
const open = async (options: RunwayRigOptions = {}) => {
  rig = await openRunwayRig(options)
  return rig
}
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'runway-'))
})
afterEach(async () => {
  await rig?.close()
  await rm(scratch, { recursive: true, force: true })
})

/** Goes through the calls up to that one; answers its outcome and the calls before it. */
async function until(name: string, changes: Partial<typeof rig.request> = {}, ended: EndedCall[] = []) {
  const request = { ...rig.request, ...changes }
  for (;;) {
    const plan = rig.provider.next(request, ended)
    if (typeof plan === 'string') throw new Error(`${name} does not come`)
    const context: CallContext = {
      idempotencyKey: `cal_${plan.name}`,
      signal,
      scratch,
      onProgress: () => {},
      callbackUrl: null,
      ended,
      material: rig.material,
    }
    const outcome = await rig.provider.start(plan, request, context)
    if (plan.name === name) return { outcome, ended }
    const keeps = outcome.kind === 'finished' ? outcome.keeps : await endOf(outcome)
    ended.push({ name: plan.name, state: 'completed', keeps: keeps ?? null })
  }
}

async function endOf(outcome: CallOutcome) {
  await rig.finish()
  const end = await look(outcome)
  if (end.kind !== 'completed') throw new Error(`it is ${end.kind}`)
  return end.keeps
}

function look(outcome: CallOutcome): Promise<OperationStatus> {
  if (outcome.kind !== 'operation') throw new Error('it is no operation')
  return rig.provider.status!(outcome.operation, { signal, scratch })
}

const failureOf = (work: Promise<unknown>): Promise<VendorFailure> =>
  work.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => (error instanceof VendorFailure ? error : Promise.reject(error)),
  )

describe('a failed task', () => {
  it.each([
    ['SAFETY.INPUT.IMAGE', 'policy'],
    ['SAFETY.OUTPUT.VIDEO', 'policy'],
    ['INPUT_PREPROCESSING.SAFETY.TEXT', 'policy'],
    ['INPUT_PREPROCESSING.INTERNAL', 'vendor-failed'],
    ['INPUT_PREPROCESSING.OTHER', 'bad-input'],
    ['ASSET.INVALID', 'bad-input'],
    ['INTERNAL', 'vendor-failed'],
    ['INTERNAL.BAD_OUTPUT.CODE01', 'vendor-failed'],
    ['THIRD_PARTY.DOWN', 'vendor-failed'],
    ['SAFETYNET', 'vendor-failed'],
    [undefined, 'vendor-failed'],
  ])('is by the family of its code: %s is %s', (failureCode, fault) => {
    const task = { id: 't', status: 'FAILED', failure: 'words', failureCode, cost: { credits: 25 } }
    expect(readTask(answer(200, task), now)).toMatchObject({
      kind: 'failed',
      failure: { fault },
      // A credit is a cent; what failed may be kept all the same.
      cost: { micros: 250_000, currency: 'USD' },
    })
  })
})

describe('a refusal', () => {
  it('of an account without credits is told by its words, the only thing that tells it', () => {
    const words = { error: 'You do not have enough credits to run this task.' }
    expect(refusal(answer(400, words), now).fault).toBe('credit')
    expect(refusal(answer(400, { error: 'Validation of body failed' }), now).fault).toBe('bad-input')
    expect(refusal(answer(401, {}), now).fault).toBe('key')
    expect(refusal(answer(403, {}), now).fault).toBe('server-error')
  })

  it('for a quota is for a long time, and not for looking', () => {
    expect(refusal(answer(429, {}), now)).toMatchObject({ fault: 'rate-limit', retryAfterSeconds: 3600 })
    expect(refusal(answer(429, {}, { 'retry-after': '7' }), now).retryAfterSeconds).toBe(7)
    const looking = (() => {
      try {
        return readTask(answer(429, {}), now)
      } catch (error) {
        return error
      }
    })()
    expect(looking).toMatchObject({ fault: 'rate-limit', retryAfterSeconds: undefined })
  })
})

it('asks for the shape that is nearest to the photo, of the six that there are', () => {
  const ratioOf = (width: number, height: number) => toRatio({ aspectRatio: null, photo: { width, height } })
  expect([ratioOf(800, 1000), ratioOf(1000, 1000), ratioOf(1080, 1920), ratioOf(2400, 1000)]).toEqual([
    '832:1104',
    '960:960',
    '720:1280',
    '1584:672',
  ])
  expect(toRatio({ aspectRatio: '16:9', photo: { width: 1, height: 9 } })).toBe('1280:720')
})

describe('an avatar', () => {
  it('is deleted when its video is made, and one that is gone is no trouble', async () => {
    await open()
    const { outcome, ended } = await until('video')
    const keeps = await endOf(outcome)
    expect(rig.simulator.avatars()).toHaveLength(1)
    ended.push({ name: 'video', state: 'completed', keeps: keeps ?? null })
    for (let time = 0; time < 2; time++) await until('forget-avatar', {}, [...ended])
    expect(rig.simulator.avatars()).toEqual([])
    expect(rig.mistakes()).toEqual([])
  })

  it.each([
    ['its video fails', 'fail:internal', async (outcome: CallOutcome) => void (await look(outcome))],
    [
      'its video is cancelled',
      null,
      async (outcome: CallOutcome) =>
        void (outcome.kind === 'operation' && (await rig.provider.cancel!(outcome.operation, { signal }))),
    ],
  ])('is deleted when %s', async (_, fault, end) => {
    await open()
    if (fault) rig.simulator.control.setFault(fault)
    const { outcome } = await until('video')
    if (fault) await rig.finish()
    await end(outcome)
    expect(rig.simulator.avatars()).toEqual([])
  })

  it('is deleted when its video is refused for good, and kept where it will be asked for again', async () => {
    await open()
    const { ended } = await until('avatar').then(async ({ outcome, ended }) => {
      ended.push({ name: 'avatar', state: 'completed', keeps: (await endOf(outcome)) ?? null })
      return { ended }
    })
    rig.simulator.control.setFault('quota:times=1')
    expect(await failureOf(until('video', {}, [...ended]))).toMatchObject({ fault: 'rate-limit' })
    expect(rig.simulator.avatars()).toHaveLength(1)
    rig.simulator.control.setFault('credits:times=1')
    expect(await failureOf(until('video', {}, [...ended]))).toMatchObject({ fault: 'credit' })
    expect(rig.simulator.avatars()).toEqual([])
  })

  it('that cannot be made is a failure, its reason in the cause alone, and is not left there', async () => {
    await open()
    rig.simulator.control.setFault('avatar:failed:times=1')
    const { outcome } = await until('avatar')
    await rig.finish()
    const status = await look(outcome)
    if (status.kind !== 'failed') throw new Error('it did not fail')
    expect(status.failure.fault).toBe('vendor-failed')
    expect(String(status.failure.cause)).toContain('No face was found')
    expect(status.failure.message).not.toContain('No face was found')
    expect(rig.simulator.avatars()).toEqual([])
  })

  it('that is ready at once is not waited for; one that never is stays pending', async () => {
    await open({ avatarMs: 0 })
    expect((await until('avatar')).outcome.kind).toBe('finished')
    rig.simulator.control.setFault('avatar:stuck:times=1')
    const { outcome } = await until('avatar')
    await rig.finish()
    expect((await look(outcome)).kind).toBe('pending')
  })
})

it('sends the photo to no address inside the network, whoever names one', async () => {
  await open()
  rig.simulator.control.setFault('upload:elsewhere:times=1')
  const failure = await failureOf(until('upload-photo'))
  expect([failure.fault, String(failure.cause)]).toEqual(['server-error', expect.stringContaining('169.254.169.254')])
})

describe('a task', () => {
  it('that is throttled waits for its turn, and says so', async () => {
    await open({ maxRunning: 1, jobMs: 30_000 })
    await until('video')
    const { outcome } = await until('video', { script: 'Another one.' })
    rig.clock.advance(1000)
    expect(await look(outcome)).toMatchObject({ kind: 'pending', progress: { stage: 'throttled', fraction: 0 } })
    for (let time = 0; time < 4; time++) await rig.finish()
    expect(await look(outcome)).toMatchObject({ kind: 'completed', cost: { currency: 'USD' } })
  })

  it('that is done is not deleted with its film by whoever cancels too late', async () => {
    await open()
    const { outcome } = await until('video')
    await rig.finish()
    if (outcome.kind !== 'operation') throw new Error('it is no operation')
    expect(await rig.provider.cancel!(outcome.operation, { signal })).toBe(false)
    rig.clock.advance(6000)
    expect((await look(outcome)).kind).toBe('completed')
  })
})

it('speaks with a voice of the gender that was asked for, and tells which', async () => {
  await open()
  const voices = async (voice: string) => {
    const told = rig.provider.adjust({ ...rig.request, voice }).find(({ setting }) => setting === 'voice')
    return told?.used
  }
  expect([await voices('en-us-slt'), await voices('en-us-rms')]).toEqual(['clara', 'adrian'])
})

it('leaves nothing untold that it does otherwise, and tells nothing that it does as asked', async () => {
  await open()
  const asked = {
    ...rig.request,
    ...{
      language: 'fr',
      speed: 1.2,
      pitchSemitones: 2,
      lipSync: false,
      facialAnimationStrength: 0.2,
      quality: 'premium' as const,
    },
    ...{
      aspectRatio: '1:1' as const,
      noiseReduction: true,
      burnSubtitles: true,
      photo: { ...rig.request.photo, face: 1 },
    },
  }
  const told = (model: string) =>
    rig.provider
      .adjust({ ...asked, model })
      .map(({ setting }) => setting)
      .sort()
  const always = ['background_noise_reduction', 'burn_subtitles', 'face']
  const picture = ['aspect_ratio', 'facial_animation_strength', 'lip_sync_enabled', 'quality']
  const voice = ['audio_enhancement', 'language', 'voice', 'voice_settings.pitch', 'voice_settings.speed']
  expect(told('runway/gwm1_avatars')).toEqual([...always, ...picture, ...voice].sort())
  expect(told('runway/gwm1_avatars-audio')).toEqual([...always, ...picture].sort())
  expect(told('runway/act_two')).toEqual([...always, 'quality'].sort())
})
