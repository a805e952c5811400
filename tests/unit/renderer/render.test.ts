import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import sharp from 'sharp'
import { buildCues } from '../../../src/captions/build-cues.ts'
import type { TimedScript } from '../../../src/captions/time-script.ts'
import { createCaptionBurner } from '../../../src/renderer/burn-in/burn-captions.ts'
import { placeCaptions } from '../../../src/renderer/burn-in/place-captions.ts'
import { createFfmpegEncoder } from '../../../src/renderer/encode.ts'
import { createFaceFinder } from '../../../src/renderer/face/face-finder.ts'
import { packMesh } from '../../../src/renderer/face/pack-mesh.ts'
import { readPhoto } from '../../../src/renderer/face/read-photo.ts'
import type { Encoder, RenderJob, RenderProgress } from '../../../src/renderer/ports.ts'
import { type RenderTools, renderTalkingPhoto } from '../../../src/renderer/render.ts'
import { createFliteSpeaker } from '../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../src/renderer/speech/lip-timing.ts'
import { demoPortrait } from '../../support/demo-portrait.ts'
import { describeMedia, ffmpegPath } from '../../support/ffmpeg.ts'
import { fontDir } from '../../support/photos.ts'

let directory: string
let job: RenderJob

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'render-'))
  job = {
    photoPath: demoPortrait,
    face: 0,
    script: 'Mary may buy five big boats.',
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
    outputPath: join(directory, 'out.mp4'),
    thumbnailPath: join(directory, 'out.jpg'),
    wordsPath: join(directory, 'words.json'),
    tempDir: directory,
    metadata: { comment: 'synthetic' },
  }
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const speaker = createFliteSpeaker()

function tools(more: Partial<RenderTools> = {}): RenderTools {
  return {
    speak: async (request) => {
      const track = await speaker.speak(request)
      return { track, lips: planLips(track) }
    },
    openFaceFinder: () => createFaceFinder({ modelDir: 'assets/face' }),
    openCaptions: (request) => createCaptionBurner(request, fontDir),
    encoder: createFfmpegEncoder(ffmpegPath),
    ...more,
  }
}

/** An encoder that keeps a hash of what it is given. */
function hashing(): { encoder: Encoder; hash(): string; frames(): number } {
  const hash = createHash('sha256')
  let frames = 0
  const encoder: Encoder = () => ({
    write: async (frame) => {
      hash.update(frame)
      frames++
    },
    finish: async () => {},
    abort: () => {},
  })
  return { encoder, hash: () => hash.digest('hex'), frames: () => frames }
}

