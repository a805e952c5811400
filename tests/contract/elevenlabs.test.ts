import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import { characterTimes } from '../../src/providers/character-times.ts'
import type { CallOutcome, SpeakingRequest } from '../../src/providers/provider.ts'
import { decodeWav } from '../../src/renderer/speech/audio.ts'
import { openElevenLabsRig } from './elevenlabs-rig.ts'
import { describeEnvironment, describeProvider, describeSynchronousVendor } from './provider.ts'

describeProvider('elevenlabs', { open: () => openElevenLabsRig() })
describeSynchronousVendor('elevenlabs', { open: () => openElevenLabsRig() })
describeEnvironment('elevenlabs', {
  has: (environment) =>
    createCatalogue({
      environment: readConfig(environment).providers,
      ask: () => Promise.reject(new Error('nothing is asked')),
      render: async () => {},
      languages: [],
      now: () => new Date(),
    }).some(({ id, provider }) => id === 'elevenlabs' && provider !== null),
  halves: [
    [{ ELEVENLABS_VOICE_MALE: 'abc' }, 'ELEVENLABS_API_KEY'],
    [{ ELEVENLABS_API_BASE_URL: 'https://api.in.residency.elevenlabs.io' }, 'ELEVENLABS_API_KEY'],
    [{ ELEVENLABS_API_KEY: 'k', ELEVENLABS_PRICE_PER_1K_CHARACTERS: '0.2' }, 'ELEVENLABS_PRICE_CURRENCY'],
    [{ ELEVENLABS_API_KEY: 'k', ELEVENLABS_PRICE_CURRENCY: 'USD' }, 'ELEVENLABS_PRICE_PER_1K_CHARACTERS'],
  ],
})

