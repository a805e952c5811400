/** The simulator is as strict as it says, and the vendor's own client takes it for the vendor. */
import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createElevenLabsSimulator } from '../../../src/sandbox/elevenlabs-simulator.ts'
import type { Simulator } from '../../../src/sandbox/simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { bareSpeech } from '../../contract/elevenlabs-rig.ts'

const rachel = '21m00Tcm4TlvDq8ikWAM'
const key = 'key-1'

let simulator: Simulator
let url: string
beforeEach(async () => {
  simulator = await createElevenLabsSimulator({ clock: createVirtualClock(), speak: bareSpeech, key })
  url = (await simulator.listen()).apiUrl
})
afterEach(() => simulator.close())

describe("the vendor's own client", () => {
  const client = (apiKey = key) => new ElevenLabsClient({ apiKey, baseUrl: url, maxRetries: 0 })
  afterEach(() => expect(simulator.control.violations).toEqual([]))

  it('has a text spoken, with the time of each character and what it cost', async () => {
    const asked = client().textToSpeech.convertWithTimestamps(rachel, {
      text: 'Hi 4',
      modelId: 'eleven_multilingual_v2',
      outputFormat: 'pcm_24000',
      voiceSettings: { speed: 0.8, stability: 0.5 },
      seed: 7,
    })
    const { data, rawResponse } = await asked.withRawResponse()
    expect(data.alignment).toEqual({
      characters: ['H', 'i', ' ', '4'],
      characterStartTimesSeconds: [0, 0.063, 0.125, 0.188],
      characterEndTimesSeconds: [0.063, 0.125, 0.188, 0.25],
    })
    expect(Buffer.from(data.audioBase64, 'base64').length).toBe(2 * 0.25 * 24_000)
    expect(rawResponse.headers.get('character-cost')).toBe('4')
    expect(rawResponse.headers.get('request-id')).toMatch(/^req_/)
  })

  it('has a text spoken as plain samples', async () => {
    const stream = await client().textToSpeech.convert(rachel, { text: 'Hi', outputFormat: 'pcm_16000' })
    let bytes = 0
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length
    expect(bytes).toBe(2 * 0.1 * 16_000)
  })

  it('finds voices and models, and sees its credits go', async () => {
    const elevenLabs = client()
    const { voices, hasMore, totalCount } = await elevenLabs.voices.search({ pageSize: 1, search: 'rach' })
    expect([voices.map(({ name }) => name), hasMore, totalCount]).toEqual([['Rachel'], false, 1])
    expect((await elevenLabs.voices.getAll()).voices.map(({ labels }) => labels?.gender)).toEqual(['female', 'male'])
    expect(await elevenLabs.voices.get(rachel)).toMatchObject({ voiceId: rachel, category: 'premade' })
    expect((await elevenLabs.models.list()).map(({ modelId }) => modelId)).toContain('eleven_flash_v2_5')
    await elevenLabs.textToSpeech.convertWithTimestamps(rachel, { text: 'Hello', outputFormat: 'pcm_16000' })
    expect(await elevenLabs.user.subscription.get()).toMatchObject({
      tier: 'free',
      characterCount: 5,
      characterLimit: 10_000,
    })
  })

  it.each([
    ['quota', 401, { detail: { status: 'quota_exceeded' } }],
    ['http:429', 429, { detail: { status: 'too_many_concurrent_requests' } }],
    ['http:400:code=content_against_policy', 400, { detail: { status: 'content_against_policy' } }],
  ])('is told what is wrong: %s', async (fault, statusCode, body) => {
    simulator.control.setFault(fault)
    const asked = client().textToSpeech.convertWithTimestamps(rachel, { text: 'Hi', outputFormat: 'pcm_16000' })
    const error = await asked.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ElevenLabsError)
    expect(error).toMatchObject({ statusCode, body })
  })

  it('is told that its key is wrong', async () => {
    await expect(client('another').models.list()).rejects.toMatchObject({
      statusCode: 401,
      body: { detail: { status: 'invalid_api_key' } },
    })
  })
})

