/**
 * How long a whole render takes against the least it could take, and how much memory.
 *   npm run build && npx tsx bench/render.ts [--rounds 5] [--short 720,1080] [--aspect 1.7778] [--photo photo.jpg]
 *
 * Whole render: from starting the child process to its end, for a clip of about 15 seconds at 30 frames a second.
 * Floor B: ffmpeg (libx264 veryfast, crf 20, its defaults otherwise, no sound) on the very frames that the renderer made, read raw from disk.
 * Both alternate within a run, so that whatever else the machine does weighs on both; the median ratio is held to the bound.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createCaptionBurner } from '../src/renderer/burn-in/burn-captions.ts'
import type { Encoder, RenderJob } from '../src/renderer/ports.ts'

/** The built files, typed by their sources: what is measured is what runs in production. */
async function built<T>(path: string): Promise<T> {
  return import(new URL(`../dist/renderer/${path}`, import.meta.url).href) as Promise<T>
}
const { createFaceFinder } = await built<typeof import('../src/renderer/face/face-finder.ts')>('face/face-finder.js')
const { renderTalkingPhoto } = await built<typeof import('../src/renderer/render.ts')>('render.js')
const { createRenderProcess } = await built<typeof import('../src/renderer/render-process.ts')>('render-process.js')
const { createFliteSpeaker } =
  await built<typeof import('../src/renderer/speech/flite-speaker.ts')>('speech/flite-speaker.js')
const { planLips } = await built<typeof import('../src/renderer/speech/lip-timing.ts')>('speech/lip-timing.js')

const timeBound = 2.2
const memoryBoundMb = 420

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    short: { type: 'string', default: '720,1080' },
    aspect: { type: 'string', default: '1.7778' },
    photo: { type: 'string', default: fileURLToPath(new URL('../assets/demo/portrait.jpg', import.meta.url)) },
  },
})
const modelDir = fileURLToPath(new URL('../assets/face', import.meta.url))
const fontDir = fileURLToPath(new URL('../assets/fonts', import.meta.url))
const ffmpegPath: string = process.env.FFMPEG_PATH ?? createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg').path

const script =
  'Hello there! My name is Mary, and this photo can speak. Five big boats move through the water, and we really love to watch them. ' +
  'Would you like to try it yourself? Bring a picture, write a few words, and press the button. It takes a moment.'

function jobFor(shortSide: number, directory: string): RenderJob {
  return {
    photoPath: values.photo,
    face: 0,
    script,
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    lipSync: true,
    animationStrength: 1,
    audioEnhancement: true,
    burnSubtitles: false,
    language: 'en',
    shortSide,
    fps: 30,
    maxKilobitsPerSecond: 8000,
    aspectRatio: Number(values.aspect),
    maxSeconds: 60,
    seed: 1,
    outputPath: join(directory, 'out.mp4'),
    thumbnailPath: join(directory, 'out.jpg'),
    wordsPath: join(directory, 'words.json'),
    tempDir: directory,
    metadata: { comment: 'bench' },
  }
}

/** Renders once in this process with an "encoder" that only keeps the frames. */
async function storeFrames(job: RenderJob, path: string): Promise<{ width: number; height: number; frames: number }> {
  const file: FileHandle = await open(path, 'w')
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
    openCaptions: (request) => createCaptionBurner(request, fontDir),
    encoder,
  })
}

async function floor(raw: string, width: number, height: number, output: string): Promise<number> {
  const from = performance.now()
  const child = spawn(
    ffmpegPath,
    [
      '-v',
      'error',
      '-y',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'yuv420p',
      '-s',
      `${width}x${height}`,
      '-r',
      '30',
      '-i',
      raw,
    ].concat(['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', output]),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error('the floor could not be measured')
  return performance.now() - from
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Watches the render child and its ffmpeg; linux only, elsewhere it reports 0. */
function watchMemory(): { stop(): { node: number; ffmpeg: number; both: number } } {
  const peak = { node: 0, ffmpeg: 0, both: 0 }
  const timer = setInterval(() => {
    for (const child of childrenOf(process.pid)) {
      const ffmpeg = childrenOf(child).reduce((sum, pid) => sum + residentMb(pid), 0)
      const node = residentMb(child)
      if (ffmpeg === 0 && peak.ffmpeg === 0 && node < 40) continue
      peak.node = Math.max(peak.node, node)
      peak.ffmpeg = Math.max(peak.ffmpeg, ffmpeg)
      peak.both = Math.max(peak.both, node + ffmpeg)
    }
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN

let failed = false
for (const shortSide of values.short.split(',').map(Number)) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-render-'))
  try {
    const job = jobFor(shortSide, directory)
    const raw = join(directory, 'frames.yuv')
    const { width, height, frames } = await storeFrames(job, raw)
    const renderer = createRenderProcess({
      entry: new URL('../dist/renderer/render-child.js', import.meta.url),
      modelDir,
      fontDir,
      ffmpegPath,
      niceness: 0,
    })
    const floors: number[] = []
    const wholes: number[] = []
    const ratios: number[] = []
    const peaks: { node: number; ffmpeg: number; both: number }[] = []
    const stages: Record<string, number[]> = {}
    for (let round = 0; round < Number(values.rounds); round++) {
      const before = await floor(raw, width, height, join(directory, 'floor.mp4'))
      await mkdir(join(directory, `${round}`))
      const memory = watchMemory()
      const from = performance.now()
      const { timingsMs } = await renderer.render({ ...job, tempDir: join(directory, `${round}`) })
      const whole = performance.now() - from
      peaks.push(memory.stop())
      const after = await floor(raw, width, height, join(directory, 'floor.mp4'))
      floors.push(before, after)
      wholes.push(whole)
      ratios.push(whole / ((before + after) / 2))
      for (const [name, ms] of Object.entries(timingsMs)) stages[name] = [...(stages[name] ?? []), ms]
    }
    const ratio = median(ratios)
    const both = median(peaks.map((peak) => peak.both))
    const ok = ratio <= timeBound && both <= memoryBoundMb
    failed ||= !ok
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
    console.log(
      `${width}x${height}, ${frames} frames: whole ${seconds(median(wholes))}, floor B ${seconds(median(floors))}`,
    )
    console.log(`  ratio ${ratio.toFixed(2)} (bound ${timeBound}; rounds ${ratios.map((r) => r.toFixed(2)).join(' ')})`)
    console.log(
      `  memory ${both.toFixed(0)} MB (bound ${memoryBoundMb}): Node ${median(peaks.map((p) => p.node)).toFixed(0)}, ffmpeg ${median(peaks.map((p) => p.ffmpeg)).toFixed(0)}`,
    )
    console.log(
      `  stages, ms: ${Object.entries(stages)
        .map(([name, list]) => `${name} ${median(list)}`)
        .join(', ')}`,
    )
    console.log(`  ${ok ? 'within bounds' : 'BEYOND BOUNDS'}`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
process.exitCode = failed ? 1 : 0
process.exit()
