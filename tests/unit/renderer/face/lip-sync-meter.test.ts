/** The meter must pass a good clip and fail every kind of bad one: a meter that passes those measures nothing. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bundledFfmpegPath } from '../../../../src/renderer/bundled-ffmpeg.ts'
import { createFaceFinder, type LoadedFaceFinder } from '../../../../src/renderer/face/face-finder.ts'
import type { LipTrack, SpokenTrack } from '../../../../src/renderer/ports.ts'
import { createRenderProcess } from '../../../../src/renderer/render-process.ts'
import { encodeWav } from '../../../../src/renderer/speech/audio.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../../src/renderer/speech/lip-timing.ts'
import { gates, type LipSync, measureLipSync } from '../../../support/lip-sync-meter.ts'
import { cropFace, fontDir, modelDir, samplePhotos } from '../../../support/photos.ts'

const ffmpegPath = bundledFfmpegPath()
const voice = { voice: 'en-us-slt', speed: 1, pitchSemitones: 0 }
const script = 'Good morning, everybody. My name is Pam, and I am a photograph. Someone asked me to speak today.'

let directory: string
let finder: LoadedFaceFinder
let spoken: SpokenTrack
let lips: LipTrack
let seconds: number
let good: LipSync
const file = (name: string) => join(directory, name)

async function ffmpeg(...options: string[]): Promise<void> {
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...options])
}

function measure(name: string): Promise<LipSync> {
  return measureLipSync(file(name), { ffmpegPath, finder, plan: lips, phones: spoken.phones, plannedSeconds: seconds })
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lip-sync-'))
  finder = await createFaceFinder({ modelDir })
  spoken = await createFliteSpeaker().speak({ text: script, ...voice })
  lips = planLips(spoken)
  await cropFace(samplePhotos()[2]!.path, 1, file('photo.jpg'))
  await mkdir(file('scratch'))
  const renderer = createRenderProcess({
    entry: new URL('../../../../src/renderer/render-child.ts', import.meta.url),
    modelDir,
    fontDir,
    ffmpegPath,
    niceness: 0,
    execArgv: ['--import', 'tsx'],
  })
  const result = await renderer.render({
    photoPath: file('photo.jpg'),
    face: 0,
    script,
    ...voice,
    lipSync: true,
    animationStrength: 0.5,
    audioEnhancement: false,
    burnSubtitles: false,
    language: 'en',
    shortSide: 480,
    fps: 30,
    maxKilobitsPerSecond: 3000,
    aspectRatio: null,
    maxSeconds: 60,
    seed: 7,
    outputPath: file('good.mp4'),
    thumbnailPath: file('poster.jpg'),
    wordsPath: file('words.json'),
    tempDir: file('scratch'),
    metadata: {},
  })
  seconds = result.seconds
  good = await measure('good.mp4')
}, 120_000)

afterAll(async () => {
  finder.close()
  await rm(directory, { recursive: true, force: true })
})

describe('the lip-sync meter', () => {
  it('passes a clip of the renderer', () => {
    expect(gates(good)).toEqual([])
    expect(good.planLagMs).toBeCloseTo(0, 0)
    expect(Math.abs(good.seconds - seconds)).toBeLessThan(0.02)
  })

  it('fails a still picture with the same sound', async () => {
    const picture = ['-loop', '1', '-framerate', '30', '-i', file('poster.jpg'), '-i', file('good.mp4')]
    const output = ['-map', '0:v', '-map', '1:a', '-pix_fmt', 'yuv420p', '-c:a', 'copy', '-t', String(seconds)]
    await ffmpeg(...picture, ...output, file('still.mp4'))
    expect(gates(await measure('still.mp4'))).toEqual(expect.arrayContaining(['plan', 'loudness', 'range']))
  })

  it('fails a clip whose sound is late, though only the container says so, and tells by how much', async () => {
    const late = ['-i', file('good.mp4'), '-itsoffset', '0.2', '-i', file('good.mp4')]
    await ffmpeg(...late, '-map', '0:v', '-map', '1:a', '-c', 'copy', file('late.mp4'))
    const measured = await measure('late.mp4')
    expect(gates(measured)).toContain('loudness')
    expect(Math.abs(measured.loudnessLagMs - good.loudnessLagMs - 200)).toBeLessThan(15)
  })

  it('fails a clip with the sound and plan of other words', async () => {
    const text = 'Whoever reads lips would notice it at once: seven green lizards ate the grass, and later they rested.'
    const other = await createFliteSpeaker().speak({ text, ...voice })
    await writeFile(file('other.wav'), encodeWav(other))
    await ffmpeg(
      '-i',
      file('good.mp4'),
      '-i',
      file('other.wav'),
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      file('other.mp4'),
    )
    const measured = await measureLipSync(file('other.mp4'), {
      ffmpegPath,
      finder,
      plan: planLips(other),
      phones: other.phones,
    })
    expect(gates(measured)).toEqual(expect.arrayContaining(['plan', 'loudness']))
  })

  it('fails a clip whose picture flickers around the head', async () => {
    const flicker = "drawbox=x=0:y=0:w=60:h=60:color=white:t=fill:enable='gt(n,30)'"
    await ffmpeg('-i', file('good.mp4'), '-vf', flicker, '-c:a', 'copy', file('flicker.mp4'))
    expect(gates(await measure('flicker.mp4'))).toEqual(['background'])
  })
})

describe('the gates', () => {
  const passing: LipSync = {
    planCorrelation: 0.95,
    planLagMs: 0,
    loudnessCorrelation: 0.5,
    loudnessLagMs: 40,
    openness: Array.from({ length: 300 }, (_, index) => 0.05 + 0.05 * Math.sin(index / 3)),
    opennessRange: 0.1,
    fps: 30,
    seconds: 10,
    plannedSeconds: 10,
    soundSeconds: 10,
    speechSeconds: 9,
    eyeOpenness: [],
    blinkCount: 1,
    closedOpenness: 0.001,
    backgroundChange: 1,
  }

  it.each([
    ['plan', { planCorrelation: 0.79 }],
    ['plan', { planCorrelation: Number.NaN }],
    ['plan', { planLagMs: -34 }],
    ['loudness', { loudnessCorrelation: 0.39 }],
    ['loudness', { loudnessLagMs: 81 }],
    ['range', { opennessRange: 0.07 }],
    ['closures', { closedOpenness: 0.02 }],
    ['length', { soundSeconds: 9.9 }],
    ['length', { plannedSeconds: 10.1 }],
    ['speech', { speechSeconds: 0.2 }],
    ['blinks', { blinkCount: 0 }],
    ['background', { backgroundChange: 4 }],
  ] as const)('%s refuses %j', (gate, change) => {
    expect(gates(passing)).toEqual([])
    expect(gates({ ...passing, ...change })).toEqual([gate])
  })
})
