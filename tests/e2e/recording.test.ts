/** A person's own recording instead of a voice: heard as it is, with the lips in time with it. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createFaceFinder } from '../../src/renderer/face/face-finder.ts'
import type { SpokenTrack } from '../../src/renderer/ports.ts'
import { encodeWav } from '../../src/renderer/speech/audio.ts'
import { createFliteSpeaker } from '../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../src/renderer/speech/lip-timing.ts'
import { type Fields, type GenerationJson, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { heldFetch } from '../support/held-fetch.ts'
import { readSound, soundRate } from '../support/lip-sync-clip.ts'
import { gates, measureLipSync } from '../support/lip-sync-meter.ts'
import { modelDir } from '../support/photos.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

const script =
  'Good morning, everybody. My name is Pam, and I am a photograph. Someone asked me to speak today, ' +
  'so I moved my lips and hoped for the best. Maybe you believe me now.'

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
/** Another voice than the one that a recording is compared with; how it says every sound is known. */
let spoken: SpokenTrack
let recording: Buffer

beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path)
  spoken = await createFliteSpeaker().speak({ text: script, voice: 'en-us-rms', speed: 1.1, pitchSemitones: 0 })
  recording = encodeWav(spoken)
})
afterAll(async () => {
  await server?.stop()
  await data?.remove()
})

async function post(audio: Buffer, fields: Fields): Promise<{ status: number; body: GenerationJson }> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ consent: true, quality: 'economy', ...fields })) {
    form.set(name, String(value))
  }
  form.set('photo', new Blob([new Uint8Array(await readFile(demoPortrait))]), 'photo.jpg')
  form.set('audio', new Blob([new Uint8Array(audio)]), 'speech.wav')
  const response = await heldFetch(`${server.url}/api/v1/video/generate`, { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as GenerationJson }
}

async function storedRecordings(): Promise<string[]> {
  const files = await readdir(join(data.path, 'media'), { recursive: true })
  return files.filter((file) => file.endsWith('.wav'))
}

/** Best correlation within 100 ms, and its lag in ms. */
function compare(a: Int16Array, b: Int16Array): { r: number; lagMs: number } {
  let best = { r: -1, lagMs: 0 }
  for (let lag = -1600; lag <= 1600; lag += 4) {
    let [ab, aa, bb] = [0, 0, 0]
    for (let i = 16_000; i < 80_000; i++) {
      const [x, y] = [a[i] ?? 0, b[i + lag] ?? 0]
      ab += x * y
      aa += x * x
      bb += y * y
    }
    const r = ab / Math.sqrt(aa * bb)
    if (r > best.r) best = { r, lagMs: (lag * 1000) / soundRate }
  }
  return best
}

describe('a recording with its script', () => {
  it('becomes a film in which it is heard and the lips are in time with it', async () => {
    const { status, body } = await post(recording, { script, audio_enhancement: false })
    expect({ status, body }).toMatchObject({ status: 202 })
    const events = await watch(server.url, body.id)
    expect(events.at(-1)).toMatchObject({ type: 'completed' })
    const film = join(data.path, 'film.mp4')
    await writeFile(
      film,
      Buffer.from(await (await fetch(`${server.url}/api/v1/video/${body.id}/content`)).arrayBuffer()),
    )

    const heard = compare(await readSound(ffmpegPath, film), spoken.samples)
    expect(heard.r).toBeGreaterThan(0.9)
    expect(Math.abs(heard.lagMs)).toBeLessThan(10)
    const finder = await createFaceFinder({ modelDir })
    const measured = await measureLipSync(film, { ffmpegPath, finder, plan: planLips(spoken), phones: spoken.phones })
    finder.close()
    const { planCorrelation, planLagMs, loudnessCorrelation, closedOpenness } = measured
    expect({
      failed: gates(measured),
      planCorrelation,
      planLagMs,
      loudnessCorrelation,
      closedOpenness,
    }).toMatchObject({ failed: [] })

    const captions = await (await fetch(`${server.url}/api/v1/video/${body.id}/subtitles.vtt`)).text()
    expect(captions).toMatch(/photograph\./)
    expect(await storedRecordings()).toEqual([])
  }, 120_000)

  it('is the same request again, and another with another recording', async () => {
    const again = await post(recording, { script, audio_enhancement: false })
    expect({ status: again.status, cached: again.body.cached }).toEqual({ status: 200, cached: true })
    const other = await post(encodeWav({ ...spoken, samples: spoken.samples.map((sample) => sample >> 1) }), { script })
    expect(other.body.work_id).not.toBe(again.body.work_id)
    expect(other.status).toBe(202)
    await fetch(`${server.url}/api/v1/video/${other.body.id}`, { method: 'DELETE' })
    expect(await storedRecordings()).toEqual([])
  })
})

describe('a recording that cannot be lip-synced', () => {
  it('of other words is refused, and nothing of it is kept', async () => {
    const words = 'The station closes early tonight. You should catch a train before it gets too late for the last one.'
    const { status, body } = await post(recording, { script: words })
    expect({ status, reason: body.reason, code: body.code }).toEqual({
      status: 422,
      reason: 'recording-does-not-match',
      code: 'INVALID_REQUEST',
    })
    expect(await storedRecordings()).toEqual([])
  })

  it('without a script is refused, saying what for it is needed', async () => {
    const { status, body } = await post(recording, {})
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toMatch(/word for word/)
  })

  it('beside a voice is refused', async () => {
    const { status, body } = await post(recording, { script, voice: 'en-us-slt' })
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toMatch(/came together with a recording/)
  })

  it('as MP3 is refused by its name', async () => {
    const { status, body } = await post(Buffer.from('ID3\x04 some bytes'), { script })
    expect({ status, reason: body.reason }).toEqual({ status: 415, reason: 'audio-type-unsupported' })
  })
})
