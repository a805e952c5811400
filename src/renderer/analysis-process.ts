import { Failure } from '../errors.ts'
import { type AnalysisLink, type AnalysisLinkOptions, ChildGone, openAnalysisLink } from './analysis-link.ts'
import type { AnalysisOutcome, AnalysisWork, RecordingToCheck, SpeechToMeasure } from './analysis-messages.ts'
import type { PhotoVerdict } from './face/judge-photo.ts'
import { unpackFailure } from './render-messages.ts'

/**
 * Looks at photos and measures speech in one warm child process, one piece of work at a time, the rest in a bounded queue: a burst
 * of uploads costs waiting, not memory. A child that crashes, hangs or grows fat is replaced; the work under a crash is tried
 * once more in the fresh child, because the crash may have been another's leftover.
 */
export interface AnalysisProcessOptions extends AnalysisLinkOptions {
  /** Pieces of work that may wait beside the one that runs. */
  readonly maxQueue: number
  /** Bound of one piece of work, the child's start included. */
  readonly timeoutMs: number
  /** The child is replaced after work that leaves it larger than this, bytes. */
  readonly maxResidentBytes?: number
  readonly log?: AnalysisLog
}

export interface AnalysisLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

interface Waiting {
  readonly signal?: AbortSignal
}

export interface AnalysisProcess {
  /**
   * @throws Failure `INVALID_REQUEST` `photo-unreadable`; `PROVIDER_ERROR` `analysis-busy` (503), `analysis-crashed`; `TIMEOUT`
   * `analysis-timeout`; the signal's reason when aborted. A photo that cannot speak is a verdict, not an error.
   */
  checkPhoto(path: string, options?: Waiting & { readonly face?: number }): Promise<PhotoVerdict>
  /** Speaks the text and tells how long it takes. @throws as checkPhoto, and what the speaker says: `script-not-speakable`, `voice-unknown`. */
  measureSpeech(request: SpeechToMeasure & Waiting): Promise<{ readonly seconds: number }>
  /** How well the text fits each language, 0..1. @throws as checkPhoto. */
  scoreLanguages(text: string, options?: Waiting): Promise<Readonly<Record<string, number>>>
  /** A WAV file of the voice saying a sentence of its language. @throws as checkPhoto, and `voice-unknown`. */
  speakSample(voice: string): Promise<Uint8Array>
  /** @throws as measureSpeech, and `recording-does-not-match`, `recording-silent`. */
  checkRecording(request: RecordingToCheck & Waiting): Promise<void>
  /** Starts the child and loads models and voice. Never rejects: what fails is told to the log, and again to the first caller. */
  warm(): Promise<void>
  close(): Promise<void>
}

interface Task {
  readonly work: AnalysisWork
  readonly signal: AbortSignal | undefined
  readonly resolve: (outcome: AnalysisOutcome) => void
  readonly reject: (error: unknown) => void
  abortRunning?: () => void
}

/** Warm it has 250 MB; 290 after 120 group photos, 317 after photos of 24 megapixels and two-minute scripts, flat. Beyond 512 something leaks. */
const defaultMaxResidentBytes = 512 * 1024 * 1024
/** One group photo, 0.35-0.55 s on two cores. */
const secondsPerPiece = 0.4

