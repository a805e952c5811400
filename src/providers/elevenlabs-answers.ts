/**
 * What ElevenLabs answers: speech with the times of its characters, and errors in three shapes: `{detail: {status, message}}`, the
 * newer `{detail: {type, code, message}}`, and a list of fields (422). Codes decide, never sentences.
 */
import { z } from 'zod'
import { type Fault, VendorFailure } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import type { CharacterTimes } from './character-times.ts'
import { faultOfStatus, readRetryAfter } from './http-faults.ts'

export interface SpokenAnswer {
  /** Mono 16-bit little-endian samples. */
  readonly pcm: Buffer
  /** Empty lists where it told no times. */
  readonly characters: CharacterTimes
  /** Credits that it took; null where it does not say. */
  readonly credits: number | null
}

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
const seconds = z.array(z.number())
const alignment = z
  .object({
    characters: z.array(z.string()),
    character_start_times_seconds: seconds,
    character_end_times_seconds: seconds,
  })
  .refine(
    ({ characters, character_start_times_seconds: starts, character_end_times_seconds: ends }) =>
      starts.length === characters.length && ends.length === characters.length,
  )
const reply = z.object({
  audio_base64: z.string().min(1),
  alignment: optional(alignment),
  normalized_alignment: optional(alignment),
})

const word = z.string().regex(/^[\w.+-]{1,80}$/)
const detail = z.object({ status: optional(word), code: optional(word), type: optional(word) })
const errorReply = z.object({ detail: z.unknown() })

/** @throws VendorFailure for whatever is no speech */
export function readSpeech(answer: Answer, now: Date): SpokenAnswer {
  if (answer.status < 200 || answer.status >= 300) throw elevenLabsRefusal(answer, now)
  const read = reply.safeParse(answer.json).data
  if (!read) throw elevenLabsFailure('bad-answer', answer, 'holds no speech')
  const pcm = Buffer.from(read.audio_base64, 'base64')
  if (pcm.length < 2 || pcm.length % 2 === 1 || isContainer(pcm)) {
    throw elevenLabsFailure('bad-output', answer, 'holds no 16-bit samples')
  }
  const told = read.alignment ?? read.normalized_alignment
  return { pcm, characters: toTimes(told), credits: creditsOf(answer) }
}

/** An answer that is no success. */
export function elevenLabsRefusal(answer: Answer, now: Date): VendorFailure {
  const codes = codesOf(answer.json)
  const wait = readRetryAfter(answer.headers['retry-after'], now)
  return elevenLabsFailure(faultOf(answer.status, codes), answer, `${answer.status}, ${codes[0] ?? 'no code'}`, wait)
}

/** The key may do what it is asked for, but not look at the account. */
export function lacksPermission(answer: Answer): boolean {
  return codesOf(answer.json).includes('missing_permissions')
}

export function requestIdOf(answer: Answer): string | null {
  const id = answer.headers['request-id'] ?? ''
  return /^[\x21-\x7e]{1,200}$/.test(id) ? id : null
}

/** The vendor's words stay out of it: they may repeat what was sent. */
function elevenLabsFailure(fault: Fault, answer: Answer, why: string, retryAfterSeconds?: number): VendorFailure {
  const requestId = requestIdOf(answer)
  return new VendorFailure(fault, {
    vendorStatus: answer.status,
    ...(requestId !== null && { vendorRequestId: requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: new Error(`the answer ${why}`),
  })
}

function codesOf(json: unknown): readonly string[] {
  const told = detail.safeParse(errorReply.safeParse(json).data?.detail).data
  return [told?.status, told?.code, told?.type].flatMap((each) => each?.toLowerCase() ?? [])
}

function faultOf(httpStatus: number, codes: readonly string[]): Fault {
  const says = (...wanted: readonly string[]) => wanted.some((each) => codes.includes(each))
  // An empty account is told as 401, which is otherwise the key's.
  if (says('quota_exceeded', 'payment_required')) return 'credit'
  // The spelling is not documented; only codes that name the rules of content are taken for it.
  if (httpStatus < 500 && codes.some((code) => /(^|_)(policy|safety|moderation)(_|$)/.test(code))) return 'policy'
  if (says('too_many_concurrent_requests', 'system_busy')) return 'rate-limit'
  // A voice is chosen by whoever runs this installation, as the key is: no fault of the script.
  if (says('voice_not_found', 'detected_unusual_activity')) return 'key'
  return httpStatus === 425 ? 'rate-limit' : faultOfStatus(httpStatus)
}

function toTimes(told: z.output<typeof alignment> | undefined): CharacterTimes {
  const positive = (values: readonly number[]) => values.map((value) => Math.max(0, value))
  return {
    characters: told?.characters ?? [],
    startSeconds: positive(told?.character_start_times_seconds ?? []),
    endSeconds: positive(told?.character_end_times_seconds ?? []),
  }
}

function creditsOf({ headers }: Answer): number | null {
  const told = headers['character-cost'] ?? ''
  return /^\d{1,9}(\.\d{1,6})?$/.test(told) ? Number(told) : null
}

/** MP3, WAV and Ogg begin so: another format than the one that was asked for. */
function isContainer(bytes: Buffer): boolean {
  return /^(ID3|RIFF|OggS)/.test(bytes.toString('latin1', 0, 4))
}
