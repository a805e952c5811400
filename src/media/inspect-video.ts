/**
 * Looks at a finished video as a stranger would: what its header claims, and whether every frame and sample of it can
 * really be decoded. The demuxer is named and only the file protocol is allowed, so a playlist or a script in disguise
 * opens nothing else. Decoding 60 s of 720 x 1280 at 25 fps takes 1.1 s of one core with the bundled encoder's own output.
 */
import { stat } from 'node:fs/promises'
import { Failure } from '../errors.ts'
import type { InspectVideo } from '../generations/ports.ts'
import { readHeader } from './read-header.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

export interface InspectVideoOptions {
  readonly ffmpegPath: string
  /** A current one, for files that came from outside; absent: none will be looked at. */
  readonly foreignFfmpegPath?: string | undefined
  /** How long one look may take, ms. */
  readonly timeoutMs?: number
}

/** A hundred times the measured decode of the longest clip. */
const defaultTimeoutMs = 120_000
/** The decoded length may differ from the header's by so many seconds: one audio frame and one picture, and room. */
const lengthToleranceSeconds = 0.5
/** A picture or a sound that is never above these cannot be seen or heard. */
const blackPixel = 0.1
const silentDecibels = -60
/** A fade at either end may stay black. */
const blackShare = 0.9

/**
 * The inspection as the heart asks for it.
 * Rejects with Failure PROVIDER_ERROR 'output-unusable' when the file is missing, empty, without pictures, cut off or
 * broken anywhere inside, TIMEOUT 'inspection-too-slow' past the time allowed, and the signal's reason on abort.
 */
export function createInspectVideo({
  ffmpegPath,
  foreignFfmpegPath,
  timeoutMs = defaultTimeoutMs,
}: InspectVideoOptions): InspectVideo {
  return async (file, signal, from) => {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile() || found.size === 0) throw unusable('there is no such file, or it is empty')
    const input = ['-hide_banner', '-nostdin', '-protocol_whitelist', 'file', '-f', 'mov', '-i', `file:${file}`]
    const path = from === 'foreign' ? foreignFfmpegPath : ffmpegPath
    if (path === undefined) throw new Error('there is no ffmpeg that may look at a foreign file')
    const run = (args: string[]) => runFfmpeg({ path, args, timeoutMs, signal, limited: from === 'foreign' })

    // Without an output ffmpeg prints what it found and exits with 1: only its words count here.
    const header = readHeader((await run(input)).errors)
    if (!header) throw unusable('no video stream with a length and a size was found')
    const decode = await run([
      '-v', 'error', '-xerror', ...input.slice(1), '-map', '0', '-f', 'null', '-progress', 'pipe:1', '-',
    ]) // biome-ignore format: one line reads as the command it is
    const complaint = decode.errors.trim().split('\n').at(-1)
    if (decode.exitCode !== 0 || complaint)
      throw unusable(`decoding it failed: ${complaint || `exit code ${decode.exitCode}`}`)
    const decoded = readProgress(decode.output)
    const pictureSeconds = decoded.frames / header.fps
    for (const seconds of [decoded.seconds, pictureSeconds]) {
      if (Math.abs(seconds - header.seconds) > lengthToleranceSeconds) {
        throw unusable(
          `it claims ${header.seconds} s, but has ${decoded.seconds} s with ${pictureSeconds} s of pictures`,
        )
      }
    }
    if (from !== 'foreign' || !header.hasAudio) return header
    const seen = await run([...input, '-vf', `scale=160:-2,blackdetect=d=0.1:pix_th=${blackPixel}`, '-af', 'volumedetect', '-f', 'null', '-']) // biome-ignore format: one line reads as the command it is
    return { ...header, ...readSeen(seen.errors, header.seconds) }
  }
}

/** Reads 'black_duration:2.04' and 'max_volume: -5.0 dB'. */
function readSeen(words: string, seconds: number): { readonly isBlack: boolean; readonly isSilent: boolean } {
  const black = [...words.matchAll(/black_duration:\s*([\d.]+)/g)].reduce((sum, [, part]) => sum + Number(part), 0)
  const loudest = /max_volume:\s*(-?[\d.]+|-inf) dB/.exec(words)?.[1]
  const decibels = loudest === undefined || loudest === '-inf' ? Number.NEGATIVE_INFINITY : Number(loudest)
  return { isBlack: black >= blackShare * seconds, isSilent: decibels < silentDecibels }
}

/** What was decoded in the end. `out_time_ms` is in microseconds, whatever its name says (ffmpeg ticket 7345). */
function readProgress(progress: string): { frames: number; seconds: number } {
  const last = (name: string) =>
    Number([...progress.matchAll(new RegExp(`^${name}=\\s*(\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0)
  return { frames: last('frame'), seconds: last('out_time_ms') / 1e6 }
}

function unusable(why: string): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'output-unusable',
    message: 'The video that was made cannot be played from end to end.',
    hint: 'Try again; nothing was charged.',
    cause: new Error(why),
  })
}
