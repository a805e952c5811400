import { Worker } from 'node:worker_threads'
import { Failure, type FailureCode, type FailureDetails } from '../../errors.ts'
import type { LipTrack, SpeakRequest, SpokenTrack } from '../ports.ts'
import { createFliteSpeaker } from './flite-speaker.ts'
import { planLips } from './lip-timing.ts'

/** A SpeakRequest without what cannot cross into another thread. */
export type SpeechOrder = Omit<SpeakRequest, 'signal' | 'onProgress'>

export type SpeechMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'spoken'; readonly track: SpokenTrack; readonly lipTrack: LipTrack }
  | { readonly kind: 'failed'; readonly failure: { readonly code: FailureCode; readonly details: FailureDetails } }

export interface SpokenLips {
  readonly track: SpokenTrack
  readonly lipTrack: LipTrack
}

/**
 * Speaks with the built-in voice in a thread of its own, so that the face is looked for at the same time. Sound and
 * lips come back without copying. An abort ends the thread at once, in the middle of a sentence if need be.
 * Run from sources (the URL ends in .ts) it speaks in the calling thread: Node 20 gives threads no TypeScript loader.
 * @param workerUrl of the built speech-worker.js, or of its source
 * @throws Failure as Speaker does; the signal's reason when aborted
 */
export async function speakInWorker(request: SpeakRequest, workerUrl: URL): Promise<SpokenLips> {
  if (workerUrl.pathname.endsWith('.ts')) {
    const track = await createFliteSpeaker().speak(request)
    return { track, lipTrack: planLips(track) }
  }
  return inThread(request, workerUrl)
}

function inThread({ signal, onProgress, ...order }: SpeakRequest, workerUrl: URL): Promise<SpokenLips> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const worker = new Worker(workerUrl, { workerData: order satisfies SpeechOrder })
    const stop = () => {
      reject(signal?.reason)
      void worker.terminate()
    }
    signal?.addEventListener('abort', stop, { once: true })
    worker.on('message', (message: SpeechMessage) => {
      if (message.kind === 'progress') onProgress?.(message.done, message.total)
      else if (message.kind === 'spoken') resolve({ track: message.track, lipTrack: message.lipTrack })
      else reject(new Failure(message.failure.code, message.failure.details))
    })
    worker.on('error', (cause) => reject(threadEnded(cause)))
    worker.on('exit', (status) => {
      signal?.removeEventListener('abort', stop)
      // After a result or a failure this changes nothing.
      reject(threadEnded(new Error(`status ${status}`)))
    })
  })
}

function threadEnded(cause: unknown): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'speech-engine-failed',
    message: 'The speech engine stopped in the middle.',
    hint: 'Try again; if it happens again with the same script, shorten or rephrase it.',
    cause,
  })
}
