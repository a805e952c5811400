import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createDubVideo } from '../../../src/media/dub-video.ts'
import { createInspectVideo } from '../../../src/media/inspect-video.ts'
import { currentFfmpeg } from '../../support/current-ffmpeg.ts'

let directory: string
let ffmpeg: string
beforeAll(async () => {
  ffmpeg = await currentFfmpeg()
  directory = await mkdtemp(join(tmpdir(), 'dub-'))
}, 300_000)
afterAll(() => rm(directory, { recursive: true, force: true }))

function make(name: string, args: readonly string[]): string {
  const file = join(directory, name)
  const ran = spawnSync(ffmpeg, ['-v', 'error', '-nostdin', '-y', ...args, file])
  if (ran.status !== 0) throw new Error(String(ran.stderr))
  return file
}
const film = (seconds: number) =>
  make(`film-${seconds}.mp4`, [
    '-f',
    'lavfi',
    '-i',
    `testsrc=size=160x160:rate=24:duration=${seconds}`,
    '-pix_fmt',
    'yuv420p',
  ])
const speech = () =>
  make('speech.wav', ['-f', 'lavfi', '-i', 'sine=frequency=300:duration=1.5', '-ac', '1', '-ar', '16000'])

describe('a silent film with a speech laid under it', () => {
  it.each([0.8, 3])('is as long as the speech, where it was %d s, and is heard', async (seconds) => {
    const context = { scratch: directory, signal: new AbortController().signal, onProgress: () => {} }
    const { video } = await createDubVideo(ffmpeg)(film(seconds), speech(), context)
    const facts = await createInspectVideo({ ffmpegPath: ffmpeg, foreignFfmpegPath: ffmpeg })(
      video,
      undefined,
      'foreign',
    )
    expect(facts).toMatchObject({ width: 160, height: 160, hasAudio: true, isSilent: false, isBlack: false })
    expect(facts.seconds).toBeCloseTo(1.5, 1)
  })

  it('that cannot be read is refused, and nothing is left', async () => {
    const context = { scratch: directory, signal: new AbortController().signal, onProgress: () => {} }
    const broken = join(directory, 'broken.mp4')
    await writeFile(broken, 'no film')
    await expect(createDubVideo(ffmpeg)(broken, speech(), context)).rejects.toMatchObject({ reason: 'output-unusable' })
  })
})
