/** What is heard and seen in a foreign clip, in one pass: its sound as samples, and the mean colour of each of its pictures. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../errors.ts'
import { readHeader, type VideoHeader } from './read-header.ts'
import { runFfmpeg } from './run-ffmpeg.ts'
import { findSpeech, type SpeechEdges } from './speech-edges.ts'

export const soundRate = 48_000

export interface Colour {
  readonly y: number
  readonly u: number
  readonly v: number
}

export interface MeasuredClip extends Omit<VideoHeader, 'hasAudio'> {
  readonly path: string
  /** Left and right, at `soundRate`; empty without sound. */
  readonly sound: readonly [Float32Array, Float32Array]
  readonly speech: SpeechEdges | null
  /** Of each picture, 0..255, at `atFps`. */
  readonly colours: readonly Colour[]
}

export interface MeasureRun {
  readonly path: string
  /** A private directory. */
  readonly scratch: string
  readonly signal: AbortSignal
  /** Pictures per second to look at; absent: the clip's own. */
  readonly atFps?: number
}

/** Longer than any clip that a model makes. */
const longestSeconds = 120
/** A clip of 10 s in 1080p is decoded in less than one. */
export const clipTimeoutMs = 120_000
/** Pictures are made so small that what is left is their colour. */
const [small, bytesPerPicture] = ['32:18', 32 * 18 * 3] as const

/** @throws Failure PROVIDER_ERROR 'output-unusable' */
export async function measureClip(clip: string, { path, scratch, signal, atFps }: MeasureRun): Promise<MeasuredClip> {
  const input = foreignInput(clip)
  const run = (args: readonly string[]) => runFfmpeg({ path, args, timeoutMs: clipTimeoutMs, signal, limited: true })
  const header = readHeader((await run(['-hide_banner', '-nostdin', ...input])).errors)
  if (!header) throw unusableClip('no video stream with a length and a size was found')
  const [pictures, sound] = [join(scratch, 'clip.yuv'), join(scratch, 'clip.pcm')]
  const { errors, exitCode } = await run([
    '-v', 'error', '-nostdin', '-y', ...input,
    '-map', '0:v:0', '-t', String(longestSeconds), '-vf', `fps=${frameRate(atFps ?? header.fps).words}:start_time=0,format=yuv420p,scale=${small}:flags=area,format=yuv444p`, '-f', 'rawvideo', `file:${pictures}`,
    ...(header.hasAudio ? ['-map', '0:a:0', '-t', String(longestSeconds), '-af', 'aresample=async=1:first_pts=0', '-ac', '2', '-ar', String(soundRate), '-f', 's16le', `file:${sound}`] : []),
  ]) // biome-ignore format: one line reads as the command it is
  if (exitCode !== 0) throw unusableClip(errors)
  const colours = coloursOf(await readFile(pictures))
  if (colours.length === 0) throw unusableClip('there is no picture in it')
  const both = header.hasAudio ? channelsOf(await readFile(sound)) : ([new Float32Array(), new Float32Array()] as const)
  const mono = both[0].map((left, at) => (left + both[1][at]!) / 2)
  return { ...header, path: clip, sound: both, speech: findSpeech(mono, soundRate), colours }
}

/** How a foreign clip is opened: no other demuxer, no other protocol. */
export function foreignInput(clip: string): readonly string[] {
  return ['-protocol_whitelist', 'file', '-f', 'mov', '-i', `file:${clip}`]
}

/** What a header rounds to '23.98', as it is, and as ffmpeg is told it. */
export function frameRate(fps: number): { readonly perSecond: number; readonly words: string } {
  const thousandths = Math.round(fps) * 1000
  const isFilm = Math.abs(fps - thousandths / 1001) < 0.006
  return isFilm
    ? { perSecond: thousandths / 1001, words: `${thousandths}/1001` }
    : { perSecond: fps, words: String(fps) }
}

export function unusableClip(why: string): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'output-unusable',
    message: 'The parts of the video that were made cannot be put together.',
    hint: 'Try again; nothing was charged.',
    cause: new Error(why),
  })
}

function coloursOf(pictures: Buffer): readonly Colour[] {
  const plane = bytesPerPicture / 3
  const mean = (from: number) => {
    let sum = 0
    for (let at = from; at < from + plane; at++) sum += pictures[at]!
    return sum / plane
  }
  return Array.from({ length: Math.floor(pictures.length / bytesPerPicture) }, (_, picture) => {
    const from = picture * bytesPerPicture
    return { y: mean(from), u: mean(from + plane), v: mean(from + 2 * plane) }
  })
}

function channelsOf(pcm: Buffer): readonly [Float32Array, Float32Array] {
  const frames = Math.floor(pcm.length / 4)
  const [left, right] = [new Float32Array(frames), new Float32Array(frames)]
  for (let frame = 0; frame < frames; frame++) {
    left[frame] = pcm.readInt16LE(frame * 4) / 32_768
    right[frame] = pcm.readInt16LE(frame * 4 + 2) / 32_768
  }
  return [left, right]
}