describe('a render', () => {
  it('leaves a video as long as its speech, a thumbnail and its own account', async () => {
    const seen: RenderProgress[] = []
    const result = await renderTalkingPhoto(job, tools({ onProgress: (progress) => seen.push(progress) }))
    expect(result).toMatchObject({ width: 240, height: 300, fps: 25, voice: 'en-us-kal16', seed: 3, framing: 'photo' })
    expect(result.frames).toBe(Math.ceil(result.speechSeconds * 25))
    expect(describeMedia(job.outputPath)).toMatch(/Video: h264.*240x300/)
    expect(await sharp(job.thumbnailPath).metadata()).toMatchObject({ format: 'jpeg', width: 240, height: 300 })
    expect(new Set(seen.map((progress) => progress.stage))).toEqual(new Set(['speech', 'face', 'frames', 'encode']))
    const frames = seen.filter((progress) => progress.stage === 'frames').map((progress) => progress.done)
    expect(frames).toEqual([...frames].sort((a, b) => a - b))
    expect(frames.at(-1)).toBe(result.frames)
    expect((await readdir(directory)).sort()).toEqual(['out.jpg', 'out.mp4', 'speech.wav', 'words.json'])
  })

  it('takes the face from the mesh it is given, without loading a network', async () => {
    const image = await readPhoto(demoPortrait, { maxSide: 1600 })
    const [face] = await (await createFaceFinder({ modelDir: 'assets/face' })).find(image)
    const openFaceFinder = async (): Promise<never> => {
      throw new Error('no face is to be looked for')
    }
    const known = hashing()
    const given = { ...job, faceMesh: packMesh(face!.points, image) }
    await renderTalkingPhoto(given, tools({ encoder: known.encoder, openFaceFinder }))
    expect(known.frames()).toBeGreaterThan(10)
    const foreign = { ...job, faceMesh: packMesh(face!.points, { width: 1000, height: 500 }) }
    const found = hashing()
    await renderTalkingPhoto(foreign, tools({ encoder: found.encoder }))
    const looked = hashing()
    await renderTalkingPhoto(job, tools({ encoder: looked.encoder }))
    expect(found.hash()).toBe(looked.hash())
  })

  it('says that the photo cannot be read when its bytes are gone or damaged', async () => {
    const damaged = join(directory, 'damaged.jpg')
    await writeFile(damaged, 'no photo at all')
    for (const photoPath of [damaged, join(directory, 'gone.jpg')]) {
      await expect(renderTalkingPhoto({ ...job, photoPath }, tools())).rejects.toMatchObject({
        reason: 'photo-unreadable',
      })
    }
  })

  it('draws the same frames for the same seed and others for another', async () => {
    const run = async (seed: number): Promise<string> => {
      const sink = hashing()
      await renderTalkingPhoto({ ...job, seed }, tools({ encoder: sink.encoder }))
      return sink.hash()
    }
    const first = await run(3)
    expect(await run(3)).toBe(first)
    expect(await run(4)).not.toBe(first)
  })

  it('keeps mouth, head and lids still when asked for neither speech on the lips nor life', async () => {
    const frames = new Set<string>()
    const encoder: Encoder = () => ({
      write: async (frame) => void frames.add(createHash('sha1').update(frame).digest('hex')),
      finish: async () => {},
      abort: () => {},
    })
    await renderTalkingPhoto({ ...job, lipSync: false, animationStrength: 0 }, tools({ encoder }))
    expect(frames.size).toBe(1)
  })

  it('writes the words into the picture while they are spoken, and leaves no trace of them after', async () => {
    const run = async (burnSubtitles: boolean): Promise<Uint8Array[]> => {
      const frames: Uint8Array[] = []
      const encoder: Encoder = () => ({
        write: async (frame) => void frames.push(frame.slice()),
        finish: async () => {},
        abort: () => {},
      })
      // A still head: around the mouth nothing is drawn over, so a caption that is not taken off would stay.
      const still = {
        ...job,
        script: 'Mary may buy five big boats here.\n\nDone!',
        speed: 0.8,
        animationStrength: 0,
        burnSubtitles,
      }
      await renderTalkingPhoto(still, tools({ encoder }))
      return frames
    }
    const [plain, burned] = [await run(false), await run(true)]
    const { words } = JSON.parse(await readFile(job.wordsPath, 'utf8')) as TimedScript
    const { limits } = placeCaptions({ width: 240, height: 300 }, null)
    const cues = buildCues({ words, durationMs: (plain.length * 1000) / 25 }, limits)
    const shown = plain.map((_, i) => cues.some(({ startMs, endMs }) => startMs <= i * 40 && i * 40 < endMs))
    expect(shown.lastIndexOf(false)).toBeGreaterThan(shown.indexOf(true))
    expect(plain.map((frame, i) => Buffer.compare(frame, burned[i]!) !== 0)).toEqual(shown)
    const [from, to] = [0.7 * 300 * 240, 0.9 * 300 * 240]
    const outside = (frame: Uint8Array) => [frame.subarray(0, from), frame.subarray(to, 300 * 240)]
    for (const [i, frame] of plain.entries()) {
      const [above, below] = outside(frame)
      expect(outside(burned[i]!).map((part, k) => Buffer.compare(part, [above!, below!][k]!))).toEqual([0, 0])
    }
  })

  it('refuses a script that takes longer than allowed, before any frame is drawn', async () => {
    const sink = hashing()
    await expect(renderTalkingPhoto({ ...job, maxSeconds: 1 }, tools({ encoder: sink.encoder }))).rejects.toMatchObject(
      {
        code: 'INVALID_REQUEST',
        reason: 'script-too-long',
        extra: { maxSeconds: 1, seconds: expect.any(Number) },
      },
    )
    expect(sink.frames()).toBe(0)
  })

  it('refuses photos without the face asked for', async () => {
    const blank = join(directory, 'blank.png')
    await sharp({ create: { width: 300, height: 300, channels: 3, background: '#456' } })
      .png()
      .toFile(blank)
    await expect(renderTalkingPhoto({ ...job, photoPath: blank }, tools())).rejects.toMatchObject({ reason: 'no-face' })
    await expect(renderTalkingPhoto({ ...job, face: 3 }, tools())).rejects.toMatchObject({
      reason: 'face-index-out-of-range',
    })
  })

  it('stops the encoder when it is aborted in the middle', async () => {
    const abort = new AbortController()
    const onProgress = ({ stage }: RenderProgress): void => {
      if (stage === 'frames') abort.abort(new Error('enough'))
    }
    await expect(renderTalkingPhoto(job, tools({ onProgress, signal: abort.signal }))).rejects.toThrow('enough')
    expect(existsSync(job.outputPath) && /Duration: 0/.test(describeMedia(job.outputPath))).toBe(false)
  })

  it('fills a wide picture around a portrait', async () => {
    const result = await renderTalkingPhoto({ ...job, aspectRatio: 16 / 9 }, tools({ encoder: hashing().encoder }))
    expect(result).toMatchObject({ framing: 'extend', width: 426, height: 240 })
  })
})
