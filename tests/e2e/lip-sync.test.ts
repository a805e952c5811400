/** The acceptance of the local renderer, on four faces: in time, in travel, shut for closures, blinking, nothing else touched. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createFaceFinder, type LoadedFaceFinder } from '../../src/renderer/face/face-finder.ts'
import type { SpokenTrack } from '../../src/renderer/ports.ts'
import { createRenderProcess } from '../../src/renderer/render-process.ts'
import { createFliteSpeaker } from '../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../src/renderer/speech/lip-timing.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { gates, measureLipSync } from '../support/lip-sync-meter.ts'
import { cropFace, fontDir, modelDir, samplePhotos } from '../support/photos.ts'

const voice = { voice: 'en-us-slt', speed: 1, pitchSemitones: 0 }
const script =
  'Good morning, everybody. My name is Pam, and I am a photograph. Someone asked me to speak today, ' +
  'so I moved my lips and hoped for the best. Maybe you believe me now.'

let directory: string
let finder: LoadedFaceFinder
let spoken: SpokenTrack

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lip-sync-faces-'))
  finder = await createFaceFinder({ modelDir })
  spoken = await createFliteSpeaker().speak({ text: script, ...voice })
})
afterAll(async () => {
  finder.close()
  await rm(directory, { recursive: true, force: true })
})

const renderer = createRenderProcess({
  entry: pathToFileURL(resolve('dist/renderer/render-child.js')),
  modelDir,
  fontDir,
  ffmpegPath,
  niceness: 0,
})

/** A photo of one of the faces in the sample photos, or the drawn portrait. */
async function photoOf(sample: number | null, face: number): Promise<string> {
  if (sample === null) return demoPortrait
  const path = join(directory, `${sample}-${face}.jpg`)
  await cropFace(samplePhotos()[sample - 1]!.path, face, path)
  return path
}

it.each([
  ['the drawn portrait with closed lips', null, 0],
  ['a face in a dark room', 5, 0],
  ['a toothy smile in coloured light', 3, 0],
  ['a toothy smile, turned a little', 6, 1],
])(
  '%s speaks in time with its words',
  async (_what, sample, face) => {
    const photoPath = await photoOf(sample, face)
    const tempDir = await mkdtemp(join(directory, 'render-'))
    const outputPath = join(tempDir, 'film.mp4')
    const { seconds } = await renderer.render({
      photoPath,
      face: 0,
      script,
      ...voice,
      lipSync: true,
      animationStrength: 0.8,
      audioEnhancement: true,
      burnSubtitles: false,
      language: 'en',
      shortSide: 720,
      fps: 30,
      maxKilobitsPerSecond: 4000,
      aspectRatio: null,
      maxSeconds: 60,
      seed: 7,
      outputPath,
      thumbnailPath: join(tempDir, 'poster.jpg'),
      wordsPath: join(tempDir, 'words.json'),
      tempDir,
      metadata: {},
    })
    const plan = planLips(spoken)
    const measured = await measureLipSync(outputPath, {
      ffmpegPath,
      finder,
      plan,
      phones: spoken.phones,
      plannedSeconds: seconds,
    })
    const { planCorrelation, planLagMs, loudnessCorrelation, opennessRange, blinkCount } = measured
    expect({
      failed: gates(measured),
      planCorrelation,
      planLagMs,
      loudnessCorrelation,
      opennessRange,
      blinkCount,
    }).toMatchObject({
      failed: [],
    })
    expect(blinkCount).toBeGreaterThanOrEqual(1)
  },
  120_000,
)
