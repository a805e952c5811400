/** One event of the log as the envelope that watchers get. */
import type { EventBody, GenerationEvent } from '../generations/event.ts'
import type { QueuePlace } from '../generations/generation.ts'
import type { Envelope } from './messages.ts'
import { presentMoney } from './present-money.ts'
import { presentProblem } from './present-problem.ts'
import type { PublicQueuePlace } from './public-parts.ts'

export function presentEvent(event: GenerationEvent): Envelope {
  const { generationId: id, seq, at, status, progress, body } = event
  return { id, seq, at: at.toISOString(), status, progress, ...presentBody(id, body) }
}

type PresentedBody = Envelope extends infer E
  ? E extends Envelope
    ? Omit<E, 'id' | 'seq' | 'at' | 'status' | 'progress'>
    : never
  : never

function presentBody(id: string, body: EventBody): PresentedBody {
  switch (body.type) {
    case 'queued':
      return {
        type: 'queued',
        adjusted: body.adjusted.map(({ setting, asked, used, why }) => ({ setting, asked, used, why })),
        cached: body.origin === 'cached',
        shared: body.origin === 'shared',
        queue: body.queue && presentPlace(body.queue),
      }
    case 'waiting':
      return { type: 'waiting', queue: presentPlace(body.queue) }
    case 'step':
      return { type: 'step', step: body.step, attempt: body.attempt, provider: body.provider }
    case 'progress': {
      const { step, stage, done, total, etaSeconds } = body
      return { type: 'progress', step, stage, done, total, eta_seconds: etaSeconds }
    }
    case 'fallback':
      return { type: 'fallback', from: body.from, to: body.to, error: presentProblem(body.error) }
    case 'completed': {
      const { bytes, seconds, width, height, fps, sha256 } = body.output
      const self = `/api/v1/video/${id}`
      return {
        type: 'completed',
        output: { bytes, seconds, width, height, fps, sha256 },
        cost: presentMoney(body.cost),
        processing_seconds: body.seconds,
        links: { self, content: `${self}/content`, thumbnail: `${self}/thumbnail` },
      }
    }
    case 'failed':
      return { type: 'failed', failure: presentProblem(body.failure) }
    case 'cancelled':
    case 'deleted':
      return { type: body.type }
  }
}

export function presentPlace({ ahead, waitSeconds, waitsFor = 'machine' }: QueuePlace): PublicQueuePlace {
  return { ahead, expected_wait_seconds: waitSeconds, waiting_for: waitsFor }
}
