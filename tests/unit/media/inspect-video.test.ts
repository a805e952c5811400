import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ffmpeg from '@ffmpeg-installer/ffmpeg'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createInspectVideo } from '../../../src/media/inspect-video.ts'

const inspect = createInspectVideo({ ffmpegPath: ffmpeg.path })
let directory: string
let good: string
let silent: string

function make(file: string, ...args: string[]) {
  const ran = spawnSync(ffmpeg.path, ['-v', 'error', '-nostdin', ...args, '-movflags', '+faststart', '-y', file])
  if (ran.status !== 0) throw new Error(String(ran.stderr))
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'inspect-'))
  good = join(directory, 'good.mp4')
  silent = join(directory, '-silent.mp4')
  const pictures = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=2']
  make(good, ...pictures, '-f', 'lavfi', '-i', 'sine=duration=2', '-pix_fmt', 'yuv420p', '-c:a', 'aac')
  make(silent, ...pictures, '-pix_fmt', 'yuv420p')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const damaged = async (name: string, change: (bytes: Buffer) => Buffer) => {
  const file = join(directory, name)
  await writeFile(file, change(await readFile(good)))
  return file
}

describe('the inspection of a video', () => {
  it('tells length, size, frame rate and sound', async () => {
    const facts = await inspect(good)
    expect(facts).toMatchObject({ width: 320, height: 240, fps: 25, hasAudio: true })
    expect(facts.seconds).toBeCloseTo(2, 0)
  })

  it('tells that there is no sound, also of a file whose name looks like an option', async () => {
    expect(await inspect(silent)).toMatchObject({ width: 320, height: 240, hasAudio: false })
  })

  it('refuses a file that is missing, empty, not a video, cut off, or broken inside', async () => {
    const files = [
      join(directory, 'missing.mp4'),
      await damaged('empty.mp4', () => Buffer.alloc(0)),
      await damaged('words.mp4', () => Buffer.from('I am a video')),
      await damaged('cut.mp4', (bytes) => bytes.subarray(0, bytes.length * 0.6)),
      await damaged('cut-end.mp4', (bytes) => bytes.subarray(0, bytes.length - 3000)),
      await damaged('broken-end.mp4', (bytes) => {
        const at = bytes.length - 2500
        return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(2000, 0x5a), bytes.subarray(at + 2000)])
      }),
      await damaged('broken.mp4', (bytes) => {
        const at = Math.floor(bytes.length / 2)
        return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(2000, 0x5a), bytes.subarray(at + 2000)])
      }),
    ]
    for (const file of files) {
      await expect(inspect(file)).rejects.toMatchObject({ code: 'PROVIDER_ERROR', reason: 'output-unusable' })
    }
  })

  it('says for the log what the decoder said', async () => {
    const file = await damaged('broken-tail.mp4', (bytes) => {
      const at = bytes.length - 600
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(150, 0x5a), bytes.subarray(at + 150)])
    })
    await expect(inspect(file)).rejects.toMatchObject({
      reason: 'output-unusable',
      cause: { message: expect.stringMatching(/^decoding it failed: .+/) },
    })
  })

  it('refuses sound without pictures', async () => {
    const file = join(directory, 'sound.mp4')
    make(file, '-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac')
    await expect(inspect(file)).rejects.toMatchObject({ reason: 'output-unusable' })
  })

  it('refuses pictures that end long before the sound', async () => {
    const file = join(directory, 'frozen.mp4')
    const pictures = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25:duration=1']
    make(file, ...pictures, '-f', 'lavfi', '-i', 'sine=duration=3', '-pix_fmt', 'yuv420p', '-c:a', 'aac')
    await expect(inspect(file)).rejects.toMatchObject({
      reason: 'output-unusable',
      cause: { message: expect.stringContaining('1 s of pictures') },
    })
  })

  it('does not follow a playlist', async () => {
    const file = join(directory, 'list.mp4')
    await writeFile(file, 'ffconcat version 1.0\nfile good.mp4\n')
    await expect(inspect(file)).rejects.toMatchObject({ reason: 'output-unusable' })
  })

  it('ends with the signal and its reason', async () => {
    const stop = new AbortController()
    const looking = inspect(good, stop.signal)
    stop.abort(new Error('shutting down'))
    await expect(looking).rejects.toThrow('shutting down')
    await expect(inspect(good, stop.signal)).rejects.toThrow('shutting down')
  })

  it('kills a child that takes too long', async () => {
    const slow = join(directory, 'slow.sh')
    await writeFile(slow, '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 })
    await expect(createInspectVideo({ ffmpegPath: slow, timeoutMs: 50 })(good)).rejects.toMatchObject({
      code: 'TIMEOUT',
      reason: 'inspection-too-slow',
    })
  })

  it('says plainly when ffmpeg itself is not there', async () => {
    await expect(createInspectVideo({ ffmpegPath: join(directory, 'nope') })(good)).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
