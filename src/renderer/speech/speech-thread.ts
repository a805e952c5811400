import { Worker } from 'node:worker_threads'
import { Failure, type FailureCode, type FailureDetails } from '../../errors.ts'
import type { LipTrack, SpokenTrack } from '../ports.ts'
import { createSpeaker } from './create-speaker.ts'
import { planLips } from './lip-timing.ts'
import { type SpeakOrRecordedRequest, speakOrAlign } from './speak-recording.ts'

/** A request without what cannot cross into another thread. */
export type SpeechOrder = Omit<SpeakOrRecordedRequest, 'signal' | 'onProgress'>

export type SpeechMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'spoken'; readonly track: SpokenTrack; readonly lipTrack: LipTrack }
  | { readonly kind: 'failed'; readonly failure: { readonly code: FailureCode; readonly details: FailureDetails } }

export interface SpokenLips {
  readonly track: SpokenTrack
  readonly lipTrack: LipTrack
}

export interface SpeechThread {
  /**
   * Speaks with the built-in voice, or aligns a recording, one request at a time. Sound and lips come back without copying. An abort ends the thread at
   * once, in the middle of a sentence if need be; the next request gets another.
   * @throws Failure as Speaker does; the signal's reason when aborted
   */
  speak(request: SpeakOrRecordedRequest): Promise<SpokenLips>
  /** Ends the thread; it keeps no process alive without this either. */
  close(): Promise<void>
}

/**
 * A voice in a thread of its own, so that the face is worked on at the same time. The thread stays between requests: the engine is
 * compiled once, and the second script is spoken in half the time of the first.
 * Run from sources (the URL ends in .ts) it speaks in the calling thread: Node 20 gives threads no TypeScript loader.
 * @param workerUrl of the built speech-worker.js, or of its source
 */
export function openSpeechThread(workerUrl: URL): SpeechThread {
  if (workerUrl.pathname.endsWith('.ts')) return inThisThread()
  let worker: Worker | undefined
  const take = (): Worker => {
    if (worker) return worker
    const opened = new Worker(workerUrl)
    opened.unref()
    const forget = (): void => {
      if (worker === opened) worker = undefined
    }
    opened.on('error', forget)
    opened.on('exit', forget)
    worker = opened
    return opened
  }
  return {
    speak: async (request) => speakInThread(request, take()),
    close: async () => {
      await worker?.terminate()
    },
  }
}

function inThisThread(): SpeechThread {
  const speaker = createSpeaker()
  return {
    speak: async (request) => {
      const track = await speakOrAlign(speaker, request)
      return { track, lipTrack: planLips(track) }
    },
    close: async () => {},
  }
}

async function speakInThread(
  { signal, onProgress, ...order }: SpeakOrRecordedRequest,
  worker: Worker,
): Promise<SpokenLips> {
  signal?.throwIfAborted()
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  const leave: (() => void)[] = [() => signal?.removeEventListener('abort', stop)]
  try {
    return await new Promise<SpokenLips>((resolve, reject) => {
      const onMessage = (message: SpeechMessage): void => {
        if (message.kind === 'progress') onProgress?.(message.done, message.total)
        else if (message.kind === 'spoken') resolve({ track: message.track, lipTrack: message.lipTrack })
        else reject(new Failure(message.failure.code, message.failure.details))
      }
      const onError = (cause: unknown): void => reject(threadEnded(cause))
      const onExit = (status: number): void => {
        reject(signal?.aborted ? signal.reason : threadEnded(new Error(`status ${status}`)))
      }
      worker.on('message', onMessage).on('error', onError).on('exit', onExit)
      leave.push(() => worker.off('message', onMessage).off('error', onError).off('exit', onExit))
      // While it works it keeps the process alive.
      worker.ref()
      leave.push(() => worker.unref())
      worker.postMessage(order satisfies SpeechOrder)
    })
  } finally {
    for (const step of leave) step()
  }
}

function threadEnded(cause: unknown): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'speech-engine-failed',
    message: 'The speech engine stopped in the middle.',
    hint: 'Try again; if it happens again with the same script, shorten or rephrase it.',
    cause,
  })
}
