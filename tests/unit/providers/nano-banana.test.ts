import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AskRequest } from '../../../src/network/ask.ts'
import { createNanoBananaProvider } from '../../../src/providers/nano-banana.ts'
import { editPrompt, mouthShapes, nextEdit } from '../../../src/providers/nano-banana-edits.ts'
import { nanoBananaFacts } from '../../../src/providers/nano-banana-models.ts'
import type { EndedCall, SpeakingRequest } from '../../../src/providers/provider.ts'

const now = new Date('2026-11-21T12:00:00Z')
const photoBytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40, 9)])
let folder: string
let request: SpeakingRequest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nano-'))
  const path = join(folder, 'photo.jpg')
  await writeFile(path, photoBytes)
  request = {
    workId: 'work_1',
    model: 'nano-banana/gemini-3.1-flash-image',
    tenantId: 'tenant_1',
    requestedAt: now,
    photo: { path, sha256: 'ab', width: 800, height: 1000, face: 0, faceMesh: null },
    script: 'Welcome to our shop.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: '9:16',
    maxSeconds: 60,
    speechSeconds: 3,
    lipSync: true,
    facialAnimationStrength: 0.8,
    noiseReduction: false,
    audioEnhancement: true,
    burnSubtitles: false,
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const answer = (json: unknown, status = 200) => ({ status, headers: {}, text: '', json })
const picture = (bytes: Buffer, more: object = {}) => ({
  inlineData: { mimeType: 'image/png', data: bytes.toString('base64') },
  ...more,
})
const candidate = (parts: readonly unknown[], finishReason = 'STOP') => ({
  candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
})
function answered(json: unknown, status = 200) {
  const asked: AskRequest[] = []
  const provider = createNanoBananaProvider({
    settings: {
      key: 'k',
      API_BASE_URL: 'https://api.example',
      RATE_LIMIT_RPM: 60,
      MAX_CONCURRENT_REQUESTS: 10,
      TIMEOUT_SECONDS: 300,
      MAX_FILE_SIZE_MB: 200,
      DEFAULT_QUALITY: 'standard',
    },
    ask: async (question) => {
      asked.push(question)
      return answer(json, status)
    },
    languages: ['en'],
    now: () => now,
  })
  return { provider, asked }
}
const { signal } = new AbortController()
const context = () => ({
  idempotencyKey: 'cal_1',
  signal,
  scratch: folder,
  onProgress: () => {},
  callbackUrl: null,
  ended: [],
  material: {},
})
const over = (...names: readonly string[]): EndedCall[] =>
  names.map((name) => ({
    name: name.replace('-', ''),
    state: name.startsWith('-') ? 'lost' : 'completed',
    keeps: null,
  }))

describe('the edits of a photo', () => {
  it('are one for each mouth shape, the wide open one first and not to be done without', () => {
    const planned: unknown[] = []
    const ended: EndedCall[] = []
    for (let call = nextEdit(request, ended); typeof call !== 'string'; call = nextEdit(request, ended)) {
      planned.push([call.name, call.optional ?? false])
      ended.push({ name: call.name, state: 'completed', keeps: null })
    }
    expect(planned).toEqual([
      ['ah', false],
      ['ee', true],
      ['oo', true],
      ['f', true],
    ])
  })

  it('are hopeless when more than two are lost', () => {
    expect(nextEdit(request, over('ah', '-ee', '-oo'))).toMatchObject({ name: 'f' })
    expect(nextEdit(request, over('ah', '-ee', '-oo', '-f'))).toBe('hopeless')
    expect(nextEdit(request, over('ah', '-ee', '-oo', 'f'))).toBe('done')
  })

  it('are not paid where the mouth is not to move: one is enough', () => {
    const still = { ...request, lipSync: false }
    expect(nextEdit(still, [])).toMatchObject({ name: 'ah' })
    expect(nextEdit(still, over('ah'))).toBe('done')
  })

  it('are known again by photo, face, model and shape, and by nothing of the script', () => {
    const keyOf = (more: Partial<SpeakingRequest>) => {
      const call = nextEdit({ ...request, ...more }, [])
      return typeof call === 'string' ? null : call.reuseKey
    }
    expect(keyOf({ script: 'Other words.', workId: 'work_2', quality: 'premium' })).toBe(keyOf({}))
    const others = [
      { photo: { ...request.photo, sha256: 'cd' } },
      { photo: { ...request.photo, face: 1 } },
      { model: 'nano-banana/gemini-3-pro-image' },
    ].map(keyOf)
    expect(new Set([...others, keyOf({})]).size).toBe(4)
    const keys = mouthShapes.map((_, index) => nextEdit(request, over(...mouthShapes.slice(0, index))))
    expect(new Set(keys.map((call) => typeof call !== 'string' && call.reuseKey)).size).toBe(4)
  })

  it('lie one after the other in the attempt', () => {
    const spans = mouthShapes.map((_, index) => {
      const call = nextEdit(request, over(...mouthShapes.slice(0, index)))
      return typeof call === 'string' ? [] : call.span!
    })
    expect(spans[0]?.[0]).toBe(0)
    for (const [index, span] of spans.slice(1).entries()) expect(span[0]).toBe(spans[index]?.[1])
    expect(spans.at(-1)?.[1]).toBe(1)
  })

  it('name the face by its rank, and nothing but the mouth to change', () => {
    expect(editPrompt('ah', 0)).toContain('the largest face')
    expect(editPrompt('ah', 1)).toContain('the second largest face')
    expect(editPrompt('ah', 6)).toContain('the 7th largest face')
    expect(new Set(mouthShapes.map((shape) => editPrompt(shape, 0))).size).toBe(4)
  })
})

describe('an edit', () => {
  it('is asked of the photo itself, in one request', async () => {
    const { provider, asked } = answered({ ...candidate([picture(png)]), responseId: 'r1' })
    const outcome = await provider.start({ name: 'ee' }, request, context())
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      method: 'POST',
      baseUrl: 'https://api.example',
      path: '/v1beta/models/gemini-3.1-flash-image:generateContent',
      headers: { 'x-goog-api-key': 'k' },
    })
    expect(asked[0]?.json).toEqual({
      contents: [
        {
          role: 'user',
          parts: [
            { text: editPrompt('ee', 0) },
            { inlineData: { mimeType: 'image/jpeg', data: photoBytes.toString('base64') } },
          ],
        },
      ],
      generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: '1K' } },
    })
    expect(outcome).toEqual({
      kind: 'finished',
      outputs: [{ role: 'image', file: join(folder, 'ee.png') }],
      requestId: 'r1',
    })
    expect(await readFile(join(folder, 'ee.png'))).toEqual(png)
  })

  it('is not asked of a photo that is too large to send', async () => {
    const path = join(folder, 'large.jpg')
    await writeFile(path, Buffer.alloc(5_250_001))
    const { provider, asked } = answered({})
    const large = { ...request, photo: { ...request.photo, path } }
    await expect(provider.start({ name: 'ah' }, large, context())).rejects.toMatchObject({ fault: 'too-large' })
    expect(asked).toEqual([])
  })

  it('waits for an overload to pass, and for a quota as long as it is told', async () => {
    const { provider } = answered({ error: { code: 503, status: 'UNAVAILABLE' } }, 503)
    await expect(provider.start({ name: 'ah' }, request, context())).rejects.toMatchObject({
      fault: 'rate-limit',
      retryAfterSeconds: 5,
    })
  })
})

