import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createFfmpegEncoder } from '../../../src/renderer/encode.ts'
import type { EncodeRequest } from '../../../src/renderer/ports.ts'
import { encodeWav } from '../../../src/renderer/speech/audio.ts'
import { describeMedia, ffmpegPath } from '../../support/ffmpeg.ts'
import { until } from '../../support/until.ts'

let directory: string
let request: EncodeRequest
const frame = new Uint8Array((64 * 64 * 3) / 2).fill(100)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'encode-'))
  const audioPath = join(directory, 'speech.wav')
  await writeFile(audioPath, encodeWav({ sampleRate: 16000, samples: new Int16Array(16000).fill(1000) }))
  const outputPath = join(directory, 'out.mp4')
  const metadata = { comment: "made by a machine; it's 100 % synthetic", title: 'a=b' }
  request = { width: 64, height: 64, fps: 30, maxKilobitsPerSecond: 500, audioPath, outputPath, metadata }
})

afterEach(() => rm(directory, { recursive: true, force: true }))

describe('the ffmpeg encoder', () => {
  it('leaves a tagged H.264/AAC MP4 that starts with its index', async () => {
    const sink = createFfmpegEncoder(ffmpegPath)(request)
    for (let i = 0; i < 30; i++) await sink.write(frame)
    await sink.finish()
    const words = describeMedia(request.outputPath)
    expect(words).toMatch(/Video: h264 .*yuv420p\(tv, bt709.*64x64.*30 fps/)
    expect(words).toMatch(/Audio: aac .*48000 Hz/)
    expect(words).toContain(request.metadata.comment)
    expect(words).toMatch(/title\s+: a=b/)
    expect(words).toMatch(/Duration: 00:00:01\.0/)
    const file = readFileSync(request.outputPath)
    expect(file.indexOf('moov')).toBeLessThan(file.indexOf('mdat'))
  })

  it("fails with the encoder's last words, without the paths of this machine", async () => {
    const sink = createFfmpegEncoder(ffmpegPath)({ ...request, outputPath: join(directory, 'nowhere', 'out.mp4') })
    const writes = (async () => {
      for (let i = 0; i < 300; i++) await sink.write(new Uint8Array(frame))
    })()
    await expect(writes.then(() => sink.finish())).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      reason: 'encoder-failed',
      message: expect.stringMatching(/out\.mp4: No such file or directory/),
    })
    await expect(sink.finish()).rejects.toMatchObject({ message: expect.not.stringContaining(directory) })
  })

  it('fails when there is no such program', async () => {
    const sink = createFfmpegEncoder(join(directory, 'no-ffmpeg'))(request)
    await expect(sink.write(frame).then(() => sink.finish())).rejects.toMatchObject({ reason: 'encoder-failed' })
  })

  it('stops at once when aborted', async () => {
    const sink = createFfmpegEncoder(ffmpegPath)(request)
    await sink.write(frame)
    await until(() => existsSync(request.outputPath), 'ffmpeg has begun')
    sink.abort()
    await expect(sink.finish()).rejects.toMatchObject({ reason: 'encoder-failed' })
    expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(request.outputPath)
  })
})
