/** One run of ffmpeg, bounded in time and, for foreign files, in memory and processor time. */
import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { Failure } from '../errors.ts'

export interface FfmpegRun {
  readonly path: string
  readonly args: readonly string[]
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** Foreign: a file that may have been made to break what reads it. */
  readonly limited?: boolean
}

export interface Ran {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

const keptOutputBytes = 64 * 1024
/** Ten times what decoding 60 s of 1080p takes. */
const limits = 'ulimit -t 120; ulimit -v 4194304; exec "$0" "$@"'

/** @throws Failure TIMEOUT 'inspection-too-slow'; the signal's reason */
export async function runFfmpeg({ path, args, timeoutMs, signal, limited = false }: FfmpegRun): Promise<Ran> {
  signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(timeoutMs)
  const stop = signal ? AbortSignal.any([signal, deadline]) : deadline
  const [command, all] = limited ? ['/bin/sh', ['-c', limits, path, ...args]] : [path, args]
  const child = spawn(command, all, {
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