describe('the image models', () => {
  it('are asked whether they are there', async () => {
    const there = answered({ name: 'models/x' })
    expect(await there.provider.knows!('nano-banana/gemini-3-pro-image', { signal })).toBe(true)
    expect(there.asked[0]).toMatchObject({ method: 'GET', path: '/v1beta/models/gemini-3-pro-image' })
    const gone = { error: { code: 404, status: 'NOT_FOUND' } }
    expect(await answered(gone, 404).provider.knows!('nano-banana/gemini-3-pro-image', { signal })).toBe(false)
    const denied = answered({ error: { code: 403, status: 'PERMISSION_DENIED' } }, 403).provider
    await expect(denied.knows!('nano-banana/gemini-3-pro-image', { signal })).rejects.toMatchObject({ fault: 'key' })
  })

  it('are estimated at no less than an edit comes to', () => {
    const prices = answered({}).provider.models.map(({ prices: [list] }) => [list?.unit, list?.label, list?.micros])
    expect(prices).toEqual([
      ['call', 'list', 33_950],
      ['call', 'list', 67_900],
      ['call', 'list', 137_200],
    ])
  })

  it('make a larger picture where it costs no more', async () => {
    const sizes = await Promise.all(
      ['gemini-3.1-flash-lite-image', 'gemini-3.1-flash-image', 'gemini-3-pro-image'].map(async (name) => {
        const { provider, asked } = answered(candidate([picture(png)]))
        await provider.start({ name: 'ah' }, { ...request, model: `nano-banana/${name}` }, context())
        return (asked[0]?.json as { generationConfig: { imageConfig: object } } | undefined)?.generationConfig
          .imageConfig
      }),
    )
    expect(sizes).toEqual([{ imageSize: '1K' }, { imageSize: '1K' }, { imageSize: '2K' }])
  })

  it('that are ended or unproven are named, and never called in the place of another', () => {
    const { models } = answered({}).provider
    const uncalled = nanoBananaFacts(['en']).filter(({ id }) => !models.some((model) => model.id === id))
    expect(uncalled.map(({ id, retires }) => [id, retires?.replacedBy])).toEqual([
      ['nano-banana/gemini-2.5-flash-image', 'nano-banana/gemini-3.1-flash-image'],
      ['nano-banana/gemini-3-pro-image-preview', 'nano-banana/gemini-3-pro-image'],
      ['nano-banana/gemini-nano-banana-2.1', undefined],
    ])
    for (const { retires } of uncalled) {
      expect(!retires?.replacedBy || models.some(({ id }) => id === retires.replacedBy)).toBe(true)
    }
  })
})
