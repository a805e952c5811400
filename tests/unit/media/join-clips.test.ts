/**
 * Clips of a model become one film. What is measured here is measured on the film, by reading its pictures and samples; each
 * measure is also made where nothing was done about it, to show that it would see the fault.
 *
 * What was broken once, and what saw it: colours, loudness or the cut left as they were sent -> 'follow each other …'; the handed-on
 * picture another one than the last before the seam -> 'are taken up …'; no fades -> 'fade into each other …'.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createLastFrame } from '../../../src/media/clip-end.ts'
import { createJoinClips } from '../../../src/media/join-clips.ts'
import { mixSound } from '../../../src/media/mix-sound.ts'
import { currentFfmpeg } from '../../support/current-ffmpeg.ts'

const fps = 24
const rate = 48_000
let directory: string
let ffmpeg: string
let count = 0

interface Made {
  readonly seconds: number
  /** When somebody speaks. */
  readonly speech: readonly [from: number, to: number]
  readonly volume?: number
  readonly room?: number
  /** Filter over the pictures. */
  readonly look?: string
  readonly size?: string
  readonly fps?: number
}

function run(args: readonly string[]): void {
  const ran = spawnSync(ffmpeg, ['-v', 'error', '-nostdin', '-y', ...args])
  if (ran.status !== 0) throw new Error(String(ran.stderr))
}

function make({ seconds, speech: [from, to], volume = 0.3, room = 0.001, look = 'null', ...more }: Made): string {
  const file = join(directory, `clip-${count++}.mp4`)
  const source = `smptehdbars=size=${more.size ?? '320x180'}:rate=${more.fps ?? fps}:duration=${seconds}`
  const syllables = `sin(2*PI*180*t)*(0.6+0.4*sin(2*PI*5*t))*between(t\\,${from}\\,${to})`
  const sound = `aevalsrc=${volume}*${syllables}+${room}*(2*random(0)-1):d=${seconds}:s=44100`
  run([
    '-f',
    'lavfi',
    '-i',
    source,
    '-f',
    'lavfi',
    '-i',
    sound,
    '-vf',
    look,
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
    file,
  ])
  return file
}

interface Film {
  /** Mean of luma and of both colour differences, of each picture. */
  readonly colours: readonly (readonly [number, number, number])[]
  readonly sound: Int16Array
}

function read(file: string): Film {
  const [pictures, sound] = [join(directory, 'film.yuv'), join(directory, 'film.pcm')]
  run(['-i', file, '-map', '0:v', '-vsync', 'passthrough', '-vf', 'scale=64:36:flags=area,format=yuv444p', '-f', 'rawvideo', pictures, '-map', '0:a', '-ac', '1', '-ar', String(rate), '-f', 's16le', sound]) // biome-ignore format: one line reads as the command it is
  const raw = readRaw(pictures)
  const plane = 64 * 36
  const mean = (from: number) => raw.subarray(from, from + plane).reduce((sum, value) => sum + value, 0) / plane
  const colours = Array.from({ length: raw.length / plane / 3 }, (_, at) => {
    const from = at * plane * 3
    return [mean(from), mean(from + plane), mean(from + 2 * plane)] as const
  })
  const pcm = readRaw(sound)
  return { colours, sound: new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2) }
}

function readRaw(file: string): Buffer {
  const { stdout } = spawnSync('cat', [file], { maxBuffer: 1e9 })
  return Buffer.from(stdout)
}

/** In decibels below full scale. */
function level({ sound }: Film, from: number, to: number): number {
  const piece = sound.subarray(Math.round(from * rate), Math.round(to * rate))
  return 10 * Math.log10(piece.reduce((sum, value) => sum + (value / 32_768) ** 2, 0) / piece.length)
}

/** The stretches in which it is loud, in seconds. */
function loudStretches(film: Film): readonly (readonly [number, number])[] {
  const step = 0.02
  const found: [number, number][] = []
  for (let at = 0; (at + step) * rate <= film.sound.length; at += step) {
    if (level(film, at, at + step) < -35) continue
    const last = found.at(-1)
    if (last && at - last[1] < 0.15) last[1] = at + step
    else found.push([at, at + step])
  }
  return found
}

