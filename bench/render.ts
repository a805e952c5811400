/**
 * How long a whole render takes against the least it could take, how soon its first frame is there, and how much memory it needs.
 *   npm run build && npx tsx bench/render.ts [--rounds 5] [--short 720,1080] [--aspect 1.7778] [--photo photo.jpg]
 *
 * Whole render: from the order to the end of a clip of about 16 seconds at 30 frames a second, as a server does it: a warm render
 * process, the face's mesh known from the photo's check.
 * Floor B: ffmpeg on the very frames that the renderer made, read raw from disk, without sound, with the settings the product
 * encodes with. Beside it, not held to a bound: the same with the preset's own settings at crf 20, the yardstick of earlier figures.
 * First frame: from the order to the first frame handed to the encoder, against starting Node and ffmpeg for one such frame.
 * All alternate within a run, so that whatever else the machine does weighs on all; median ratios are held to the bounds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './measure.ts'
import { defaultPhoto, encode, jobFor, knowMesh, openWarmRenderer, runFfmpeg, storeFrames } from './render-job.ts'
import { watchMemory } from './resident-memory.ts'

/** Whole render / floor B, by the picture's short side, and megabytes of render process and ffmpeg together. */
const timeBounds: Readonly<Record<string, number>> = { 720: 2.2, 1080: 2 }
const firstFrameBound = 10
const memoryBoundMb = 420

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    short: { type: 'string', default: '720,1080' },
    aspect: { type: 'string', default: '1.7778' },
    photo: { type: 'string', default: defaultPhoto },
  },
})

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

async function startNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'close')
}

let failed = false
for (const shortSide of values.short.split(',').map(Number)) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-render-'))
  const faceMesh = await knowMesh(values.photo)
  const job = { ...jobFor(directory, values.photo), shortSide, aspectRatio: Number(values.aspect), faceMesh }
  const renderer = openWarmRenderer()
  try {
    const raw = join(directory, 'frames.yuv')
    const size = await storeFrames(job, raw)
    const output = join(directory, 'floor.mp4')
    const input = [...encode.frameArguments(size), '-i', raw]
    const picture = encode.pictureArguments(job.maxKilobitsPerSecond)
    const floorB = (): Promise<number> => timed(() => runFfmpeg([...input, ...picture, output]))
    const presets = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20']
    const earlierFloor = (): Promise<number> => timed(() => runFfmpeg([...input, ...presets, output]))
    const oneFrame = (): Promise<number> =>
      timed(async () => {
        await startNode()
        await runFfmpeg([...input, '-frames:v', '1', ...picture, output])
      })

    await renderer.warm()
    const rounds: Record<'floor' | 'earlier' | 'whole' | 'ratio' | 'earlierRatio' | 'first' | 'firstRatio', number>[] =
      []
    const peaks: ReturnType<ReturnType<typeof watchMemory>['stop']>[] = []
    const stages: Record<string, number[]> = {}
    for (let round = 0; round < Number(values.rounds); round++) {
      const before = await floorB()
      await mkdir(join(directory, `${round}`))
      const memory = watchMemory()
      const from = performance.now()
      let first = 0
      const { timingsMs } = await renderer.render(
        { ...job, tempDir: join(directory, `${round}`) },
        {
          onProgress: ({ stage }) => {
            if (stage === 'frames' && first === 0) first = performance.now() - from
          },
        },
      )
      const whole = performance.now() - from
      peaks.push(memory.stop())
      const floor = (before + (await floorB())) / 2
      const earlier = await earlierFloor()
      const least = await oneFrame()
      rounds.push({
        ...{ floor, earlier, whole, first },
        ...{ ratio: whole / floor, earlierRatio: whole / earlier, firstRatio: first / least },
      })
      for (const [name, ms] of Object.entries(timingsMs)) stages[name] = [...(stages[name] ?? []), ms]
    }
    const of = (name: keyof (typeof rounds)[number]): number => median(rounds.map((round) => round[name]))
    const both = median(peaks.map((peak) => peak.both))
    const bound = timeBounds[shortSide] ?? Number.POSITIVE_INFINITY
    const ok = of('ratio') <= bound && of('firstRatio') <= firstFrameBound && both <= memoryBoundMb
    failed ||= !ok
    console.log(
      `${size.width}x${size.height}, ${size.frames} frames: whole ${seconds(of('whole'))}, floor B ${seconds(of('floor'))}`,
    )
    console.log(
      `  ratio ${of('ratio').toFixed(2)} (bound ${bound}; rounds ${rounds.map(({ ratio }) => ratio.toFixed(2)).join(' ')})`,
    )
    console.log(`  against the preset's own settings ${of('earlierRatio').toFixed(2)} (${seconds(of('earlier'))})`)
    console.log(
      `  first frame ${of('first').toFixed(0)} ms, ${of('firstRatio').toFixed(2)} x one frame alone (bound ${firstFrameBound})`,
    )
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
    await renderer.close()
    await rm(directory, { recursive: true, force: true })
  }
}
process.exitCode = failed ? 1 : 0
process.exit()
