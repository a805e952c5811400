import { parentPort, workerData } from 'node:worker_threads'
import { type Failure, toFailure } from '../../errors.ts'
import { createFliteSpeaker } from './flite-speaker.ts'
import { planLips } from './lip-timing.ts'
import type { SpeechMessage, SpeechOrder } from './speak-in-worker.ts'

/** Entry of the worker thread: speaks one order, posts progress, then the result or the failure, and ends. */
const port = parentPort
if (!port) throw new Error('speech-worker runs as a worker thread only')

const post = (message: SpeechMessage, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, [...transfer])

try {
  const order = workerData as SpeechOrder
  const track = await createFliteSpeaker().speak({
    ...order,
    onProgress: (done, total) => post({ kind: 'progress', done, total }),
  })
  const lipTrack = planLips(track)
  const arrays = [track.samples, ...Object.values(lipTrack).filter((value) => value instanceof Float32Array)]
  post({ kind: 'spoken', track, lipTrack }, [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))])
} catch (error) {
  post({ kind: 'failed', failure: describe(toFailure(error)) })
}

/** A Failure loses its class on the way between threads; this keeps all it says. */
function describe(failure: Failure): Extract<SpeechMessage, { kind: 'failed' }>['failure'] {
  return {
    code: failure.code,
    details: {
      reason: failure.reason,
      message: failure.message,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      status: failure.status,
      retryable: failure.retryable,
      extra: failure.extra,
      ...(failure.cause === undefined ? {} : { cause: String(failure.cause) }),
    },
  }
}
