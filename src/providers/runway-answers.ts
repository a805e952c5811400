/** What Runway's answers mean. */
import type { z } from 'zod'
import { type Fault, VendorFailure } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import { faultOfStatus, readRetryAfter } from './http-faults.ts'
import type { CallProgress, CallResult, OperationStatus } from './provider.ts'
import { creditMicros } from './runway-models.ts'
import { avatarReply, errorReply, type TaskReply, taskReply } from './runway-wire.ts'

/**
 * 429 is the end of a daily quota that comes back over the next 24 hours, with no word of when: whoever waits briefly waits in
 * vain. The core leaves a wait of an hour for another route.
 */
const quotaSeconds = 3600

/** The body of a success. @throws VendorFailure for every other answer, and for one that is not of that shape */
export function readReply<S extends z.ZodType>(schema: S, answer: Answer, now: Date, isLook = false): z.output<S> {
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, now, isLook)
  const reply = schema.safeParse(answer.json)
  if (!reply.success) throw vendorFailure('bad-answer', answer, 'has not the shape that is documented')
  return reply.data
}

/** @param isLook a quota bounds what is made, not how often it is looked at */
export function refusal(answer: Answer, now: Date, isLook = false): VendorFailure {
  const { status } = answer
  // An account without credit has no status and no code of its own, only these words.
  const words = errorReply.safeParse(answer.json).data?.error ?? ''
  if (status === 400 && /enough credits/i.test(words)) return vendorFailure('credit', answer, '400, no credits')
  if (status === 429) {
    const seconds = readRetryAfter(answer.headers['retry-after'], now) ?? (isLook ? undefined : quotaSeconds)
    return vendorFailure('rate-limit', answer, '429', seconds)
  }
  // Of the key it says 401 alone.
  return vendorFailure(status === 403 ? 'server-error' : faultOfStatus(status), answer, String(status))
}

/** One look at a task. Any word that is not documented means that it is still at work. */
export function readTask(answer: Answer, now: Date): OperationStatus {
  if (answer.status === 404) return gone(answer)
  const reply = readReply(taskReply, answer, now, true)
  const cost = costOf(reply)
  switch (reply.status) {
    case 'SUCCEEDED': {
      const [url] = reply.output ?? []
      if (url === undefined)
        return { kind: 'failed', failure: vendorFailure('bad-output', answer, 'is done without a video'), ...cost }
      return { kind: 'completed', outputs: [{ role: 'video', url }], ...cost }
    }
    case 'FAILED': {
      const code = readableCode(reply.failureCode)
      return {
        kind: 'failed',
        failure: vendorFailure(faultOfCode(code), answer, `FAILED, ${code || 'no code'}`),
        ...cost,
      }
    }
    case 'CANCELLED':
      return { kind: 'failed', failure: vendorFailure('vendor-failed', answer, 'CANCELLED'), ...cost }
    default:
      return { kind: 'pending', progress: toProgress(reply), ...estimateOf(reply) }
  }
}

/** One look at an avatar that is being made. */
export function readAvatar(answer: Answer, now: Date): OperationStatus {
  if (answer.status === 404) return gone(answer)
  const { id, status, failureReason } = readReply(avatarReply, answer, now, true)
  if (status === 'READY') return { kind: 'completed', outputs: [], keeps: { avatarId: id ?? null } }
  if (status !== 'FAILED') return { kind: 'pending', progress: null }
  const why = (failureReason ?? 'no reason').replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 200)
  return { kind: 'failed', failure: vendorFailure('vendor-failed', answer, `FAILED: ${why}`) }
}

/** By family; the last part of a code is for diagnosis only. */
function faultOfCode(code: string): Fault {
  const family = (name: string) => code === name || code.startsWith(`${name}.`)
  if (family('SAFETY') || family('INPUT_PREPROCESSING.SAFETY')) return 'policy'
  // INPUT_PREPROCESSING.INTERNAL is a fault of theirs by its name.
  if (family('INPUT_PREPROCESSING.INTERNAL')) return 'vendor-failed'
  return family('ASSET.INVALID') || family('INPUT_PREPROCESSING') ? 'bad-input' : 'vendor-failed'
}

function toProgress({ status, progress }: TaskReply): CallProgress | null {
  if (status === undefined) return null
  const fraction = Math.max(0, Math.min(0.99, progress ?? 0))
  return { stage: status.toLowerCase(), done: fraction, total: 1, fraction }
}

function costOf({ cost }: TaskReply): Pick<CallResult, 'cost'> {
  return cost ? { cost: inMoney(cost) } : {}
}

/** What it will cost, by its own word: better than any list. */
export function estimateOf({ estimatedCost }: Pick<TaskReply, 'estimatedCost'>) {
  return estimatedCost ? { estimate: inMoney(estimatedCost) } : {}
}

function inMoney({ credits }: { readonly credits: number }) {
  return { micros: Math.round(credits * creditMicros), currency: 'USD' }
}

function readableCode(code: string | undefined): string {
  return /^[A-Z0-9_.]{1,80}$/.test(code ?? '') ? code! : ''
}

function gone(answer: Answer): OperationStatus {
  return { kind: 'failed', failure: vendorFailure('vendor-failed', answer, 'does not know it') }
}

/** Of the vendor's words only codes and the reason of a failed avatar go into it: the rest may hold anything. */
export function vendorFailure(
  fault: Fault,
  { status }: Pick<Answer, 'status'>,
  why: string,
  retryAfterSeconds?: number,
): VendorFailure {
  return new VendorFailure(fault, {
    vendorStatus: status,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: new Error(`the answer ${why}`),
  })
}
