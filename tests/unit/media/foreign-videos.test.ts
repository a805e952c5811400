/** Films that came from outside: what is wrong with them, who may look at them, and a picture of them. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findCurrentFfmpeg } from '../../../src/media/current-ffmpeg.ts'
import { createInspectVideo } from '../../../src/media/inspect-video.ts'
import { createTakeFrame } from '../../../src/media/take-frame.ts'
import { writeStream } from '../../../src/media/write-stream.ts'
import { bundledFfmpegPath } from '../../../src/renderer/bundled-ffmpeg.ts'
import { currentFfmpeg } from '../../support/current-ffmpeg.ts'

let directory: string
let current: string

const noise = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=10:duration=3']
const black = ['-f', 'lavfi', '-i', 'color=black:size=320x240:rate=10:duration=3']
const tone = ['-f', 'lavfi', '-i', 'sine=duration=3']
const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=mono:d=3']

function make(name: string, ...inputs: string[]): string {
  const file = join(directory, name)
  const rest = ['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', '-y', file]
  const ran = spawnSync(current, ['-v', 'error', '-nostdin', ...inputs, ...rest])
  if (ran.status !== 0) throw new Error(String(ran.stderr))
  return file
}

beforeAll(async () => {
  current = await currentFfmpeg()
  directory = await mkdtemp(join(tmpdir(), 'foreign-'))
}, 300_000)
afterAll(() => rm(directory, { recursive: true, force: true }))

const look = (file: string) =>
  createInspectVideo({ ffmpegPath: bundledFfmpegPath(), foreignFfmpegPath: current })(file, undefined, 'foreign')

describe('a film from outside', () => {
  it('is fine when it can be seen and heard', async () => {
    expect(await look(make('good.mp4', ...noise, ...tone))).toMatchObject({ isBlack: false, isSilent: false })
  })

  it('is known to be black, or silent', async () => {
    expect(await look(make('black.mp4', ...black, ...tone))).toMatchObject({ isBlack: true, isSilent: false })
    expect(await look(make('silent.mp4', ...noise, ...silence))).toMatchObject({ isBlack: false, isSilent: true })
    expect(await look(make('mute.mp4', ...noise))).toMatchObject({ hasAudio: false })
  })

  it('is not looked at by the ffmpeg of the packages', async () => {
    const old = createInspectVideo({ ffmpegPath: bundledFfmpegPath() })
    await expect(old(make('film.mp4', ...noise, ...tone), undefined, 'foreign')).rejects.toThrow('foreign')
  })

  it('gives a picture of itself, and none where it has none', async () => {
    const takeFrame = createTakeFrame(current)
    const picture = join(directory, 'picture.jpg')
    const signal = new AbortController().signal
    await takeFrame(make('film.mp4', ...noise, ...tone), picture, signal)
    expect((await readFile(picture)).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]))
    const words = join(directory, 'words.mp4')
    await writeFile(words, 'I am a film')
    await expect(takeFrame(words, join(directory, 'none.jpg'), signal)).rejects.toMatchObject({
      reason: 'output-unusable',
    })
  })
})

describe('the ffmpeg for such films', () => {
  it('is the first on the path, or the one that is named', async () => {
    expect(await findCurrentFfmpeg(current, '')).toBe(current)
    expect(await findCurrentFfmpeg(undefined, `/nowhere:${join(current, '..')}`)).toBe(current)
  })

  it('must be current: what is old, missing or no ffmpeg is refused with how to get one', async () => {
    const liar = join(directory, 'liar')
    await writeFile(liar, '#!/bin/sh\necho "ffmpeg version 4.4.2"\n')
    await chmod(liar, 0o755)
    for (const [named, path, words] of [
      [bundledFfmpegPath(), '', /older/],
      [liar, '', /version 4/],
      [undefined, '/nowhere', /none was found/],
    ] as const) {
      const refused = findCurrentFfmpeg(named, path)
      await expect(refused).rejects.toMatchObject({
        reason: 'ffmpeg-missing',
        hint: expect.stringContaining('apt-get'),
      })
      await expect(refused).rejects.toThrow(words)
    }
  })
})

describe('what a provider streams', () => {
  const signal = new AbortController().signal
  const target = (name: string) => join(directory, name)

  it('is written as it comes', async () => {
    await writeStream({ from: Readable.from(['ab', 'cd']), to: target('whole'), maxBytes: 4, signal })
    expect(await readFile(target('whole'), 'utf8')).toBe('abcd')
  })

  it('leaves nothing when it is too large, or breaks off', async () => {
    const tooLarge = writeStream({ from: Readable.from(['ab', 'cde']), to: target('large'), maxBytes: 4, signal })
    await expect(tooLarge).rejects.toMatchObject({ fault: 'bad-output' })
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('ab')
        throw new Error('the line went dead')
      })(),
    )
    await expect(writeStream({ from: broken, to: target('broken'), maxBytes: 9, signal })).rejects.toMatchObject({
      fault: 'cut-off',
    })
    for (const name of ['large', 'broken']) await expect(stat(target(name))).rejects.toThrow('ENOENT')
  })
})
