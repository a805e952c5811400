import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from '../errors.ts'
import type { RenderJob, RenderProgress, RenderResult, SpeakJob, SpeakResult } from './ports.ts'
import { ChildGone, openRenderLink, type RenderEnd, type RenderLink, type RenderLinkOptions } from './render-link.ts'
import { type RenderOrder, unpackFailure } from './render-messages.ts'

/**
 * Renders in processes of their own. One that did its job stays for the next: starting, loading and compiling cost it a third of a
 * short clip's processor time. One whose job failed, was aborted or crashed is killed with its ffmpeg and another started in its place.
 */
export interface RenderProcessOptions extends RenderLinkOptions {
  readonly modelDir: string
  readonly ffmpegPath: string
  /** Idle processes that are kept, about 140 MB each; 0 (the default) starts and ends one with each render. */
  readonly spares?: number
  /** A process that is larger than this after a render is not kept, bytes. */
  readonly maxResidentBytes?: number
}

export interface RenderOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: RenderProgress) => void
}

export interface RenderProcess {
  /**
   * Renders in a process of its own and settles only once nobody writes for this job any more, so the caller may remove the
   * job's `tempDir` at once.
   * @throws Failure from the render; `PROVIDER_ERROR` reason `renderer-crashed` when the process died; the signal's reason when aborted.
   */
  render(job: RenderJob, options?: RenderOptions): Promise<RenderResult>
  /**
   * Speaks without a picture, or times a recording: leaves the sound and the words' times that a render of the same job would have.
   * Settles and throws as `render` does.
   */
  speak(job: SpeakJob, options?: RenderOptions): Promise<SpeakResult>
  /** Starts one process ahead of the first job. Never rejects: what fails here fails again, and is told, with the job. */
  warm(): Promise<void>
  /**
   * Whether it could render: ffmpeg runs, and a process starts where none waits or works already.
   * @throws Failure PROVIDER_ERROR 'renderer-crashed' | 'encoder-missing'; the signal's reason when aborted
   */
  check(signal: AbortSignal): Promise<void>
  /** Ends the idle processes, and those at work once their job is aborted or done. */
  close(): Promise<void>
}

const defaultMaxResidentBytes = 320 * 1024 * 1024

export function createRenderProcess(options: RenderProcessOptions): RenderProcess {
  const { modelDir, fontDir, ffmpegPath, spares = 0, maxResidentBytes = defaultMaxResidentBytes } = options
  const idle: RenderLink[] = []
  let closed = false
  let working = 0

  const takeIdle = (): RenderLink | undefined => {
    for (let link = idle.pop(); link !== undefined; link = idle.pop()) if (link.isAlive()) return link
    return undefined
  }
  /** True when the process is kept. */
  const keep = (link: RenderLink): boolean => {
    if (closed || !link.isAlive() || idle.length >= spares) return false
    idle.push(link)
    return true
  }
  const warm = async (): Promise<void> => {
    if (closed || idle.length >= spares) return
    const link = openRenderLink(options)
    // Idle from the start: a job that comes early is done after the loading, which it needs anyway.
    keep(link)
    await link.call({ kind: 'warm' }).catch(() => {})
  }

  /** @returns how the work that was ordered ended; never a failure */
  const workOnce = async (link: RenderLink, order: RenderOrder, { signal, onProgress }: RenderOptions) => {
    const abort = (): void => void link.kill()
    signal?.addEventListener('abort', abort, { once: true })
    let isReusable = false
    try {
      const end = await link.call(order, onProgress)
      signal?.throwIfAborted()
      if (end.kind === 'failure') throw unpackFailure(end.failure)
      if (end.kind !== 'warm') isReusable = end.residentBytes <= maxResidentBytes
      return end
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof ChildGone ? crashed(error) : error
    } finally {
      signal?.removeEventListener('abort', abort)
      if (!isReusable || !keep(link)) {
        await link.kill()
        void warm()
      }
    }
  }

  const work = async (order: RenderOrder, workOptions: RenderOptions) => {
    workOptions.signal?.throwIfAborted()
    working += 1
    try {
      return await workOnce(takeIdle() ?? openRenderLink(options), order, workOptions)
    } finally {
      working -= 1
    }
  }

  return {
    render: async (job, renderOptions = {}) => {
      const end = await work({ kind: 'render', job, modelDir, fontDir, ffmpegPath }, renderOptions)
      if (end.kind !== 'result') throw unexpected(end)
      return end.result
    },
    speak: async (job, speakOptions = {}) => {
      const end = await work({ kind: 'speak', job }, speakOptions)
      if (end.kind !== 'spoken') throw unexpected(end)
      return end.result
    },
    warm,
    async check(signal) {
      await runEncoder(ffmpegPath, signal)
      if (working > 0 || idle.some((link) => link.isAlive())) return
      const link = openRenderLink(options)
      const abort = (): void => void link.kill()
      signal.addEventListener('abort', abort, { once: true })
      try {
        await link.call({ kind: 'warm' })
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof ChildGone ? crashed(error) : error
      } finally {
        signal.removeEventListener('abort', abort)
        if (!keep(link)) await link.kill()
      }
    },
    close: async () => {
      closed = true
      await Promise.all(idle.splice(0).map((link) => link.kill()))
    },
  }
}

async function runEncoder(ffmpegPath: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(ffmpegPath, ['-hide_banner', '-version'], { signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Failure('PROVIDER_ERROR', {
      reason: 'encoder-missing',
      message: 'The encoder does not run on this machine.',
      hint: 'Check FFMPEG_PATH, or install the packages again.',
      cause,
    })
  }
}

function unexpected({ kind }: RenderEnd): Error {
  return new Error(`unexpected answer '${kind}'`)
}

function crashed(cause: ChildGone): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'renderer-crashed',
    message: 'The renderer stopped unexpectedly.',
    hint: 'Try again; if it happens again, the machine may be short of memory.',
    cause: cause.message,
  })
}