const seconds = ({ colours }: Film) => colours.length / fps

async function joined(clips: readonly string[]): Promise<string> {
  const scratch = await mkdtemp(join(directory, 'scratch-'))
  const { signal } = new AbortController()
  const told: number[] = []
  const onProgress = ({ fraction }: { readonly fraction: number }) => told.push(fraction)
  const { video } = await createJoinClips(ffmpeg)(clips, { scratch, signal, onProgress })
  expect(told).toEqual([...told].sort((one, other) => one - other))
  expect(told.at(-1)).toBeLessThan(1)
  return video
}

/** Without any care. */
function pasted(clips: readonly string[]): Film {
  const film = join(directory, 'pasted.mp4')
  const inputs = clips.flatMap((clip) => ['-i', clip])
  run([...inputs, '-filter_complex', `concat=n=${clips.length}:v=1:a=1`, '-preset', 'ultrafast', film])
  return read(film)
}

beforeAll(async () => {
  ffmpeg = await currentFfmpeg()
  directory = await mkdtemp(join(tmpdir(), 'join-clips-'))
}, 300_000)
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('clips that are joined', () => {
  it('follow each other without a gap, a jump of loudness or one of colour, and nothing is black', async () => {
    const clips = [
      make({ seconds: 4, speech: [0.3, 2.2], volume: 0.3 }),
      make({ seconds: 4, speech: [0.3, 1.8], volume: 0.08, look: 'lutyuv=y=val*0.93:u=val+5:v=val-4' }),
      make({ seconds: 4, speech: [0.3, 2.6], volume: 0.5, look: 'lutyuv=y=val*1.05:u=val-3:v=val+4' }),
    ]
    const [file, plain] = [await joined(clips), pasted(clips)]
    const film = read(file)

    // 2.2 + 0.25, 1.8 + 0.25, 2.6 + 0.5, each in whole pictures.
    const seams = [59 / fps, 109 / fps]
    expect(Math.abs(seconds(film) - (2.45 + 2.05 + 3.1))).toBeLessThanOrEqual(3 / fps)
    expect(Math.abs(film.sound.length / rate - seconds(film))).toBeLessThan(1 / fps)

    const gaps = (of: Film) => {
      const loud = loudStretches(of)
      expect(loud).toHaveLength(3)
      return loud.slice(1).map(([from], at) => from - loud[at]![1])
    }
    expect(Math.max(...gaps(film))).toBeLessThan(0.7)
    expect(Math.max(...gaps(plain))).toBeGreaterThan(1.9)

    const levels = (of: Film) => loudStretches(of).map(([from, to]) => level(of, from, to))
    const spread = (of: Film) => Math.max(...levels(of)) - Math.min(...levels(of))
    expect(spread(film)).toBeLessThan(1)
    expect(spread(plain)).toBeGreaterThan(10)

    const jump = (of: Film, at: number) =>
      Math.max(...[0, 1, 2].map((part) => Math.abs(of.colours[at]![part]! - of.colours[at - 1]![part]!)))
    const jumps = (of: Film) => of.colours.slice(1).map((_, at) => jump(of, at + 1))
    expect(Math.max(...jumps(film))).toBeLessThan(1)
    expect(Math.max(...jumps(plain))).toBeGreaterThan(5)
    expect(Math.min(...film.colours.map(([y]) => y))).toBeGreaterThan(40)

    // A click is a step between two samples that speech does not make.
    for (const seam of seams) {
      const near = film.sound.subarray(Math.round((seam - 0.05) * rate), Math.round((seam + 0.05) * rate))
      expect(Math.max(...near.subarray(1).map((value, at) => Math.abs(value - near[at]!)))).toBeLessThan(300)
    }
    const head = await readFile(file)
    expect(head.indexOf('moov')).toBeLessThan(head.indexOf('mdat'))
  }, 60_000)

  it('have the size and the rate of the first, every picture its time, and begin with the first word', async () => {
    const clips = [
      make({ seconds: 2, speech: [0.2, 1.9] }),
      make({ seconds: 3, speech: [1.6, 2.9], size: '256x240', fps: 30 }),
    ]
    const file = await joined(clips)
    const { stderr, stdout } = spawnSync(ffmpeg, ['-i', file, '-map', '0:v', '-f', 'framecrc', '-'])
    expect(String(stderr)).toMatch(/Video: h264.* 320x180.* 24 fps/)
    const times = [...String(stdout).matchAll(/^0,\s*-?\d+,\s*(\d+),/gm)].map(([, time]) => Number(time))
    expect(times).toEqual(times.map((_, at) => at))
    const [first, second] = loudStretches(read(file))
    expect(second![0] - first![1]).toBeLessThan(0.6)
  }, 60_000)

  it('keep all that was sent where no words stand out, and the look of another picture', async () => {
    const look = 'lutyuv=y=val*0.5'
    const film = read(
      await joined([make({ seconds: 1.5, speech: [0, 1.5] }), make({ seconds: 1.5, speech: [9, 9], look })]),
    )
    expect(seconds(film)).toBe(3)
    const darker = film.colours.at(-5)![0] / film.colours[10]![0]
    expect([darker < 0.75, darker > 0.55]).toEqual([true, true])
  }, 60_000)

  it('are taken up where they are cut: the picture that is handed on is the last one before the seam', async () => {
    const clips = [make({ seconds: 4, speech: [0.3, 2.2], look: movingBox }), make({ seconds: 2, speech: [0.2, 1] })]
    const picture = join(directory, 'last.jpg')
    await createLastFrame(ffmpeg)(clips[0]!, picture, new AbortController().signal)
    expect((await stat(picture)).size).toBeGreaterThan(0)
    const film = await joined(clips)
    const differences = [56, 57, 58, 59, 60].map((at) => differenceTo(film, at, picture))
    expect(differences.indexOf(Math.min(...differences))).toBe(2)
    expect(differences[2]).toBeLessThan(2)
    expect(differences[1]).toBeGreaterThan(2 * differences[2]!)
  }, 60_000)

  it('fade into each other where they are loud to the end, and lose no length', () => {
    const level = (value: number) => {
      const channel = new Float32Array(rate).fill(value)
      return { clip: { sound: [channel, channel] as const, speech: null }, from: 0, to: rate / 2 }
    }
    const wav = mixSound([level(0.5), level(-0.5)])
    const left = Array.from({ length: rate }, (_, at) => wav.readInt16LE(44 + at * 4) / 32_767)
    expect(wav.length).toBe(44 + rate * 4)
    expect([left[100], left.at(-100)].map((value) => value?.toFixed(2))).toEqual(['0.50', '-0.50'])
    // Without a fade it is 1.
    expect(Math.max(...left.slice(1).map((value, at) => Math.abs(value - left[at]!)))).toBeLessThan(0.01)
  })

  it('are not joined where one cannot be read', async () => {
    const clips = [make({ seconds: 1, speech: [0.2, 0.8] }), join(directory, 'nowhere.mp4')]
    await expect(joined(clips)).rejects.toMatchObject({ reason: 'output-unusable' })
  }, 60_000)
})

/** Something that is elsewhere in each picture. */
const movingBox =
  "split[a][b];[b]crop=30:100:0:0,lutyuv=y=235:u=128:v=128[box];[a][box]overlay=x='t*70':y=40:format=yuv420"

/** Mean difference of a film's picture to a still, 0..255. */
function differenceTo(film: string, picture: number, still: string): number {
  const [one, other] = [join(directory, 'one.gray'), join(directory, 'other.gray')]
  const shape = 'scale=320:180:flags=area,format=gray'
  run([
    '-i',
    film,
    '-vf',
    `trim=start_frame=${picture}:end_frame=${picture + 1},setpts=PTS-STARTPTS,${shape}`,
    '-f',
    'rawvideo',
    one,
  ])
  run(['-i', still, '-vf', shape, '-f', 'rawvideo', other])
  const [seen, told] = [readRaw(one), readRaw(other)]
  return seen.reduce((sum, value, at) => sum + Math.abs(value - told[at]!), 0) / seen.length
}
