/** One event of the log as the envelope that watchers get. */
import type { EventBody, GenerationEvent } from '../generations/event.ts'
import type { Money, QueuePlace } from '../generations/generation.ts'
import type { Envelope } from './messages.ts'
import { presentProblem } from './present-problem.ts'

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

function presentPlace({ ahead, waitSeconds }: QueuePlace): { ahead: number; expected_wait_seconds: number } {
  return { ahead, expected_wait_seconds: waitSeconds }
}

/** Exact: integer arithmetic on the micro-units, at least two decimals. */
function presentMoney({ micros, currency }: Money): { amount: string; micros: number; currency: string } {
  const whole = Math.trunc(Math.abs(micros) / 1e6)
  const decimals = String(Math.abs(micros) % 1e6)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return { amount: `${micros < 0 ? '-' : ''}${whole}.${decimals}`, micros, currency }
}
