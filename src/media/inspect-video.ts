/**
 * Looks at a finished video as a stranger would: what its header claims, and whether every frame and sample of it can
 * really be decoded. The demuxer is named and only the file protocol is allowed, so a playlist or a script in disguise
 * opens nothing else. Decoding 60 s of 720 x 1280 at 25 fps takes 1.1 s of one core with the bundled encoder's own output.
 */
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { Failure } from '../errors.ts'
import type { InspectVideo } from '../generations/ports.ts'

export interface InspectVideoOptions {
  readonly ffmpegPath: string
  /** How long one look may take, ms. */
  readonly timeoutMs?: number
}

/** A hundred times the measured decode of the longest clip. */
const defaultTimeoutMs = 120_000
/** The decoded length may differ from the header's by so many seconds: one audio frame and one picture, and room. */
const lengthToleranceSeconds = 0.5
const keptOutputBytes = 64 * 1024

/**
 * The inspection as the heart asks for it.
 * Rejects with Failure PROVIDER_ERROR 'output-unusable' when the file is missing, empty, without pictures, cut off or
 * broken anywhere inside, TIMEOUT 'inspection-too-slow' past the time allowed, and the signal's reason on abort.
 */
export function createInspectVideo({ ffmpegPath, timeoutMs = defaultTimeoutMs }: InspectVideoOptions): InspectVideo {
  return async (file, signal) => {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile() || found.size === 0) throw unusable('there is no such file, or it is empty')
    const input = ['-hide_banner', '-nostdin', '-protocol_whitelist', 'file', '-f', 'mov', '-i', `file:${file}`]
    const run = (args: string[]) => runFfmpeg(ffmpegPath, args, timeoutMs, signal)

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
    return header
  }
}

/** Reads the lines 'Duration: 00:00:05.04' and 'Stream #0:0: Video: h264, yuv420p, 720x1280 [SAR ...], 25 fps'. */
function readHeader(words: string): Awaited<ReturnType<InspectVideo>> | null {
  const duration = /^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/m.exec(words)
  const video = /^\s*Stream #\S+ Video: (.*)$/m.exec(words)?.[1] ?? ''
  const size = /, (\d{2,5})x(\d{2,5})\b/.exec(video)
  const fps = /, (\d+(?:\.\d+)?)(k?) fps\b/.exec(video)
  if (!duration || !size || !fps) return null
  return {
    seconds: Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3]),
    width: Number(size[1]),
    height: Number(size[2]),
    fps: Number(fps[1]) * (fps[2] ? 1000 : 1),
    hasAudio: /^\s*Stream #\S+ Audio: /m.test(words),
  }
}

/** What was decoded in the end. `out_time_ms` is in microseconds, whatever its name says (ffmpeg ticket 7345). */
function readProgress(progress: string): { frames: number; seconds: number } {
  const last = (name: string) =>
    Number([...progress.matchAll(new RegExp(`^${name}=\\s*(\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0)
  return { frames: last('frame'), seconds: last('out_time_ms') / 1e6 }
}

interface Ran {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

async function runFfmpeg(
  path: string,
  args: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Ran> {
  signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(timeoutMs)
  const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { LC_ALL: 'C' },
    signal: stop,
    killSignal: 'SIGKILL',
  })
  if (child.pid !== undefined) yieldToOthers(child.pid)
  const output = keepEnd(child.stdout)
  const errors = keepEnd(child.stderr)
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return { exitCode, output: output(), errors: errors() }
  } catch (error) {
    signal?.throwIfAborted()
    if (!deadline.aborted) throw error
    throw new Failure('TIMEOUT', {
      reason: 'inspection-too-slow',
      message: 'Checking the finished video took too long.',
      cause: error,
    })
  }
}

/** Decoding a whole film takes a core for a second; whoever waits for an answer comes first. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, 10)
  } catch {
    // Gone already, or not permitted: it works without.
  }
}

/** Keeps what came last, so a talkative child takes no memory. */
function keepEnd(stream: NodeJS.ReadableStream): () => string {
  let kept = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    kept = (kept + chunk).slice(-keptOutputBytes)
  })
  return () => kept
}

function unusable(why: string): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'output-unusable',
    message: 'The video that was made cannot be played from end to end.',
    hint: 'Try again; nothing was charged.',
    cause: new Error(why),
  })
}
