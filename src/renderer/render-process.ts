import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Failure } from '../errors.ts'
import type { RenderJob, RenderProgress, RenderResult } from './ports.ts'
import { type RenderNews, type RenderOrder, unpackFailure } from './render-messages.ts'

export interface RenderProcessOptions {
  /** URL of render-child: './render-child.js' beside the compiled file. */
  readonly entry: URL
  readonly modelDir: string
  readonly ffmpegPath: string
  /** Scheduling priority of the child and its ffmpeg, -20..19. 10 kept a web server's p95 at 2.6 ms beside a render, for 6 % longer renders. */
  readonly niceness: number
  readonly execArgv?: readonly string[]
}

export interface RenderOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RenderProgress) => void
}

export interface RenderProcess {
  /**
   * Renders in a process of its own and settles only once that process and its ffmpeg are gone, so the caller may remove the
   * job's `tempDir` at once.
   * @throws Failure from the render; `PROVIDER_ERROR` reason `renderer-crashed` when the process died; the signal's reason when aborted.
   */
  render(job: RenderJob, options?: RenderOptions): Promise<RenderResult>
}

/**
 * At 1080p the child and its ffmpeg together peaked at 435 MB; with two malloc arenas instead of eight a core and a small young
 * generation (a render makes next to no garbage) at 390. Nothing else of the environment is handed on: a renderer needs no secrets.
 */
const thriftyEnvironment = { MALLOC_ARENA_MAX: '2' }
const thriftyHeap = ['--max-semi-space-size=4']

/** Its last words are kept for the log when it crashes. */
const rememberedBytes = 2000

export function createRenderProcess(options: RenderProcessOptions): RenderProcess {
  return { render: (job, renderOptions = {}) => renderOnce(options, job, renderOptions) }
}

async function renderOnce(
  options: RenderProcessOptions,
  job: RenderJob,
  { signal, onProgress }: RenderOptions,
): Promise<RenderResult> {
  signal?.throwIfAborted()
  const child = fork(fileURLToPath(options.entry), [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [...(options.execArgv ?? []), ...thriftyHeap],
    env: thriftyEnvironment,
  })
  const abort = (): void => killGroup(child)
  signal?.addEventListener('abort', abort, { once: true })
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-rememberedBytes)
  })
  let news: RenderNews | undefined
  child.on('message', (message: RenderNews) => {
    if (message.kind === 'progress') onProgress?.(message.progress)
    else news = message
  })
  try {
    const order: RenderOrder = { job, modelDir: options.modelDir, ffmpegPath: options.ffmpegPath }
    const end = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, exitSignal) => resolve(exitSignal ?? `exit status ${code}`))
    })
    if (child.pid !== undefined) lowerPriority(child.pid, options.niceness)
    // A failed send means that the child is already dying; its exit tells.
    child.send(order, () => {})
    const ending = await end
    killGroup(child)
    await groupGone(child)
    signal?.throwIfAborted()
    if (news?.kind === 'result') return news.result
    if (news?.kind === 'failure') throw unpackFailure(news.failure)
    throw new Failure('PROVIDER_ERROR', {
      reason: 'renderer-crashed',
      message: 'The renderer stopped unexpectedly.',
      hint: 'Try again; if it happens again, the machine may be short of memory.',
      cause: `${ending}; ${words}`,
    })
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function lowerPriority(pid: number, niceness: number): void {
  try {
    // Before the child starts any thread or ffmpeg of its own: they inherit it.
    setPriority(pid, niceness)
  } catch {
    // Gone already, or not permitted: the render works without.
  }
}

/** The child leads its own group: a negative id reaches it and its ffmpeg. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody left in the group.
  }
}

/** A killed process is gone at once but for its entry in the table, which somebody must clear. */
const reapedWithinMs = 2_000

/**
 * Waits until no process of the group is left. A killed ffmpeg needs a moment to be reaped by init; where nobody does that (this
 * program as process 1 of a container), its dead entry stays, holds nothing, and is not waited for longer than so.
 */
async function groupGone(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  for (let waitMs = 1, waitedMs = 0; waitedMs < reapedWithinMs; waitMs = Math.min(50, waitMs * 2)) {
    try {
      process.kill(-child.pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitedMs += waitMs
  }
}
