import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { createInspectVideo } from '../../../src/media/inspect-video.ts'
import type { MadeDefect } from '../../../src/sandbox/fault.ts'
import { createFfmpegMedia, rememberMedia } from '../../../src/sandbox/ffmpeg-media.ts'
import type { MakeMedia, MediaRequest } from '../../../src/sandbox/media-maker.ts'
import { ffmpegPath } from '../../support/ffmpeg.ts'
import { whenOver } from './rig.ts'
import { wavOf } from './small-files.ts'

const portrait = fileURLToPath(new URL('../../../assets/demo/portrait.jpg', import.meta.url))
const inspect = createInspectVideo({ ffmpegPath })

async function make(
  defect: MadeDefect | null,
  makeMedia: MakeMedia = createFfmpegMedia({ ffmpegPath }),
  more: Partial<MediaRequest> = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-media-'))
  whenOver(() => rm(directory, { recursive: true }))
  return makeMedia({
    photo: await readFile(portrait),
    photoFormat: 'image/jpeg',
    script: 'Hello.',
    voice: { speed: 1, pitch: 0 },
    lipSync: true,
    animationStrength: 1,
    seconds: 2,
    width: 256,
    height: 144,
    fps: 24,
    maxKilobitsPerSecond: 2000,
    defect,
    directory,
    signal: new AbortController().signal,
    ...more,
  })
}

/** What ffmpeg says of the sound's mean and of black stretches. */
function look(file: string): string {
  const filters = ['-vf', 'blackdetect=d=0.5', '-af', 'volumedetect']
  return spawnSync(ffmpegPath, ['-hide_banner', '-i', file, ...filters, '-f', 'null', '-'], { encoding: 'utf8' }).stderr
}

describe('the media that ffmpeg makes', () => {
  it('are a film of the exact length and size, heard and seen, and a still', async () => {
    const { video, thumbnail } = await make(null)
    expect(await inspect(video)).toEqual({ seconds: 2, width: 256, height: 144, fps: 24, hasAudio: true })
    const words = look(video)
    expect(words).toContain('Video: h264')
    expect(words).toContain('Audio: aac')
    expect(words).not.toContain('black_start')
    expect(Number(/mean_volume: (\S+) dB/.exec(words)?.[1])).toBeGreaterThan(-30)
    expect((await readFile(thumbnail)).subarray(0, 2).toString('hex')).toBe('ffd8')
  })

  it('let a recording be heard, or follow a film in silence', async () => {
    const makeMedia = createFfmpegMedia({ ffmpegPath })
    const { video: heard } = await make(null, makeMedia, { speech: wavOf(1) })
    expect(look(heard)).toMatch(/mean_volume: -(9|inf)/)
    const { video } = await make(null, makeMedia, { performance: await readFile(heard), seconds: 1 })
    expect(await inspect(video)).toEqual({ seconds: 1, width: 256, height: 144, fps: 24, hasAudio: false })
  })

  it('can be too short or too long', async () => {
    expect((await inspect((await make('short')).video)).seconds).toBe(1)
    expect((await inspect((await make('long')).video)).seconds).toBe(3)
  })

  it('can be silent, without sound, or black', async () => {
    expect(Number(/mean_volume: (\S+) dB/.exec(look((await make('silent')).video))?.[1])).toBeLessThan(-80)
    expect((await inspect((await make('mute')).video)).hasAudio).toBe(false)
    expect(look((await make('black')).video)).toContain('black_start:0')
  })

  it('can end in the middle of the file', async () => {
    await expect(inspect((await make('truncated')).video)).rejects.toMatchObject({ reason: 'output-unusable' })
  })

  it('are made once where they are remembered', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sandbox-kept-'))
    whenOver(() => rm(directory, { recursive: true }))
    let made = 0
    const remembering = rememberMedia((request) => {
      made += 1
      return createFfmpegMedia({ ffmpegPath })(request)
    }, directory)
    const [first, second] = [await make(null, remembering), await make(null, remembering)]
    await make('black', remembering)
    expect(made).toBe(2)
    expect(first.video).not.toBe(second.video)
    expect(await readFile(first.video)).toEqual(await readFile(second.video))
  })
})
