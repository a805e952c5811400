/** Every setting of the API changes the film in the way it says. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RgbImage } from '../../src/renderer/ports.ts'
import { type Fields, generate, getGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { readPictures, readSound } from '../support/lip-sync-clip.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

const script = 'My mama made five big pies.'
/** Enough for a film of which only the shape is asked. */
const word = 'Mama.'

interface Film {
  readonly output: { readonly seconds: number; readonly width: number; readonly height: number; readonly fps: number }
  readonly file: string
}

/** Largest change of a picture against the first, mean levels a pixel: around the mouth, at the crown of the head, and on the chest. */
interface Changes {
  readonly mouth: number
  readonly crown: number
  readonly chest: number
}

/** Parts of the demo portrait in its own shape, fractions of width and height. */
const parts = {
  mouth: { x: 0.42, y: 0.54, width: 0.16, height: 0.09 },
  chest: { x: 0.4, y: 0.84, width: 0.2, height: 0.04 },
  crown: { x: 0.3, y: 0.16, width: 0.4, height: 0.08 },
}

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
const films = new Map<string, Promise<Film>>()
const looks = new Map<Film, Promise<Changes>>()

/** The film of these fields; made once. */
function film(fields: Fields = {}): Promise<Film> {
  const key = JSON.stringify(fields)
  const made = films.get(key) ?? make(fields)
  films.set(key, made)
  return made
}

async function make(fields: Fields): Promise<Film> {
  const { id } = await generate(server.url, demoPortrait, { script, quality: 'economy', ...fields })
  const events = await watch(server.url, id)
  expect(events.at(-1)?.type).toBe('completed')
  const file = join(data.path, `${id}.mp4`)
  await writeFile(file, Buffer.from(await (await fetch(`${server.url}/api/v1/video/${id}/content`)).arrayBuffer()))
  const { output } = await getGeneration(server.url, id)
  return { output: output as Film['output'], file }
}

/** What moves in the film of these fields; looked at once. */
async function changes(fields: Fields = {}): Promise<Changes> {
  const made = await film(fields)
  const seen = looks.get(made) ?? look(made)
  looks.set(made, seen)
  return seen
}

async function look({ file }: Film): Promise<Changes> {
  let first: RgbImage | null = null
  let largest: Changes = { mouth: 0, crown: 0, chest: 0 }
  await readPictures(ffmpegPath, file, async (picture) => {
    first ??= picture
    largest = {
      mouth: Math.max(largest.mouth, change(first, picture, parts.mouth)),
      crown: Math.max(largest.crown, change(first, picture, parts.crown)),
      chest: Math.max(largest.chest, change(first, picture, parts.chest)),
    }
  })
  return largest
}

const sound = async (fields: Fields = {}) => readSound(ffmpegPath, (await film(fields)).file)

function change(first: RgbImage, picture: RgbImage, part: typeof parts.mouth): number {
  const [x0, y0] = [Math.round(part.x * first.width), Math.round(part.y * first.height)]
  const [x1, y1] = [x0 + Math.round(part.width * first.width), y0 + Math.round(part.height * first.height)]
  let [sum, count] = [0, 0]
  for (let y = y0; y < y1; y++) {
    for (let at = (y * first.width + x0) * 3; at < (y * first.width + x1) * 3; at++, count++) {
      sum += Math.abs(first.data[at]! - picture.data[at]!)
    }
  }
  return sum / count
}

const loudness = (sound: Int16Array) =>
  Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length)

beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path)
})
afterAll(async () => {
  await server.stop()
  await data.remove()
})

describe('a setting', () => {
  it('quality chooses size and pace', async () => {
    const output = async (quality: string) => (await film({ quality, script: word })).output
    expect(await output('economy')).toMatchObject({ width: 720, height: 900, fps: 24 })
    expect(await output('standard')).toMatchObject({ width: 1080, height: 1350, fps: 30 })
    expect(await output('premium')).toMatchObject({ width: 1080, height: 1350, fps: 60 })
  }, 180_000)

  it.each([
    ['square', { width: 720, height: 720 }],
    ['portrait', { width: 720, height: 1280 }],
    ['16:9', { width: 1280, height: 720 }],
  ])(
    'aspect_ratio %s shapes the picture',
    async (aspect_ratio, size) => {
      expect((await film({ aspect_ratio, script: word })).output).toMatchObject(size)
    },
    120_000,
  )

  it('lip_sync_enabled moves the mouth, or lets it rest while the sound plays', async () => {
    const resting = { lip_sync_enabled: false }
    expect((await changes()).mouth).toBeGreaterThan(3 * (await changes(resting)).mouth)
    expect(loudness(await sound(resting))).toBeGreaterThan(500)
  }, 120_000)

  it('facial_animation_strength moves the head, or keeps it still', async () => {
    const lively = await changes({ facial_animation_strength: 1 })
    const still = await changes({ facial_animation_strength: 0 })
    expect(lively.crown).toBeGreaterThan(3 * still.crown)
    expect(still.mouth).toBeGreaterThan(1)
  }, 120_000)

  it('voice_settings.speed makes it shorter', async () => {
    const [usual, fast] = [await film(), await film({ 'voice_settings[speed]': 1.8 })]
    expect(fast.output.seconds).toBeLessThan(0.75 * usual.output.seconds)
  }, 120_000)

  it('voice and voice_settings.pitch change the sound', async () => {
    const sounds = [await sound(), await sound({ voice: 'en-us-rms' }), await sound({ 'voice_settings[pitch]': 4 })]
    const different = new Set(sounds.map(({ buffer }) => Buffer.from(buffer).toString('base64')))
    expect(different.size).toBe(3)
  }, 120_000)

  it('burn_subtitles writes the words over the chest', async () => {
    const [plain, burned] = [await film(), await film({ burn_subtitles: true })]
    expect(burned.output).toMatchObject({ width: plain.output.width, height: plain.output.height })
    expect((await changes()).chest).toBeLessThan(5)
    expect((await changes({ burn_subtitles: true })).chest).toBeGreaterThan(30)
  }, 120_000)

  it('audio_enhancement evens the loudness', async () => {
    const [enhanced, plain] = [await sound(), await sound({ audio_enhancement: false })]
    expect(Math.abs(20 * Math.log10(loudness(enhanced) / loudness(plain)))).toBeGreaterThan(1)
  }, 120_000)

  it('background_noise_reduction is told to have nothing to do', async () => {
    const { adjusted } = await generate(server.url, demoPortrait, {
      script,
      background_noise_reduction: true,
      quality: 'economy',
    })
    expect(adjusted).toMatchObject([
      { setting: 'background_noise_reduction', asked: true, used: false, why: expect.any(String) },
    ])
  })

  it('timeout ends it with words that say so', async () => {
    const { id } = await generate(server.url, demoPortrait, {
      script: `${script} `.repeat(24),
      quality: 'premium',
      timeout: 10,
    })
    const events = await watch(server.url, id)
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'TIMEOUT', reason: 'deadline-passed' } })
  }, 60_000)
})
