import { parentPort } from 'node:worker_threads'
import { type Failure, toFailure } from '../../errors.ts'
import { createSpeaker } from './create-speaker.ts'
import { planLips } from './lip-timing.ts'
import { speakOrAlign } from './speak-recording.ts'
import type { SpeechMessage, SpeechOrder } from './speech-thread.ts'

/** Entry of the worker thread: for every order, one after the other, it posts progress, then the result or the failure. */
const port = parentPort
if (!port) throw new Error('speech-worker runs as a worker thread only')

const post = (message: SpeechMessage, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, [...transfer])

const speaker = createSpeaker()

port.on('message', async (order: SpeechOrder) => {
  try {
    const track = await speakOrAlign(speaker, {
      ...order,
      onProgress: (done, total) => post({ kind: 'progress', done, total }),
    })
    const lipTrack = planLips(track)
    const arrays = [track.samples, ...Object.values(lipTrack).filter((value) => value instanceof Float32Array)]
    post({ kind: 'spoken', track, lipTrack }, [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))])
  } catch (error) {
    post({ kind: 'failed', failure: describe(toFailure(error)) })
  }
  // Every sentence leaves a dead engine of 20 MB behind, which the collector does not hurry to take. Where it may be called: once idle.
  setImmediate(() => globalThis.gc?.())
})

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
