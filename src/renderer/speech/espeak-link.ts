import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../errors.ts'
import type { EspeakOrder, EspeakReply, EspeakSpeech } from './espeak-messages.ts'

/** The espeak process, started at the first order and ended when nothing was ordered for a while. */
export interface EspeakLink {
  /**
   * An abort ends the process, unless somebody else waits for it.
   * @throws Failure UNKNOWN_ERROR 'speech-engine-failed'; the signal's reason when aborted
   */
  speak(order: Omit<EspeakOrder, 'id'>, signal?: AbortSignal): Promise<EspeakSpeech>
}

/** Idle it holds 100 MB; a fresh start takes 0.4 s. */
const idleMs = 30_000
const rememberedLength = 1000

const isSource = import.meta.url.endsWith('.ts')
const entry = new URL(isSource ? './espeak-child.ts' : './espeak-child.js', import.meta.url)

/** Whether the optional package is there. It is not loaded for this. */
export function espeakIsInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten')
    return true
  } catch {
    return false
  }
}

interface Waiting {
  readonly resolve: (speech: EspeakSpeech) => void
  readonly reject: (error: unknown) => void
}

export function createEspeakLink(): EspeakLink {
  const waiting = new Map<number, Waiting>()
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0

  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0 && child) rest(child)
    return found
  }
  const rest = (resting: ChildProcess): void => {
    hold(resting, false)
    clearTimeout(idle)
    idle = setTimeout(() => end(resting), idleMs).unref()
  }
  const end = (ending: ChildProcess): void => {
    if (child === ending) child = undefined
    ending.kill('SIGKILL')
  }
  const start = (): ChildProcess => {
    const started = fork(fileURLToPath(entry), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Samples cross as they are.
      serialization: 'advanced',
      // It reads what strangers wrote: whatever secrets the environment holds are not its to know.
      env: {},
      execArgv: isSource ? ['--import', 'tsx'] : [],
    })
    let words = ''
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-rememberedLength)
    })
    const gone = (how: unknown): void => {
      if (child !== started) return
      child = undefined
      for (const { reject } of waiting.values()) reject(engineFailed(`${how}; ${words}`))
      waiting.clear()
    }
    started.once('error', gone)
    started.once('exit', (code, signal) => gone(signal ?? `exit status ${code}`))
    started.on('message', (reply: EspeakReply) => {
      const order = settle(reply.id)
      if (reply.kind === 'spoken') order?.resolve(reply.speech)
      else order?.reject(engineFailed(reply.why))
    })
    return started
  }

  return {
    speak(order, signal) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        clearTimeout(idle)
        child ??= start()
        hold(child, true)
        const id = ++lastId
        const stop = (): void => {
          if (!settle(id)) return
          if (waiting.size === 0 && child) end(child)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
        const done = () => signal?.removeEventListener('abort', stop)
        waiting.set(id, {
          resolve: (speech) => {
            done()
            resolve(speech)
          },
          reject: (error) => {
            done()
            reject(error)
          },
        })
        // A failed send means that it is ending; its end tells.
        child.send({ id, ...order } satisfies EspeakOrder, () => {})
      })
    },
  }
}

/** Waiting for an answer keeps this process up, an idle engine does not. */
function hold(child: ChildProcess, wanted: boolean): void {
  const handles = [child, child.channel, child.stderr as Socket | null]
  for (const handle of handles) {
    if (wanted) handle?.ref()
    else handle?.unref()
  }
}

function engineFailed(cause: string): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'speech-engine-failed',
    message: 'The speech engine stopped in the middle.',
    hint: 'Try again; if it happens again with the same script, shorten or rephrase it.',
    cause,
  })
}