describe('the voice of elevenlabs', () => {
  let rig: Awaited<ReturnType<typeof openElevenLabsRig>>
  afterEach(async () => {
    expect(rig.mistakes()).toEqual([])
    await rig.close()
  })
  const open = async (environment: NodeJS.ProcessEnv = {}, credits = 10_000) => {
    rig = await openElevenLabsRig({ environment, credits })
  }
  const speak = async (changes: Partial<SpeakingRequest> = {}) => {
    const request = { ...rig.request, ...changes }
    const outcome = await rig.provider.start(rig.provider.plan(request), request, {
      idempotencyKey: 'cal_1',
      signal: new AbortController().signal,
      scratch: rig.directory,
      onProgress: () => {},
      callbackUrl: null,
      ended: [],
      material: {},
    })
    if (outcome.kind !== 'finished') throw new Error('it is not finished')
    return outcome
  }
  const fileOf = (outcome: Extract<CallOutcome, { kind: 'finished' }>, role: string) => {
    const output = outcome.outputs.find((each) => each.role === role)
    if (!output || !('file' in output)) throw new Error(`there is no ${role}`)
    return readFile(output.file)
  }
  const timesOf = async (outcome: Extract<CallOutcome, { kind: 'finished' }>) =>
    characterTimes.parse(JSON.parse((await fileOf(outcome, 'characters')).toString()))

  it('is a WAV of 24 kHz with the time of every character, and tells what it cost', async () => {
    await open()
    const outcome = await speak()
    const { sampleRate, samples } = decodeWav(await fileOf(outcome, 'speech'))
    expect([sampleRate, samples.length]).toEqual([24_000, 24_000])
    expect(Math.max(...samples)).toBeGreaterThan(7000)
    const { characters, endSeconds } = await timesOf(outcome)
    expect([characters.join(''), endSeconds.at(-1)]).toEqual(['Welcome to our shop.', 1])
    // 20 characters at 0.20 USD for a thousand.
    expect(outcome).toMatchObject({
      cost: { micros: 4000, currency: 'USD' },
      requestId: expect.stringMatching(/^req_/),
    })
    expect(rig.simulator.control.state().paid).toEqual({
      '21m00Tcm4TlvDq8ikWAM Welcome to our shop.': { accepted: 1, billedSeconds: 1 },
    })
  })

  it('costs half with a fast model, or what this installation says', async () => {
    await open({ ELEVENLABS_MODEL: 'eleven_flash_v2_5' })
    expect((await speak()).cost).toEqual({ micros: 2000, currency: 'USD' })
    expect(rig.provider.models[0]!.prices).toMatchObject([{ micros: 100, unit: 'character', label: 'list' }])
    await rig.close()
    await open({ ELEVENLABS_PRICE_PER_1K_CHARACTERS: '14.5', ELEVENLABS_PRICE_CURRENCY: 'INR' })
    expect((await speak()).cost).toEqual({ micros: 20 * 14_500, currency: 'INR' })
    expect(rig.provider.models[0]!.prices[0]).toMatchObject({ micros: 14_500, currency: 'INR', label: 'set' })
  })

  it('speaks with a voice of the gender that was asked for where there is one, and else says so', async () => {
    await open()
    const asked = { ...rig.request, voice: 'en-us-rms' }
    expect(rig.provider.adjust(asked)).toMatchObject([
      {
        setting: 'voice',
        asked: 'en-us-rms',
        used: 'elevenlabs:21m00Tcm4TlvDq8ikWAM',
        why: expect.stringMatching(/male/),
      },
    ])
    await rig.close()
    await open({ ELEVENLABS_VOICE_MALE: rig.male })
    await speak({ voice: 'en-us-rms' })
    expect(Object.keys(rig.simulator.control.state().paid)).toEqual([`${rig.male} Welcome to our shop.`])
  })

  it('keeps to the speeds that there are, and says so', async () => {
    await open()
    const told = rig.provider.adjust({ ...rig.request, speed: 2, pitchSemitones: 3 })
    expect(told.slice(1)).toMatchObject([
      { setting: 'voice_settings.speed', asked: 2, used: 1.2 },
      { setting: 'voice_settings.pitch', asked: 3, used: 0 },
    ])
    const { samples } = decodeWav(await fileOf(await speak({ speed: 2 }), 'speech'))
    expect(Math.abs(samples.length - 20_000)).toBeLessThan(3)
  })

  it('is the same call for the same words, voice and speed, and another one else', async () => {
    await open({ ELEVENLABS_VOICE_MALE: 'someMan' })
    const keyOf = (changes: Partial<SpeakingRequest>) => rig.provider.plan({ ...rig.request, ...changes }).reuseKey
    expect(keyOf({ workId: 'work_2', quality: 'premium' })).toBe(keyOf({}))
    const others = [{ script: 'Welcome.' }, { voice: 'en-us-rms' }, { speed: 0.9 }]
    expect(new Set([{}, ...others].map(keyOf)).size).toBe(4)
    expect(keyOf({ speed: 3 })).toBe(keyOf({ speed: 1.2 }))
  })

  it.each([
    ['none', ''],
    ['spoken', 'Welcome to our shop.'],
  ])('goes on where it tells times of its characters so: %s', async (what, characters) => {
    await open()
    rig.simulator.control.setFault(`alignment:${what}`)
    expect((await timesOf(await speak())).characters.join('')).toBe(characters)
  })

  it.each(['object', 'detail', 'html'] as const)(
    'names refusals in every shape that they come in: %s',
    async (shape) => {
      await open()
      const { control } = rig.simulator
      control.set({ errorShape: shape })
      const faultOf = (fault: string) => {
        control.setFault(`${fault}:times=1`)
        return speak().then(
          () => null,
          (error: { fault?: string }) => error.fault,
        )
      }
      const coded = shape !== 'html'
      expect(await faultOf('http:429')).toBe('rate-limit')
      expect(await faultOf('http:402')).toBe('credit')
      expect(await faultOf('quota')).toBe(coded ? 'credit' : 'key')
      expect(await faultOf('http:400:code=quota_exceeded')).toBe(coded ? 'credit' : 'bad-input')
      expect(await faultOf('http:401:code=detected_unusual_activity')).toBe('key')
      expect(await faultOf('http:403:code=only_for_creator+')).toBe('key')
      expect(await faultOf('http:400:code=max_character_limit_exceeded')).toBe('bad-input')
      expect(await faultOf('http:425')).toBe('rate-limit')
      expect(await faultOf('http:500:code=system_busy')).toBe(coded ? 'rate-limit' : 'server-error')
    },
  )

  it('is out of credit when the credits are used up, and the voice is not there when its id is wrong', async () => {
    await open({}, 30)
    await speak()
    await expect(speak()).rejects.toMatchObject({ fault: 'credit', vendorStatus: 401 })
    await expect(speak({ script: 'x'.repeat(10_001) })).rejects.toMatchObject({ fault: 'bad-input' })
    await rig.close()
    await open({ ELEVENLABS_VOICE_FEMALE: 'nobody' })
    await expect(speak()).rejects.toMatchObject({ fault: 'key', vendorStatus: 404 })
  })

  it('asks for its models where the key may not look at the account', async () => {
    await open()
    const { signal } = new AbortController()
    rig.simulator.control.setFault('http:401:code=missing_permissions:on=health:times=1')
    expect(await rig.provider.probe!({ signal })).toEqual({ status: 200 })
    const [known, unknown] = ['elevenlabs/eleven_v3', 'elevenlabs/eleven_monolingual_v1']
    expect([await rig.provider.knows!(known, { signal }), await rig.provider.knows!(unknown, { signal })]).toEqual([
      true,
      false,
    ])
  })
})