describe('the simulator', () => {
  const path = `/v1/text-to-speech/${rachel}/with-timestamps`
  const send = async (target: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${target}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'xi-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as { detail: unknown } }
  }

  it.each<[string, string, unknown, Record<string, string>]>([
    ['another path', '/v1/text-to-sing/x', { text: 'Hi' }, {}],
    ['streaming, which is not simulated', `/v1/text-to-speech/${rachel}/stream`, { text: 'Hi' }, {}],
    ['a query that it does not know', `${path}?speed=2`, { text: 'Hi' }, {}],
    ['a format that there is not', `${path}?output_format=pcm_24001`, { text: 'Hi' }, {}],
    ['a header that it does not know', path, { text: 'Hi' }, { 'idempotency-key': 'k' }],
    ['a field that it does not know', path, { text: 'Hi', speed: 1 }, {}],
    ['a speed out of its range', path, { text: 'Hi', voice_settings: { speed: 1.3 } }, {}],
    ['no text', path, { text: '' }, {}],
    ['a language where the model takes none', path, { text: 'Hi', language_code: 'en' }, {}],
    ['pages that are too large', '/v2/voices?page_size=101', undefined, {}],
  ])('refuses and remembers %s', async (_what, target, body, headers) => {
    expect((await send(target, body, headers)).status).toBeGreaterThanOrEqual(400)
    expect(simulator.control.violations).toHaveLength(1)
    expect(simulator.control.state().paid).toEqual({})
  })

  it('names the field that is wrong, as a list', async () => {
    expect(await send(path, { text: 'Hi', voice_settings: { speed: 3 } })).toEqual({
      status: 422,
      body: { detail: [{ loc: ['body', 'voice_settings', 'speed'], msg: expect.any(String), type: 'value_error' }] },
    })
  })

  it.each([
    ['mp3, which it does not make', `${path}`, { text: 'Hi' }, 400, 'unsupported_output_format'],
    ['a format of larger plans', `${path}?output_format=pcm_44100`, { text: 'Hi' }, 403, 'only_for_creator+'],
    [
      'too long a text',
      `${path}?output_format=pcm_16000`,
      { text: 'x'.repeat(3001), model_id: 'eleven_v3' },
      400,
      'max_character_limit_exceeded',
    ],
    [
      'a model that there is not',
      `${path}?output_format=pcm_16000`,
      { text: 'Hi', model_id: 'eleven_v9' },
      400,
      'model_not_found',
    ],
    [
      'a voice that there is not',
      '/v1/text-to-speech/nobody/with-timestamps?output_format=pcm_16000',
      { text: 'Hi' },
      404,
      'voice_not_found',
    ],
  ])('refuses %s', async (_what, target, body, status, code) => {
    expect(await send(target, body)).toMatchObject({ status, body: { detail: { status: code } } })
    expect([simulator.control.violations, simulator.control.state().paid]).toEqual([[], {}])
  })

  it('lets two requests be at work at once, and bills those alone', async () => {
    const texts = ['One.', 'Two.', 'Three.']
    let release = () => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    let waiting = 0
    const crowded = await createElevenLabsSimulator({
      clock: createVirtualClock(),
      key,
      speak: async (request) => {
        waiting += 1
        await held
        return bareSpeech(request)
      },
    })
    try {
      const { apiUrl } = await crowded.listen()
      const asked = texts.map(async (text) => {
        const response = await fetch(`${apiUrl}${path}?output_format=pcm_16000`, {
          method: 'POST',
          headers: { 'xi-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
        })
        if (response.status === 429) release()
        return response.status
      })
      expect((await Promise.all(asked)).sort()).toEqual([200, 200, 429])
      expect(waiting).toBe(2)
      expect(Object.values(crowded.control.state().paid)).toHaveLength(2)
    } finally {
      await crowded.close()
    }
  })

  it('speaks without the orders in brackets, and follows them', async () => {
    const ask = (text: string) => send(`${path}?output_format=pcm_16000`, { text })
    expect(await ask('Hi. [[alignment:none]]')).toMatchObject({ body: { alignment: null, normalized_alignment: null } })
    expect(await ask('Hi. [[quota]]')).toMatchObject({ status: 401 })
    expect(await ask('Hi. [[alignment:spoken]]')).toMatchObject({
      body: { alignment: null, normalized_alignment: { characters: ['H', 'i', '.'] } },
    })
    expect(simulator.control.state().paid).toEqual({ [`${rachel} Hi.`]: { accepted: 2, billedSeconds: 0.3 } })
  })
})
