import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AnalysisOrder, AnalysisReply, AnalysisWork } from './analysis-messages.ts'
import { lowerPriority } from './lower-priority.ts'

export interface AnalysisLinkOptions {
  /** URL of analysis-child: './analysis-child.js' beside the compiled file. */
  readonly entry: URL
  readonly modelDir: string
  /** Node options of the child; the parent's own when absent, so that a loader for .ts reaches the child too. */
  readonly execArgv?: readonly string[] | undefined
}

/** One analysis process and the work it does, one piece at a time. */
export interface AnalysisLink {
  /** False once the process is known to have ended. */
  isAlive(): boolean
  /** Resolves, never rejects, with the way the process ended and its last words. */
  readonly ended: Promise<string>
  /** @throws ChildGone when the process ends before it answers. */
  call(work: AnalysisWork): { readonly reply: Promise<AnalysisReply>; abort(): void }
  /** Ends the process at once and resolves when it is gone. */
  kill(): Promise<void>
}

/** The process ended under the work. `message` says how, with its last words. */
export class ChildGone extends Error {}

/** Its last words are kept for the log when it crashes, characters. */
const rememberedLength = 2000
/** Half a second of one core for a photo: answers that take milliseconds go first, renders (10) go after. */
const niceness = 5

export function openAnalysisLink({ entry, modelDir, execArgv }: AnalysisLinkOptions): AnalysisLink {
  const child = fork(fileURLToPath(entry), [modelDir], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // It decodes strangers' photos: whatever secrets the environment holds are not its to know.
    env: {},
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  })
  lowerPriority(child.pid, niceness)
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-rememberedLength)
  })
  let alive = true
  const ended = ending(child).then((how) => {
    alive = false
    return words === '' ? how : `${how}; ${words}`
  })
  let lastId = 0
  return {
    isAlive: () => alive,
    ended,
    call: (work) => {
      const id = ++lastId
      const send = (order: AnalysisOrder): void => {
        // A failed send means that the child is ending; its end tells.
        child.send(order, () => {})
      }
      const reply = new Promise<AnalysisReply>((resolve, reject) => {
        const listen = (message: AnalysisReply): void => {
          if (message.id !== id) return
          child.off('message', listen)
          resolve(message)
        }
        child.on('message', listen)
        void ended.then((how) => reject(new ChildGone(how)))
      })
      send({ id, work })
      return { reply, abort: () => send({ abort: id }) }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Resolves, never rejects, with the way the process ended: also when it could not be started. */
function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit status ${code}`))
  })
}