export function createAnalysisProcess(options: AnalysisProcessOptions): AnalysisProcess {
  const { maxQueue, timeoutMs, maxResidentBytes = defaultMaxResidentBytes, log } = options
  const queue: Task[] = []
  let link: AnalysisLink | undefined
  let running: Task | undefined
  let closed = false

  const openLink = (): AnalysisLink => {
    const opened = openAnalysisLink(options)
    void opened.ended.then((how) => {
      if (link !== opened || running !== undefined || closed) return
      log?.warn({ event: 'analysis_child_ended', ending: how }, 'the idle analysis process ended')
    })
    return opened
  }

  const replaceLink = async (why: string, details: object): Promise<void> => {
    const old = link
    link = undefined
    if (!closed) log?.warn({ event: 'analysis_child_replaced', ...details }, why)
    await old?.kill()
  }

  const attempt = async (task: Task): Promise<AnalysisOutcome> => {
    if (!link?.isAlive()) link = openLink()
    const call = link.call(task.work)
    task.abortRunning = call.abort
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)
    })
    try {
      const { outcome, residentBytes } = await Promise.race([call.reply, late])
      if (residentBytes > maxResidentBytes) await replaceLink('the analysis process grew too large', { residentBytes })
      return outcome
    } catch (error) {
      const why = error instanceof ChildGone ? 'the analysis process ended' : 'the analysis process hung'
      await replaceLink(why, { ending: error instanceof Error ? error.message : String(error) })
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  const carryOut = async (task: Task): Promise<AnalysisOutcome> => {
    try {
      return await attempt(task)
    } catch (error) {
      if (closed) throw isClosed()
      if (!(error instanceof ChildGone) || task.signal?.aborted) throw error
    }
    try {
      return await attempt(task)
    } catch (error) {
      if (closed) throw isClosed()
      throw error instanceof ChildGone ? crashed(error) : error
    }
  }

  const pump = async (): Promise<void> => {
    while (running === undefined && queue.length > 0) {
      const task = queue.shift()!
      running = task
      await carryOut(task).then(task.resolve, task.reject)
      running = undefined
    }
  }

  const submit = async (work: AnalysisWork, signal?: AbortSignal): Promise<AnalysisOutcome> => {
    signal?.throwIfAborted()
    if (closed) throw isClosed()
    if (running !== undefined && queue.length >= maxQueue) throw busy(queue.length)
    const { promise, resolve, reject } = deferred<AnalysisOutcome>()
    const task: Task = { work, signal, resolve, reject }
    const leave = (): void => {
      const place = queue.indexOf(task)
      if (place >= 0) queue.splice(place, 1)
      // The child is told, but the caller need not wait until it hears: a photo is not broken off half way.
      task.abortRunning?.()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', leave, { once: true })
    queue.push(task)
    void pump()
    try {
      return await promise
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  return {
    checkPhoto: async (path, { face, signal } = {}) => {
      const outcome = await submit({ kind: 'check-photo', path, ...(face === undefined ? {} : { face }) }, signal)
      if (outcome.kind === 'verdict') return outcome.verdict
      throw unexpected(outcome)
    },
    measureSpeech: async ({ text, voice, speed, pitchSemitones, signal }) => {
      const outcome = await submit({ kind: 'measure-speech', text, voice, speed, pitchSemitones }, signal)
      if (outcome.kind === 'speech') return { seconds: outcome.seconds }
      throw unexpected(outcome)
    },
    checkRecording: async ({ path, text, voice, signal }) => {
      const outcome = await submit({ kind: 'check-recording', path, text, voice }, signal)
      if (outcome.kind !== 'recording-matches') throw unexpected(outcome)
    },
    scoreLanguages: async (text, { signal } = {}) => {
      const outcome = await submit({ kind: 'score-languages', text }, signal)
      if (outcome.kind === 'languages') return outcome.scores
      throw unexpected(outcome)
    },
    speakSample: async (voice) => {
      const outcome = await submit({ kind: 'speak-sample', voice })
      if (outcome.kind === 'sample') return Buffer.from(outcome.wavBase64, 'base64')
      throw unexpected(outcome)
    },
    warm: async () => {
      try {
        const outcome = await submit({ kind: 'warm' })
        if (outcome.kind === 'failure') throw unpackFailure(outcome.failure)
      } catch (error) {
        if (!closed)
          log?.warn({ event: 'analysis_not_warm', err: error }, 'the analysis process could not be warmed up')
      }
    },
    close: async () => {
      closed = true
      for (const task of queue.splice(0)) task.reject(isClosed())
      await link?.kill()
      link = undefined
    },
  }
}

function deferred<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((onDone, onFailed) => {
    resolve = onDone
    reject = onFailed
  })
  return { promise, resolve, reject }
}

function unexpected(outcome: AnalysisOutcome): unknown {
  return outcome.kind === 'failure' ? unpackFailure(outcome.failure) : new Error(`unexpected answer '${outcome.kind}'`)
}

function busy(waiting: number): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'analysis-busy',
    status: 503,
    message: 'Too many photos and scripts are being looked at right now.',
    hint: 'Try again in a few seconds.',
    retryAfterSeconds: Math.ceil(waiting * secondsPerPiece) + 1,
  })
}

function crashed(cause: ChildGone): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'analysis-crashed',
    message: 'The photo or script could not be looked at: the process doing it stopped twice.',
    hint: 'Try another photo or script; if it happens again, the machine may be short of memory.',
    cause,
  })
}

function timedOut(timeoutMs: number): Failure {
  return new Failure('TIMEOUT', {
    reason: 'analysis-timeout',
    message: `Looking at the photo or script took longer than ${Math.round(timeoutMs / 1000)} seconds.`,
    hint: 'Try again, with a smaller photo or a shorter script.',
  })
}

function isClosed(): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'analysis-closed',
    status: 503,
    message: 'The service is shutting down.',
    hint: 'Try again in a moment.',
    retryAfterSeconds: 5,
  })
}
