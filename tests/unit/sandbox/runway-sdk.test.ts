/** Runway's own SDK drives the simulator: that is how we know that it is true. */
import { expect, it, jest } from '@jest/globals'
import RunwayML, { APIError, BadRequestError, NotFoundError, RateLimitError, toFile } from '@runwayml/sdk'
import { createRunwaySimulator, type RunwaySimulatorOptions } from '../../../src/sandbox/runway-simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { bareMedia, videoBytes, whenOver } from './rig.ts'
import { jpeg, mp4Of, wavOf } from './small-files.ts'

async function open(options: Partial<RunwaySimulatorOptions> = {}) {
  const clock = createVirtualClock()
  const simulator = await createRunwaySimulator({ clock, makeMedia: bareMedia, key: 'key_1', ...options })
  whenOver(() => simulator.close())
  const { apiUrl } = await simulator.listen()
  const client = new RunwayML({ apiKey: 'key_1', baseURL: apiUrl, maxRetries: 0 })
  const upload = async (name: string, bytes: Buffer) =>
    (await client.uploads.createEphemeral({ file: await toFile(bytes, name) })).uri
  const avatar = async () => {
    const { id } = await client.avatars.create({
      name: 'Anna',
      personality: 'Friendly.',
      referenceImage: await upload('photo.jpg', jpeg),
      voice: { type: 'runway-live-preset', presetId: 'clara' },
    })
    clock.advance(4000)
    return id
  }
  return { clock, simulator, control: simulator.control, client, upload, avatar }
}

it('makes an avatar of an upload, lets it speak, and fetches the film', async () => {
  const { clock, simulator, control, client, avatar } = await open()
  const avatarId = await avatar()
  expect(await client.avatars.retrieve(avatarId)).toMatchObject({ status: 'READY', voice: { presetId: 'clara' } })
  const speech = { type: 'text', text: 'Welcome to our shop.', voice: { type: 'preset', presetId: 'maya' } } as const
  const { id } = await client.avatarVideos.create({
    model: 'gwm1_avatars',
    avatar: { type: 'custom', avatarId },
    speech,
  })
  expect(await client.tasks.retrieve(id)).toMatchObject({ status: 'PENDING', estimatedCost: { credits: 27 } })
  clock.advance(6000)
  expect(await client.tasks.retrieve(id)).toMatchObject({ status: 'RUNNING', progress: 0.5 })
  clock.advance(6000)
  await control.settled()
  const task = await client.tasks.retrieve(id)
  if (task.status !== 'SUCCEEDED') throw new Error(task.status)
  expect(task.cost).toEqual({ credits: 27 })
  const film = await fetch(task.output[0]!)
  expect(Buffer.from(await film.arrayBuffer()).equals(videoBytes)).toBe(true)
  await client.avatars.delete(avatarId)
  expect(simulator.avatars()).toEqual([])
  expect([control.violations, control.leaks]).toEqual([[], []])
})

it('waits for a task in the way of the SDK, six seconds and more from look to look', async () => {
  const { clock, control, client, upload } = await open()
  const { id } = await client.characterPerformance.create({
    model: 'act_two',
    character: { type: 'image', uri: await upload('photo.jpg', jpeg) },
    reference: { type: 'video', uri: await upload('performance.mp4', mp4Of(10)) },
    ratio: '832:1104',
  })
  // The SDK sleeps by a timer of some seconds between two looks: that time goes by at once, by the simulator's clock too.
  const real = globalThis.setTimeout
  const timers = jest.spyOn(globalThis, 'setTimeout')
  timers.mockImplementation(((run: () => void, ms = 0) => {
    const isSleep = ms > 1000 && ms < 10_000
    if (isSleep) clock.advance(ms)
    return real(run, isSleep ? 0 : ms)
  }) as typeof setTimeout)
  try {
    const task = await client.tasks.retrieve(id).waitForTaskOutput()
    expect(task).toMatchObject({ status: 'SUCCEEDED', cost: { credits: 50 }, output: [expect.any(String)] })
  } finally {
    timers.mockRestore()
  }
  expect(control.violations).toEqual([])
})

it('speaks from a sound, as an upload or in the body', async () => {
  const { control, client, upload, avatar } = await open()
  const avatarId = await avatar()
  const audio = [await upload('speech.wav', wavOf(2)), `data:audio/wav;base64,${wavOf(2).toString('base64')}`]
  for (const sound of audio) {
    await client.avatarVideos.create({
      model: 'gwm1_avatars',
      avatar: { type: 'custom', avatarId },
      speech: { type: 'audio', audio: sound },
    })
  }
  expect(Object.values(control.state().paid)).toEqual([{ accepted: 2, billedSeconds: 0 }])
  expect(control.violations).toEqual([])
})

it('hears of quotas, credits and the unknown as the SDK knows them', async () => {
  const { control, client, avatar } = await open({ maxDaily: 1, credits: 30 })
  const before = await client.organization.retrieve()
  expect([before.creditBalance, before.tier.models.act_two?.maxDailyGenerations]).toEqual([30, 1])
  const avatarId = await avatar()
  const speak = (text: string) =>
    client.avatarVideos.create({
      model: 'gwm1_avatars',
      avatar: { type: 'custom', avatarId },
      speech: { type: 'text', text },
    })
  const poor = await speak('A text that is much longer than the credits of this account will ever last.').catch(
    (e) => e,
  )
  expect(poor).toBeInstanceOf(BadRequestError)
  expect(String(poor)).toMatch(/enough credits/)
  const { id } = await speak('Hi.')
  await expect(speak('Hi again.')).rejects.toBeInstanceOf(RateLimitError)
  await client.tasks.delete(id)
  await expect(client.tasks.retrieve(id)).rejects.toBeInstanceOf(NotFoundError)
  await expect(client.avatars.retrieve('not-there')).rejects.toBeInstanceOf(NotFoundError)
  expect(control.violations).toEqual([])
})

it.each([
  ['an unknown field', { extra: 1 }, 'extra'],
  ['a shape of another model', { ratio: '1920:1080' }, 'ratio'],
  ['too much expression', { expressionIntensity: 9 }, 'expressionIntensity'],
])('remembers %s, and says where it stands', async (_, more, field) => {
  const { control, client, upload } = await open()
  const uri = await upload('photo.jpg', jpeg)
  const body = { model: 'act_two', character: { type: 'image', uri }, reference: { type: 'video', uri }, ...more }
  const refused = await client.characterPerformance.create(body as never).catch((error) => error)
  expect(refused).toBeInstanceOf(APIError)
  expect(refused.error).toMatchObject({ error: 'Validation of body failed', issues: [{ path: [field] }] })
  expect(control.violations.map((each) => each.field)).toEqual([field])
})
