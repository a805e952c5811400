/**
 * How strict the Runway simulator is, and what can be ordered of it. Each rule was broken once, and seen by the test that bears its
 * name: the version not looked at, any form taken, looks not counted, an address good for ever or for anybody, failures all for
 * nothing, more running at once than may.
 */
import { describe, expect, it } from '@jest/globals'
import type { MediaRequest } from '../../../src/sandbox/media-maker.ts'
import { createRunwaySimulator, type RunwaySimulatorOptions } from '../../../src/sandbox/runway-simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { bareMedia, type Json, whenOver } from './rig.ts'
import { jpeg, mp4Of, wavOf } from './small-files.ts'

async function open(options: Partial<RunwaySimulatorOptions> = {}) {
  const clock = createVirtualClock()
  const made: MediaRequest[] = []
  const makeMedia = async (request: MediaRequest) => {
    made.push(request)
    return bareMedia(request)
  }
  const simulator = await createRunwaySimulator({ clock, makeMedia, key: 'key_1', avatarMs: 0, ...options })
  whenOver(() => simulator.close())
  const { apiUrl } = await simulator.listen()
  const headers = {
    authorization: 'Bearer key_1',
    'x-runway-version': '2024-11-06',
    'content-type': 'application/json',
  }
  const call = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const { 'content-type': type, ...rest } = headers
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { ...rest, ...(body !== undefined && { 'content-type': type }), ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text ? JSON.parse(text) : null) as Json }
  }
  const place = async (filename: string) => (await call('POST', '/v1/uploads', { filename, type: 'ephemeral' })).body
  const send = (url: string, fields: Record<string, string>, bytes: Buffer) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([new Uint8Array(bytes)]), 'file')
    return fetch(url, { method: 'POST', body: form })
  }
  const upload = async (filename: string, bytes: Buffer): Promise<string> => {
    const { uploadUrl, fields, runwayUri } = await place(filename)
    expect((await send(uploadUrl, fields, bytes)).status).toBe(204)
    return runwayUri
  }
  const avatar = async (): Promise<string> => {
    const referenceImage = await upload('photo.jpg', jpeg)
    const voice = { type: 'runway-live-preset', presetId: 'clara' }
    return (await call('POST', '/v1/avatars', { name: 'a', personality: 'b', referenceImage, voice })).body.id
  }
  const speak = async (avatarId: string, text: string, more: object = {}) =>
    call('POST', '/v1/avatar_videos', {
      model: 'gwm1_avatars',
      avatar: { type: 'custom', avatarId },
      speech: { type: 'text', text },
      ...more,
    })
  const look = (id: string) => call('GET', `/v1/tasks/${id}`)
  /** The task of these words when it has had all its time. */
  const ended = async (text: string): Promise<Json> => {
    const { body } = await speak(await avatar(), text)
    clock.advance(12_000)
    await simulator.control.settled()
    return (await look(body.id)).body
  }
  const { control } = simulator
  return { clock, simulator, control, made, call, place, send, upload, avatar, speak, look, ended }
}

const fieldsOf = ({ control }: Pick<Awaited<ReturnType<typeof open>>, 'control'>) =>
  control.violations.map(({ field }) => field)

describe('a request', () => {
  it('without its version, or with another, is refused and remembered', async () => {
    const rig = await open()
    const { status, body } = await rig.call('GET', '/v1/organization', undefined, { 'x-runway-version': '2023-01-01' })
    expect([status, typeof body.error]).toEqual([400, 'string'])
    expect(fieldsOf(rig)).toEqual(['header x-runway-version'])
  })

  it('of a path, query, header or field that is not documented is refused and remembered', async () => {
    const rig = await open()
    await rig.call('GET', '/v1/voices')
    await rig.call('GET', '/v1/organization?full=1')
    await rig.call('GET', '/v1/organization', undefined, { 'idempotency-key': 'x' })
    const { status } = await rig.speak(await rig.avatar(), 'Hi.', { quality: 'high' })
    expect([status, ...fieldsOf(rig)]).toEqual([400, 'path', 'query full', 'header idempotency-key', 'quality'])
  })

  it('with another key is let in nowhere, and is no violation', async () => {
    const rig = await open()
    const { status } = await rig.call('GET', '/v1/organization', undefined, { authorization: 'Bearer another' })
    expect([status, rig.control.violations]).toEqual([401, []])
  })
})

describe('an upload', () => {
  it('is the form as it was told, and nothing else', async () => {
    const rig = await open()
    const { uploadUrl, fields } = await rig.place('photo.jpg')
    expect((await rig.send(uploadUrl, { ...fields, policy: 'mine' }, jpeg)).status).toBe(403)
    expect((await rig.send(`${uploadUrl}9`, fields, jpeg)).status).toBe(404)
    expect(rig.control.violations).toHaveLength(2)
  })

  it('is known by its kind and for a day', async () => {
    const rig = await open()
    const [image, sound, short] = [
      await rig.upload('photo.jpg', jpeg),
      await rig.upload('speech.wav', wavOf(1)),
      await rig.upload('film.mp4', mp4Of(2)),
    ]
    const perform = async (character: string, reference: string) => {
      const body = { character: { type: 'image', uri: character }, reference: { type: 'video', uri: reference } }
      return (await rig.call('POST', '/v1/character_performance', { model: 'act_two', ...body })).body.error
    }
    expect(await perform(sound, short)).toContain('is no image')
    expect(await perform(image, short)).toContain('3 to 30 seconds')
    expect(await perform(image, 'runway://uploads/nothing')).toContain('is not there')
    rig.clock.advance(24 * 60 * 60 * 1000 + 1)
    expect(await perform(image, short)).toContain('expired')
    expect(rig.control.violations).toEqual([])
  })
})

