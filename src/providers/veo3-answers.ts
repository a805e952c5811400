/** What the veo3 contract's answers mean. */
import { VendorFailure } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import { faultOfStatus, readRetryAfter } from './http-faults.ts'
import type { CallResult, OperationStatus } from './provider.ts'
import { type JobReply, jobReply, readWireError, toQualityMetrics } from './veo3-wire.ts'

/** The body of a success. @throws VendorFailure for every other answer, and for one that cannot be read unless there is a `fallback` */
export function readReply(answer: Answer, now: Date, fallback?: JobReply): JobReply {
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, now)
  const reply = jobReply.safeParse(answer.json).data ?? fallback
  if (!reply) throw vendorFailure('bad-answer', answer, 'is no JSON object')
  return reply
}

/** How the job ended, or null: any word that the contract does not know means that it is still at work. */
export function readEnd(answer: Answer, reply: JobReply): Exclude<OperationStatus, { kind: 'pending' }> | null {
  switch (reply.status) {
    case 'completed': {
      const outputs = toOutputs(reply)
      const metrics = toQualityMetrics(reply)
      if (!outputs) return { kind: 'failed', failure: vendorFailure('bad-output', answer, 'is done without a video') }
      return { kind: 'completed', outputs, ...(metrics && { metrics }) }
    }
    case 'failed':
    case 'cancelled': {
      const { code, isPolicy } = readWireError(answer.json)
      const failure = vendorFailure(
        isPolicy ? 'policy' : 'vendor-failed',
        answer,
        `${reply.status}, ${code ?? 'no code'}`,
      )
      return { kind: 'failed', failure }
    }
    default:
      return null
  }
}

function toOutputs({ video_url, thumbnail_url }: JobReply): CallResult['outputs'] | null {
  if (video_url === undefined) return null
  return [
    { role: 'video', url: video_url },
    ...(thumbnail_url === undefined ? [] : [{ role: 'thumbnail', url: thumbnail_url } as const]),
  ]
}

export function toProgress({ progress, status }: JobReply): Extract<OperationStatus, { kind: 'pending' }>['progress'] {
  if (progress === undefined) return null
  const done = Math.max(0, Math.min(99, progress))
  return { stage: status ?? 'processing', done, total: 100, fraction: done / 100 }
}

function refusal(answer: Answer, now: Date): VendorFailure {
  const { code, isPolicy } = readWireError(answer.json)
  const fault = isPolicy && answer.status >= 400 && answer.status < 500 ? 'policy' : faultOfStatus(answer.status)
  return vendorFailure(
    fault,
    answer,
    `${answer.status}, ${code ?? 'no code'}`,
    readRetryAfter(answer.headers['retry-after'], now),
  )
}

/** As its header says; what could not be kept is none. */
export function requestIdOf(answer: Answer): string | null {
  const id = answer.headers['x-request-id'] ?? ''
  return /^[\x21-\x7e]{1,200}$/.test(id) ? id : null
}

/** The vendor's words stay out of it: they may hold anything. Its code and request id are for the log. */
export function vendorFailure(
  fault: VendorFailure['fault'],
  answer: Answer,
  why: string,
  retryAfterSeconds?: number,
): VendorFailure {
  const requestId = requestIdOf(answer) ?? readWireError(answer.json).requestId
  return new VendorFailure(fault, {
    vendorStatus: answer.status,
    ...(requestId !== null && { vendorRequestId: requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: new Error(`the answer ${why}`),
  })
}

/** Null for what is no time, or is over. */
export function secondsUntil(iso: string | undefined, now: Date): number | null {
  const seconds = (Date.parse(iso ?? '') - now.getTime()) / 1000
  return seconds > 0 ? Math.ceil(seconds) : null
}
