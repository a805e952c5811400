/**
 * Media without a renderer: the photo drifts slowly while a voice-like tone sounds. Real H.264 and AAC of the exact length, so
 * that everything a client checks in a video can be checked; nobody speaks in it. 15 s of 1080p30 take 3.3 s of one core.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, rename, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MadeMedia, MakeMedia, MediaRequest } from './media-maker.ts'

export interface FfmpegMediaOptions {
  /** An ffmpeg with libx264 and aac. */
  readonly ffmpegPath: string
}

const audioRate = 48_000
/** The encoder puts a packet before the sound; without room for it the file is longer than its pictures. */
export const audioMarginSeconds = 2048 / audioRate

export function createFfmpegMedia({ ffmpegPath }: FfmpegMediaOptions): MakeMedia {
  return async (request) => {
    const { directory, signal } = request
    const photo = join(directory, 'photo')
    const video = join(directory, 'video.mp4')
    const thumbnail = join(directory, 'thumbnail.jpg')
    await writeFile(photo, request.photo)
    await runFfmpeg(ffmpegPath, await argumentsOf(request, photo, video), signal)
    await runFfmpeg(ffmpegPath, ['-i', video, '-frames:v', '1', '-vf', 'scale=360:-2', thumbnail], signal)
    return spoil({ request, ffmpegPath }, { video, thumbnail })
  }
}

/** Puts the defect that was asked for into a film that is all right but for its length (lengthOf). */
export async function spoil(
  { request: { defect, directory, signal }, ffmpegPath }: { request: MediaRequest; ffmpegPath: string },
  { video, thumbnail }: MadeMedia,
): Promise<MadeMedia> {
  const spoiling = spoilers[defect ?? 'none']
  if (spoiling) {
    const spoilt = join(directory, 'spoilt.mp4')
    await runFfmpeg(ffmpegPath, ['-i', video, ...spoiling, '-movflags', '+faststart', spoilt], signal)
    await rename(spoilt, video)
  }
  if (defect === 'truncated') await truncate(video, Math.floor((await stat(video)).size * 0.6))
  return { video, thumbnail }
}

const keepSound = ['-c:a', 'copy']
const keepPicture = ['-c:v', 'copy']
const spoilers: Readonly<Record<string, readonly string[]>> = {
  black: [...keepSound, '-vf', 'lutyuv=y=16:u=128:v=128', '-c:v', 'libx264', '-preset', 'ultrafast'],
  silent: [...keepPicture, '-af', 'volume=0', '-c:a', 'aac'],
  mute: [...keepPicture, '-an'],
}

/** How long the file is to be: what was asked for, unless its length is what shall be wrong. */
export function lengthOf({ seconds, defect }: Pick<MediaRequest, 'seconds' | 'defect'>): number {
  return defect === 'short' ? seconds / 2 : defect === 'long' ? seconds * 1.5 : seconds
}

async function argumentsOf(request: MediaRequest, photo: string, video: string): Promise<string[]> {
  const { performance, speech, directory } = request
  if (performance) {
    const driving = join(directory, 'performance.mp4')
    await writeFile(driving, performance)
    return followArguments(request, driving, video)
  }
  const heard = speech && join(directory, 'speech.wav')
  if (heard) await writeFile(heard, speech)
  return videoArguments(request, photo, { video, heard })
}

/** The driving film itself, in the size that was asked for, and silent. */
function followArguments(request: MediaRequest, driving: string, video: string): string[] {
  const { width, height, fps, maxKilobitsPerSecond } = request
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height},setsar=1`
  // biome-ignore format: lines read as the parts of the command
  return [
    '-i', driving, '-an', '-vf', fit, '-r', String(fps), '-t', String(lengthOf(request)),
    '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-preset', 'ultrafast', '-crf', '24', '-maxrate', `${maxKilobitsPerSecond}k`,
    '-bufsize', `${maxKilobitsPerSecond * 2}k`, '-movflags', '+faststart', video,
  ]
}

function videoArguments(
  request: MediaRequest,
  photo: string,
  { video, heard }: { readonly video: string; readonly heard: string | undefined },
): string[] {
  const { width, height, fps, maxKilobitsPerSecond } = request
  const seconds = lengthOf(request)
  const margin = 2 * Math.round(Math.min(width, height) * 0.04)
  const drift = (wave: string, speed: number) => `2*floor(${margin / 4}*(1+${wave}(n/${fps}*${speed})))`
  const picture = [
    `scale=${width + margin}:${height + margin}:force_original_aspect_ratio=increase`,
    `crop=${width + margin}:${height + margin}`,
    'setsar=1',
    'format=yuv420p',
    'loop=loop=-1:size=1:start=0',
    `setpts=N/${fps}/TB`,
    `crop=${width}:${height}:x='${drift('sin', 0.7)}':y='${drift('cos', 0.5)}'`,
  ].join(',')
  const tone = '0.25*(sin(2*PI*140*t)+0.5*sin(2*PI*280*t)+0.3*sin(2*PI*560*t))*(0.55+0.45*sin(2*PI*4*t))'
  const soundSeconds = String(seconds - audioMarginSeconds)
  const sound = heard
    ? ['-i', heard, '-af', `apad,atrim=0:${soundSeconds}`]
    : ['-f', 'lavfi', '-t', soundSeconds, '-i', `aevalsrc=${tone}:s=${audioRate}`]
  // biome-ignore format: lines read as the parts of the command
  return [
    '-i', photo, ...sound,
    '-filter_complex', `[0:v]${picture}[picture]`, '-map', '[picture]', '-map', '1:a',
    '-r', String(fps), '-t', String(seconds), '-c:a', 'aac', '-b:a', '96k',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '28',
    '-maxrate', `${maxKilobitsPerSecond}k`, '-bufsize', `${maxKilobitsPerSecond * 2}k`,
    '-metadata', 'comment=Synthetic media: a placeholder of the sandbox', '-movflags', '+faststart', video,
  ]
}

/** Rejects with the encoder's last words when it fails, and on abort. */
export async function runFfmpeg(ffmpegPath: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000)
  })
  const code = await new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done))
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${words.trim()}`)
}

/** Makes each different thing once and hands out copies: for tests, which ask for the same film many times. */
export function rememberMedia(makeMedia: MakeMedia, directory: string): MakeMedia {
  const made = new Map<string, Promise<MadeMedia>>()
  return async (request) => {
    const { directory: own, photo, speech, performance, signal: _, ...rest } = request
    const digest = createHash('sha256').update(JSON.stringify(rest))
    for (const bytes of [photo, speech, performance]) digest.update(`|${bytes?.length}|`).update(bytes ?? '')
    const key = digest.digest('hex')
    const known = made.get(key) ?? makeOnce(key, request)
    made.set(key, known)
    const { video, thumbnail } = await known
    const copies = { video: join(own, 'video.mp4'), thumbnail: join(own, 'thumbnail.jpg') }
    await Promise.all([copyFile(video, copies.video), copyFile(thumbnail, copies.thumbnail)])
    return copies
  }

  async function makeOnce(key: string, request: MediaRequest): Promise<MadeMedia> {
    // Others wait for it too: it is not given up with the first who asked.
    const { video, thumbnail } = await makeMedia({ ...request, signal: new AbortController().signal })
    const kept = { video: join(directory, `${key}.mp4`), thumbnail: join(directory, `${key}.jpg`) }
    await Promise.all([copyFile(video, kept.video), copyFile(thumbnail, kept.thumbnail)])
    return kept
  }
}
