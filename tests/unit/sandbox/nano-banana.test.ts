/**
 * The simulator of the image models: strict towards what is asked, and true enough that the vendor's own SDK works with it.
 * Broken once, and seen by the test that bears its name: a lower-case size taken, the type of a picture not compared with its bytes, a
 * refused prompt counted as paid, the wait told in a header, a fault for one mouth striking every mouth, a thought not marked.
 */
import { ApiError, GoogleGenAI } from '@google/genai'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { editPrompt, mouthShapes } from '../../../src/providers/nano-banana-edits.ts'
import { readWish } from '../../../src/sandbox/nano-banana-body.ts'
import { createNanoBananaSimulator, type MakeEdit } from '../../../src/sandbox/nano-banana-simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { lendDispatcher } from '../../support/lend-dispatcher.ts'
import { photo, whenOver } from './rig.ts'

const key = 'key-1'
const model = 'gemini-3.1-flash-image'

async function open() {
  const wished: Parameters<MakeEdit>[0][] = []
  const simulator = await createNanoBananaSimulator({
    clock: createVirtualClock(),
    key,
    makeEdit: async (wish) => {
      wished.push(wish)
      return Buffer.concat([photo, Buffer.from(wish.shape)])
    },
  })
  whenOver(() => simulator.close())
  const { apiUrl } = await simulator.listen()
  const post = async (body: unknown, { to = model, headers = {} }: { to?: string; headers?: object } = {}) => {
    const response = await fetch(`${apiUrl}/v1beta/models/${to}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    // biome-ignore lint/suspicious/noExplicitAny: whatever the wire says is looked at field by field
    return { status: response.status, headers: response.headers, body: (await response.json()) as any }
  }
  return { apiUrl, control: simulator.control, wished, post, accepted: () => simulator.control.state().paid }
}

const image = { inlineData: { mimeType: 'image/jpeg', data: photo.toString('base64') } }
const asks = (shape: (typeof mouthShapes)[number] = 'ah', face = 0) => ({ text: editPrompt(shape, face) })
const body = (more: object = {}, parts: readonly unknown[] = [asks(), image]) => ({
  contents: [{ role: 'user', parts }],
  generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: '1K' } },
  ...more,
})

describe('the simulated image models', () => {
  it('edit the photo as the words of the prompt say, and count what was made', async () => {
    const { post, wished, accepted, control } = await open()
    const { status, body: told } = await post(body())
    expect(status).toBe(200)
    expect(told.candidates[0]).toMatchObject({ finishReason: 'STOP', content: { role: 'model' } })
    expect(told.usageMetadata.totalTokenCount).toBe(2450)
    await post(body({}, [asks('oo', 1), image]))
    expect(wished.map(({ shape, face }) => [shape, face])).toEqual([
      ['ah', 0],
      ['oo', 1],
    ])
    expect(Object.keys(accepted()).map((what) => what.split(' ').slice(-2).join(' '))).toEqual([
      'face-0 ah',
      'face-1 oo',
    ])
    expect(control.violations).toEqual([])
  })

  it('read every mouth and every face that the adapter asks for', () => {
    for (const shape of mouthShapes) {
      for (const face of [0, 1, 2, 3, 4, 11]) expect(readWish(editPrompt(shape, face))).toEqual({ shape, face })
    }
    expect(readWish('as when saying "m"').shape).toBe('closed')
    expect(readWish('Make it nicer.')).toEqual({ shape: 'ah', face: 0 })
  })

  const config = (more: object) => body({ generationConfig: more })
  it.each<[string, unknown, string]>([
    ['a field nobody knows', body({ colour: 'red' }), 'colour'],
    ['a size in lower case', config({ imageConfig: { imageSize: '1k' } }), 'generationConfig.imageConfig.imageSize'],
    [
      'an aspect that is none',
      config({ imageConfig: { aspectRatio: '7:5' } }),
      'generationConfig.imageConfig.aspectRatio',
    ],
    ['a modality that is none', config({ responseModalities: ['VIDEO'] }), 'generationConfig.responseModalities.0'],
    ['two candidates', config({ candidateCount: 2 }), 'generationConfig.candidateCount'],
    ['no contents', { generationConfig: {} }, 'contents'],
    ['no picture', body({}, [asks()]), 'contents.0.parts'],
    ['two pictures', body({}, [asks(), image, image]), 'contents.0.parts'],
    [
      'a picture of another type',
      body({}, [asks(), { inlineData: { ...image.inlineData, mimeType: 'image/png' } }]),
      'contents.0.parts.1.inlineData.mimeType',
    ],
    [
      'no base64',
      body({}, [asks(), { inlineData: { mimeType: 'image/jpeg', data: '/9j/4A==?' } }]),
      'contents.0.parts.1.inlineData.data',
    ],
  ])('refuse and remember what is not documented: %s', async (_, asked, field) => {
    const { post, control, accepted } = await open()
    const answer = await post(asked)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT' } } })
    expect(control.violations.map((each) => each.field)).toContain(field)
    expect(accepted()).toEqual({})
  })

  it('have sizes and shapes of their own', async () => {
    const { post } = await open()
    const sized = (imageSize: string) => config({ imageConfig: { imageSize } })
    expect((await post(sized('512'))).status).toBe(200)
    expect((await post(sized('512'), { to: 'gemini-3-pro-image' })).status).toBe(400)
    expect((await post(sized('2K'), { to: 'gemini-3.1-flash-lite-image' })).status).toBe(400)
    const tall = config({ imageConfig: { aspectRatio: '1:8' } })
    expect([(await post(tall)).status, (await post(tall, { to: 'gemini-3-pro-image' })).status]).toEqual([200, 400])
  })

  it('are not found when they are ended, and want their key', async () => {
    const { post, control } = await open()
    expect(await post(body(), { to: 'gemini-2.5-flash-image' })).toMatchObject({
      status: 404,
      body: { error: { status: 'NOT_FOUND' } },
    })
    expect((await post(body(), { headers: { 'x-goog-api-key': 'another' } })).body.error.details[0]).toMatchObject({
      reason: 'API_KEY_INVALID',
    })
    expect(control.violations).toEqual([])
    expect((await post(body(), { headers: { authorization: `Bearer ${key}` } })).status).toBe(400)
    expect(control.violations).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['blocked:prohibited_content', { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }],
    ['finish:image_safety', { candidates: [{ content: {}, finishReason: 'IMAGE_SAFETY' }] }],
    ['finish:max_tokens', { candidates: [{ content: {}, finishReason: 'MAX_TOKENS' }] }],
    ['words', { candidates: [{ content: { parts: [{ text: expect.any(String) }] }, finishReason: 'STOP' }] }],
  ])('answer 200 without a picture, and are not paid: %s', async (fault, expected) => {
    const { post, control, accepted } = await open()
    control.setFault(`${fault}:times=1`)
    const answer = await post(body())
    expect(answer).toMatchObject({ status: 200, body: expected })
    expect(accepted()).toEqual({})
    expect((await post(body())).body.candidates[0].content.parts).toHaveLength(2)
  })

  it('spoil a picture in many ways', async () => {
    const { post, control, wished } = await open()
    const spoilt = async (fault: string) => {
      control.setFault(`${fault}:times=1`)
      const { parts } = (await post(body())).body.candidates[0].content
      return parts as { thought?: boolean; inlineData?: { mimeType: string; data: string } }[]
    }
    expect(
      (await spoilt('drafts')).map(({ thought, inlineData }) => [thought ?? false, inlineData !== undefined]),
    ).toEqual([
      [true, false],
      [true, true],
      [false, false],
      [false, true],
    ])
    expect((await spoilt('picture:broken')).at(-1)?.inlineData?.data).toMatch(/</)
    expect((await spoilt('picture:mislabelled')).at(-1)?.inlineData?.mimeType).toBe('image/png')
    expect((await spoilt('picture:truncated')).at(-1)?.inlineData?.data).toHaveLength(44)
    await spoilt('picture:moved-head')
    expect(wished.at(-1)?.spoiling).toBe('moved-head')
  })

  it('let a fault strike one mouth alone', async () => {
    const { post, control } = await open()
    control.setFault('error@ee:429:per_day')
    expect((await post(body({}, [asks('oo'), image]))).status).toBe(200)
    const refused = await post(body({}, [asks('ee'), image]))
    expect(refused.body.error.details[0].violations[0].quotaId).toContain('PerDay')
  })

  it('tell in the body how long to wait, and come within an array from the front end', async () => {
    const { post, control } = await open()
    control.setFault('http:429:retry=34:times=1')
    const limited = await post(body())
    expect(limited.headers.get('retry-after')).toBeNull()
    expect(limited.body.error.details).toContainEqual(expect.objectContaining({ retryDelay: '34s' }))
    control.setFault('http:503:code=front_end:times=1')
    expect((await post(body())).body).toMatchObject([{ error: { code: 503, status: 'UNAVAILABLE' } }])
  })
})

describe("the vendor's own SDK", () => {
  beforeAll(lendDispatcher)

  const sdk = (baseUrl: string, apiKey = key) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl } })
  const edit = (ai: GoogleGenAI, { to = model, text = editPrompt('f', 0) } = {}) =>
    ai.models.generateContent({
      model: to,
      contents: [{ role: 'user', parts: [{ text }, image] }],
      config: {
        responseModalities: ['IMAGE'],
        imageConfig: { aspectRatio: '4:5', imageSize: '1K' },
        candidateCount: 1,
      },
    })
  const errorOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('edits a photo here, and asks for nothing that is not documented', async () => {
    const { apiUrl, control, wished } = await open()
    const answer = await edit(sdk(apiUrl))
    const made = answer.candidates?.[0]?.content?.parts?.find(({ inlineData }) => inlineData)?.inlineData
    expect(
      Buffer.from(made?.data ?? '', 'base64')
        .subarray(-1)
        .toString(),
    ).toBe('f')
    expect(made?.mimeType).toBe('image/jpeg')
    expect([answer.modelVersion, answer.responseId]).toEqual([model, 'edit-1'])
    expect(answer.usageMetadata?.candidatesTokensDetails).toEqual([{ modality: 'IMAGE', tokenCount: 1120 }])
    expect(wished[0]?.shape).toBe('f')
    expect((await sdk(apiUrl).models.get({ model })).name).toBe(`models/${model}`)
    expect(control.violations).toEqual([])
  })

  it('understands its errors and its refusals', async () => {
    const { apiUrl, control } = await open()
    const ai = sdk(apiUrl)
    for (const [fault, status] of [
      ['http:429:retry=7', 429],
      ['http:503:code=overloaded', 503],
      ['error:400:failed_precondition', 400],
    ] as const) {
      control.setFault(`${fault}:times=1`)
      const error = await errorOf(edit(ai))
      expect(error).toBeInstanceOf(ApiError)
      expect((error as ApiError).status).toBe(status)
      expect(JSON.parse((error as ApiError).message)).toMatchObject({ error: { code: status } })
    }
    expect(await errorOf(edit(sdk(apiUrl, 'another')))).toMatchObject({ status: 400 })
    expect(await errorOf(edit(ai, { to: 'gemini-3-pro-image-preview' }))).toMatchObject({ status: 404 })
    control.setFault('blocked:safety:times=1')
    const blocked = await edit(ai)
    expect([blocked.promptFeedback?.blockReason, blocked.candidates]).toEqual(['SAFETY', undefined])
    control.setFault('finish:image_safety:times=1')
    expect((await edit(ai)).candidates?.[0]?.finishReason).toBe('IMAGE_SAFETY')
    expect(control.violations).toEqual([])
  })
})
