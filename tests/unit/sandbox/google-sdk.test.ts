/** Google's own library talks to the simulator as to the vendor: that is how we know that the simulator is true. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GenerateVideosOperation, GoogleGenAI } from '@google/genai'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createGoogleSimulator } from '../../../src/sandbox/google-simulator.ts'
import type { Simulator } from '../../../src/sandbox/simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { lendDispatcher } from '../../support/lend-dispatcher.ts'
import { bareMedia, photo, videoBytes } from './rig.ts'

const key = 'key-of-the-library'
const secret = `whsec_${Buffer.from('a secret').toString('base64')}`
const image = { imageBytes: photo.toString('base64'), mimeType: 'image/jpeg' }
const prompt = 'The person says: "Hello."'

let simulator: Simulator
let clock: ReturnType<typeof createVirtualClock>
let sdk: GoogleGenAI

beforeAll(lendDispatcher)
beforeEach(async () => {
  clock = createVirtualClock()
  simulator = await createGoogleSimulator({ clock, makeMedia: bareMedia, key, webhookSecret: secret })
  const { apiUrl } = await simulator.listen()
  sdk = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: apiUrl } })
})
afterEach(async () => {
  expect([...simulator.control.violations, ...simulator.control.leaks]).toEqual([])
  await simulator.close()
})

async function pass(ms: number) {
  clock.advance(ms)
  await simulator.control.settled()
}

const beginVeo = () =>
  sdk.models.generateVideos({
    model: 'veo-3.1-fast-generate-preview',
    source: { prompt, image },
    config: {
      numberOfVideos: 1,
      durationSeconds: 6,
      aspectRatio: '9:16',
      resolution: '720p',
      personGeneration: 'allow_adult',
    },
  })

const lookAt = (operation: GenerateVideosOperation) => sdk.operations.getVideosOperation({ operation })

const input = [
  { type: 'image' as const, data: photo.toString('base64'), mime_type: 'image/jpeg' as const },
  { type: 'text' as const, text: prompt },
]
const beginOmni = () =>
  sdk.interactions.create({
    model: 'gemini-omni-1.1-flash',
    input,
    background: true,
    response_format: { type: 'video', delivery: 'uri', aspect_ratio: '9:16', resolution: '720p', duration: '8s' },
  })

describe("Google's library before the simulator", () => {
  it('makes a film with Veo, waits for it and downloads it', async () => {
    const begun = await beginVeo()
    expect(begun.name).toMatch(/^models\/veo-3\.1-fast-generate-preview\/operations\//)
    expect((await lookAt(begun)).done).toBeFalsy()
    await pass(11_000)
    const done = await lookAt(begun)
    const video = done.response?.generatedVideos?.[0]?.video
    expect(video?.uri).toMatch(/\/files\/[\w-]+:download\?alt=media$/)
    const directory = await mkdtemp(join(tmpdir(), 'google-sdk-'))
    const downloadPath = join(directory, 'film.mp4')
    await sdk.files.download({ file: video!, downloadPath })
    expect(await readFile(downloadPath)).toEqual(videoBytes)
    await rm(directory, { recursive: true })
    expect(Object.values(simulator.control.state().paid)).toEqual([{ accepted: 1, billedSeconds: 6 }])
  })

  it('sees a film that was filtered, and an operation that failed', async () => {
    simulator.control.setFault('fail:content_policy:times=1')
    const filtered = await beginVeo()
    simulator.control.setFault('fail:internal:times=1')
    const failed = await beginVeo()
    await pass(11_000)
    expect((await lookAt(filtered)).response).toMatchObject({ raiMediaFilteredCount: 1 })
    expect((await lookAt(failed)).error).toMatchObject({ code: 13 })
  })

  it('makes one with Omni, and stops one', async () => {
    const [kept, stopped] = [await beginOmni(), await beginOmni()]
    expect((await sdk.interactions.get(kept.id)).status).toBe('queued')
    await sdk.interactions.cancel(stopped.id)
    await pass(11_000)
    const done = await sdk.interactions.get(kept.id)
    expect(done).toMatchObject({
      status: 'completed',
      steps: [{ type: 'thought' }, { type: 'model_output', content: [{ type: 'video', mime_type: 'video/mp4' }] }],
    })
    expect((await sdk.interactions.get(stopped.id)).status).toBe('cancelled')
  })

  it('reads errors as Google writes them', async () => {
    simulator.control.setFault('http:429:code=per_day:times=1')
    await expect(beginVeo()).rejects.toMatchObject({ status: 429, message: expect.stringContaining('PerDay') })
    await expect(sdk.interactions.get('int_unknown')).rejects.toMatchObject({
      message: expect.stringContaining('Invalid interaction name'),
    })
    const model = 'veo-3.0-generate-001'
    await expect(sdk.models.generateVideos({ model, source: { prompt, image } })).rejects.toMatchObject({ status: 404 })
  })

  it('registers where word is to be sent', async () => {
    const answer = await sdk.webhooks.create({
      uri: 'http://127.0.0.1:9/hooks',
      subscribed_events: ['video.generated', 'interaction.completed'],
      name: 'mine',
    })
    expect(answer).toMatchObject({ new_signing_secret: secret })
  })
})