describe('a task', () => {
  it('that is looked at more often than every 5 s is remembered; one look out of turn is let pass', async () => {
    const rig = await open()
    const { body } = await rig.speak(await rig.avatar(), 'Hello.')
    const looks = []
    for (const ms of [0, 5000, 1000, 1000]) {
      rig.clock.advance(ms)
      looks.push((await rig.look(body.id)).status)
    }
    expect([looks, fieldsOf(rig)]).toEqual([[200, 200, 200, 429], ['path']])
  })

  it('runs beside as many as the account may have, and is throttled until then', async () => {
    const rig = await open({ maxRunning: 1 })
    const avatar = await rig.avatar()
    const [first, second] = [await rig.speak(avatar, 'One.'), await rig.speak(avatar, 'Two.')]
    rig.clock.advance(6000)
    const states = async () => [
      (await rig.look(first.body.id)).body.status,
      (await rig.look(second.body.id)).body.status,
    ]
    expect(await states()).toEqual(['RUNNING', 'THROTTLED'])
    rig.clock.advance(12_000)
    await rig.control.settled()
    expect(await states()).toEqual(['SUCCEEDED', 'RUNNING'])
  })

  it('costs what it cost: a refusal of what was sent too, other failures nothing', async () => {
    const rig = await open()
    const text = 'a text of three seconds, about so long as this.'
    expect(await rig.ended(text)).toMatchObject({ status: 'SUCCEEDED', cost: { credits: 63 } })
    for (const [order, failureCode, credits] of [
      ['fail:content_policy', 'SAFETY.INPUT.IMAGE', 63],
      ['fail:safety.output.video', 'SAFETY.OUTPUT.VIDEO', 0],
      ['fail:internal', 'INTERNAL.BAD_OUTPUT.CODE01', 0],
      ['fail:no_face', 'ASSET.INVALID', 0],
    ]) {
      expect(await rig.ended(`${text} [[${order}]]`)).toMatchObject({
        status: 'FAILED',
        failureCode,
        cost: { credits },
      })
    }
    const { creditBalance } = (await rig.call('GET', '/v1/organization')).body
    expect(creditBalance).toBe(1_000_000 - 126)
  })

  it('that is deleted is gone, with its film', async () => {
    const rig = await open()
    const task = await rig.ended('Hello.')
    expect((await fetch(task.output[0])).status).toBe(200)
    expect((await rig.call('DELETE', `/v1/tasks/${task.id}`)).status).toBe(204)
    expect([(await rig.look(task.id)).status, (await fetch(task.output[0])).status]).toEqual([404, 404])
  })

  it('lies at an address that is signed and expires; the next look names a fresh one', async () => {
    const rig = await open()
    const task = await rig.ended('Hello.')
    const [url] = task.output
    expect((await fetch(String(url).replace('_jwt=', '_jwt=9'))).status).toBe(404)
    rig.clock.advance(24 * 60 * 60 * 1000 + 1)
    expect((await fetch(url)).status).toBe(403)
    const [fresh] = (await rig.look(task.id)).body.output
    expect((await fetch(fresh)).status).toBe(200)
    expect(fieldsOf(rig)).toEqual(['path'])
  })

  it('can be ordered without an address, without an end, told in few words, or to be throttled', async () => {
    const rig = await open()
    expect((await rig.ended('Hi. [[file:unnamed]]')).output).toEqual([])
    expect(await rig.ended('Hi. [[minimal]]')).toEqual({
      id: expect.any(String),
      status: 'SUCCEEDED',
      output: [expect.any(String)],
    })
    expect(await rig.ended('Hi. [[stuck]]')).toMatchObject({ status: 'RUNNING', progress: 0.97 })
    expect((await rig.ended('Hi. [[throttled:600]]')).status).toBe('THROTTLED')
  })
})

it('makes its films of the photo that was uploaded, and of the words, the sound or the performance', async () => {
  const rig = await open()
  const [sound, film] = [wavOf(2), mp4Of(4)]
  const avatarId = await rig.avatar()
  await rig.speak(avatarId, 'Hello. [[slow:1]]')
  await rig.speak(avatarId, '', { speech: { type: 'audio', audio: await rig.upload('speech.wav', sound) } })
  await rig.call('POST', '/v1/character_performance', {
    model: 'act_two',
    character: { type: 'image', uri: await rig.upload('photo.jpg', jpeg) },
    reference: { type: 'video', uri: await rig.upload('film.mp4', film) },
    ratio: '832:1104',
  })
  await rig.control.settled()
  expect(rig.made.map(({ photo }) => photo.equals(jpeg))).toEqual([true, true, true])
  expect(rig.made).toMatchObject([
    { script: 'Hello.' },
    { script: '', speech: sound, seconds: 2 },
    { performance: film, seconds: 4, width: 832, height: 1104 },
  ])
})
