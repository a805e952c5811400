/** A whole render with key frames. Broken once: the mouths not handed to the compositor (first test: the frames are the plain ones), a dropped frame used (second). */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type BelievableEdits, type EditedShape, openBelievableEdits } from '../../../scripts/believable-edits.ts'
import type { Spoiling } from '../../../scripts/drift-away.ts'
import { createFfmpegEncoder } from '../../../src/renderer/encode.ts'
import { createFaceFinder, type LoadedFaceFinder } from '../../../src/renderer/face/face-finder.ts'
import type { Encoder, LipTrack, RenderJob, RenderResult, SpokenTrack } from '../../../src/renderer/ports.ts'
import { renderTalkingPhoto } from '../../../src/renderer/render.ts'
import { createFliteSpeaker } from '../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../src/renderer/speech/lip-timing.ts'
import { demoPortrait } from '../../support/demo-portrait.ts'
import { ffmpegPath } from '../../support/ffmpeg.ts'
import { gates, measureLipSync } from '../../support/lip-sync-meter.ts'
import { modelDir } from '../../support/photos.ts'

let directory: string
let finder: LoadedFaceFinder
let edits: BelievableEdits
let plain: Awaited<ReturnType<typeof render>>
let spoken: { readonly track: SpokenTrack; readonly lips: LipTrack }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'render-key-frames-'))
  finder = await createFaceFinder({ modelDir })
  edits = openBelievableEdits({ pixels: 480 * 480 })
  const request = { text: 'Mary may buy five big boats, and we help.', speed: 1, pitchSemitones: 0 }
  const track = await createFliteSpeaker().speak({ ...request, voice: 'en-us-kal16' })
  spoken = { track, lips: planLips(track) }
  plain = await render(undefined)
}, 120_000)
afterAll(async () => {
  finder.close()
  await edits.close()
  await rm(directory, { recursive: true, force: true })
})

async function edit(shape: EditedShape, spoiling?: Spoiling): Promise<{ shape: string; path: string }> {
  const path = join(directory, `${shape}-${spoiling ?? 'good'}.jpg`)
  const photo = await readFile(demoPortrait)
  await writeFile(path, await edits.makeEdit({ photo, shape, ...(spoiling ? { spoiling } : {}) }))
  return { shape, path }
}

/** Renders and says which frames came out beside the render's own account. */
async function render(
  keyFrames: RenderJob['keyFrames'],
): Promise<{ result: RenderResult; film: string; frames: string }> {
  const tempDir = await mkdtemp(join(directory, 'job-'))
  const film = join(tempDir, 'film.mp4')
  const hash = createHash('sha256')
  const real = createFfmpegEncoder(ffmpegPath)
  const encoder: Encoder = (request) => {
    const sink = real(request)
    return {
      ...sink,
      write: (frame) => {
        hash.update(frame)
        return sink.write(frame)
      },
    }
  }
  const job: RenderJob = {
    photoPath: demoPortrait,
    face: 0,
    script: 'Mary may buy five big boats, and we help.',
    voice: 'en-us-kal16',
    speed: 1,
    pitchSemitones: 0,
    lipSync: true,
    animationStrength: 1,
    audioEnhancement: true,
    burnSubtitles: false,
    language: 'en',
    shortSide: 240,
    fps: 25,
    maxKilobitsPerSecond: 2000,
    aspectRatio: null,
    maxSeconds: 20,
    seed: 3,
    outputPath: film,
    thumbnailPath: join(tempDir, 'poster.jpg'),
    wordsPath: join(tempDir, 'words.json'),
    tempDir,
    metadata: {},
    ...(keyFrames ? { keyFrames } : {}),
  }
  const result = await renderTalkingPhoto(job, {
    speak: async () => spoken,
    openFaceFinder: async () => finder,
    openCaptions: async () => {
      throw new Error('nothing is burnt in here')
    },
    encoder,
  })
  return { result, film, frames: hash.digest('hex') }
}

it('speaks in time with its words through the mouths of its key frames', async () => {
  const { result, film, frames } = await render([await edit('ah'), await edit('ee')])
  expect(result.keyFrames).toEqual({ used: ['ah', 'ee'], dropped: [] })
  const measured = await measureLipSync(film, {
    ffmpegPath,
    finder,
    plan: spoken.lips,
    phones: spoken.track.phones,
    plannedSeconds: result.seconds,
  })
  const { planCorrelation, planLagMs, loudnessCorrelation, opennessRange } = measured
  expect({ failed: gates(measured), planCorrelation, planLagMs, loudnessCorrelation, opennessRange }).toMatchObject({
    failed: [],
  })
  expect(frames).not.toBe(plain.frames)
}, 120_000)

it('paints the mouth as ever, and says so, when no key frame fits', async () => {
  const { result, frames } = await render([
    await edit('ah', 'another-face'),
    { shape: 'ee', path: join(directory, 'gone.jpg') },
  ])
  expect(result.keyFrames).toEqual({
    used: [],
    dropped: [
      { shape: 'ah', why: 'another face' },
      { shape: 'ee', why: 'unreadable' },
    ],
  })
  expect(plain.result.keyFrames).toBeUndefined()
  expect(frames).toBe(plain.frames)
}, 120_000)
