/** What the render benches share: the job, the built renderer, ffmpeg alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Encoder, RenderJob } from '../src/renderer/ports.ts'
import type { RenderProcess } from '../src/renderer/render-process.ts'

/** The built files, typed by their sources: what is measured is what runs in production. */
async function built<T>(path: string): Promise<T> {
  return import(new URL(`../dist/renderer/${path}`, import.meta.url).href) as Promise<T>
}
const { createFaceFinder } = await built<typeof import('../src/renderer/face/face-finder.ts')>('face/face-finder.js')
const { packMesh } = await built<typeof import('../src/renderer/face/pack-mesh.ts')>('face/pack-mesh.js')
const { readPhoto } = await built<typeof import('../src/renderer/face/read-photo.ts')>('face/read-photo.js')
const { renderTalkingPhoto } = await built<typeof import('../src/renderer/render.ts')>('render.js')
const { createRenderProcess } = await built<typeof import('../src/renderer/render-process.ts')>('render-process.js')
const { createFliteSpeaker } =
  await built<typeof import('../src/renderer/speech/flite-speaker.ts')>('speech/flite-speaker.js')
const { planLips } = await built<typeof import('../src/renderer/speech/lip-timing.ts')>('speech/lip-timing.js')
export const encode = await built<typeof import('../src/renderer/encode.ts')>('encode.js')

const modelDir = fileURLToPath(new URL('../assets/face', import.meta.url))
const fontDir = fileURLToPath(new URL('../assets/fonts', import.meta.url))
const ffmpegPath: string = process.env.FFMPEG_PATH ?? createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg').path
export const defaultPhoto = fileURLToPath(new URL('../assets/demo/portrait.jpg', import.meta.url))

const script =
  'Hello there! My name is Mary, and this photo can speak. Five big boats move through the water, and we really love to watch them. ' +
  'Would you like to try it yourself? Bring a picture, write a few words, and press the button. It takes a moment.'

export function jobFor(directory: string, photoPath: string): RenderJob {
  return {
    photoPath,
    face: 0,
    script,
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    lipSync: true,
    animationStrength: 1,
    audioEnhancement: true,
    shortSide: 720,
    fps: 30,
    maxKilobitsPerSecond: 8000,
    aspectRatio: null,
    maxSeconds: 60,
    seed: 1,
    outputPath: join(directory, 'out.mp4'),
    thumbnailPath: join(directory, 'out.jpg'),
    wordsPath: join(directory, 'words.json'),
    tempDir: directory,
    metadata: { comment: 'bench' },
    burnSubtitles: false,
    language: 'en',
  }
}

/** One process, kept from job to job as in a server, at the bench's own priority. */
export function openWarmRenderer(): RenderProcess {
  const entry = new URL('../dist/renderer/render-child.js', import.meta.url)
  return createRenderProcess({ entry, modelDir, fontDir, ffmpegPath, niceness: 0, spares: 1 })
}

/** What the check of the photo would have found. */
export async function knowMesh(photoPath: string): Promise<string> {
  const image = await readPhoto(photoPath, { maxSide: 1600 })
  const [face] = await (await createFaceFinder({ modelDir })).find(image)
  if (!face) throw new Error('there is no face in the photo')
  return packMesh(face.points, image)
}

/** Renders once in this process with an "encoder" that only keeps the frames. */
export async function storeFrames(
  job: RenderJob,
  path: string,
): Promise<{ width: number; height: number; fps: number; frames: number }> {
  const file = await open(path, 'w')
  let last = Promise.resolve()
  const encoder: Encoder = () => ({
    write: (frame) => {
      last = last.then(async () => void (await file.write(frame)))
      return last
    },
    finish: () => file.close(),
    abort: () => {},
  })
  const speaker = createFliteSpeaker()
  return renderTalkingPhoto(job, {
    speak: async (request) => {
      const track = await speaker.speak(request)
      return { track, lips: planLips(track) }
    },
    openFaceFinder: () => createFaceFinder({ modelDir }),
    openCaptions: async () => {
      throw new Error('nothing is burnt in here')
    },
    encoder,
  })
}

export async function runFfmpeg(args: readonly string[]): Promise<void> {
  const child = spawn(ffmpegPath, ['-v', 'error', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error('the floor could not be measured')
}
