import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lowerPriority } from './lower-priority.ts'
import type { RenderProgress } from './ports.ts'
import type { RenderNews, RenderOrder } from './render-messages.ts'

export interface RenderLinkOptions {
  /** URL of render-child: './render-child.js' beside the compiled file. */
  readonly entry: URL
  /** assets/fonts. */
  readonly fontDir: string
  /** Scheduling priority of the child and its ffmpeg, -20..19. 10 kept a web server's p95 at 2.6 ms beside a render, for 6 % longer renders. */
  readonly niceness: number
  readonly execArgv?: readonly string[]
}

/** One render process, which leads its own group: it and its ffmpeg are reached together. It keeps its parent alive only while it works. */
export interface RenderLink {
  readonly pid: number | undefined
  /** False once the process is known to have ended. */
  isAlive(): boolean
  /** Gives an order and resolves with the last news of it. @throws ChildGone when the process ends before. */
  call(order: RenderOrder, onProgress?: (progress: RenderProgress) => void): Promise<RenderEnd>
  /** Kills the whole group at once and resolves when nobody of it is left. */
  kill(): Promise<void>
}

export type RenderEnd = Exclude<RenderNews, { readonly kind: 'progress' }>

/** The process ended under the work. `message` says how, with its last words. */
export class ChildGone extends Error {}

/**
 * At 1080p the child and its ffmpeg together peaked at 435 MB; with two malloc arenas instead of eight a core and a small young
 * generation (a render makes next to no garbage) at 390. Nothing else of the environment is handed on: a renderer needs no secrets.
 */
const thriftyEnvironment = { MALLOC_ARENA_MAX: '2' }
/** The collector is called by hand after each render: the planes of the last one (60 MB) would otherwise lie there until the next. */
const thriftyHeap = ['--max-semi-space-size=4', '--expose-gc']

/** Its last words are kept for the log when it crashes. */
const rememberedLength = 2000

export function openRenderLink({ entry, fontDir, niceness, execArgv = [] }: RenderLinkOptions): RenderLink {
  const child = fork(fileURLToPath(entry), [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [...execArgv, ...thriftyHeap],
    env: { ...thriftyEnvironment, FONTCONFIG_FILE: join(fontDir, 'fonts.conf') },
  })
  lowerPriority(child.pid, niceness)
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-rememberedLength)
  })
  if (child.stderr instanceof Socket) child.stderr.unref()
  let alive = true
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit status ${code}`))
  }).then((how) => {
    alive = false
    return words === '' ? how : `${how}; ${words}`
  })
  rest(child)
  return {
    pid: child.pid,
    isAlive: () => alive,
    call: async (order, onProgress) => {
      child.ref()
      child.channel?.ref()
      let listen: ((news: RenderNews) => void) | undefined
      try {
        return await new Promise<RenderEnd>((resolve, reject) => {
          listen = (news) => {
            if (news.kind === 'progress') onProgress?.(news.progress)
            // A job may be given to a process that is still warming up; that it is warm is then no news of the job.
            else if ((news.kind === 'warm') === (order.kind === 'warm')) resolve(news)
          }
          child.on('message', listen)
          void ended.then((how) => reject(new ChildGone(how)))
          // A failed send means that the child is already dying; its end tells.
          child.send(order, () => {})
        })
      } finally {
        if (listen) child.off('message', listen)
        rest(child)
      }
    },
    kill: async () => {
      killGroup(child)
      await groupGone(child)
    },
  }
}

/** An idle child is no reason for the parent to stay. */
function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

/** A negative id reaches the child and its ffmpeg. */
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
