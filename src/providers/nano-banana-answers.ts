/**
 * What an image model's answers mean. A refusal comes with HTTP 200, as a reason to block or to finish; so does an answer that
 * only talks. The type of a picture is what its bytes are, never what is said of it.
 */
import { z } from 'zod'
import type { VendorFailure } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import { geminiFailure, geminiRefusal, policyWords } from './gemini-answers.ts'
import type { TokenRates } from './nano-banana-models.ts'

export interface EditedPicture {
  readonly bytes: Buffer
  readonly type: 'jpg' | 'png' | 'webp'
  /** USD micros by the tokens that it says it used; null where it says nothing. */
  readonly costMicros: number | null
  readonly responseId: string | null
}

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
const word = z.string().regex(/^\w{1,60}$/)
const tokens = z.int().min(0).max(10_000_000)
const part = z.object({
  thought: optional(z.boolean()),
  inlineData: optional(z.object({ data: z.string() })),
})
const reply = z.object({
  candidates: optional(
    z.array(
      z.object({
        content: optional(z.object({ parts: optional(z.array(part)) })),
        finishReason: optional(word),
      }),
    ),
  ),
  promptFeedback: optional(z.object({ blockReason: optional(word) })),
  usageMetadata: optional(
    z.object({
      promptTokenCount: optional(tokens),
      candidatesTokenCount: optional(tokens),
      candidatesTokensDetails: optional(z.array(z.object({ modality: optional(word), tokenCount: optional(tokens) }))),
    }),
  ),
  responseId: optional(z.string().regex(/^[\x21-\x7e]{1,200}$/)),
})
type Reply = z.output<typeof reply>

/** @throws VendorFailure for whatever is no picture */
export function readEdit(answer: Answer, rates: TokenRates, now: Date): EditedPicture {
  if (answer.status < 200 || answer.status >= 300) throw geminiRefusal(answer, now, { overload: 'wait' })
  const read = reply.safeParse(answer.json).data
  if (!read) throw geminiFailure('bad-answer', answer, 'is no JSON object')
  const [candidate] = read.candidates ?? []
  const { blockReason } = read.promptFeedback ?? {}
  const reason = candidate?.finishReason
  if (blockReason !== undefined && !candidate) throw geminiFailure('policy', answer, `is blocked: ${blockReason}`)
  if (reason !== undefined && policyWords.has(reason)) throw geminiFailure('policy', answer, `is refused: ${reason}`)
  if (!candidate) throw geminiFailure('bad-answer', answer, 'has neither a candidate nor a reason')
  // Parts that are thoughts may hold drafts. Of several pictures the last is what it came to.
  const pictures = (candidate.content?.parts ?? []).filter(({ thought, inlineData }) => !thought && inlineData)
  const data = pictures.at(-1)?.inlineData?.data
  if (data === undefined) throw withoutPicture(answer, reason)
  const bytes = Buffer.from(data, 'base64')
  const type = typeOf(bytes)
  // It made one, and will be paid for it.
  if (!type) throw geminiFailure('bad-output', answer, 'holds a picture that is none')
  return { bytes, type, costMicros: costOf(read, rates), responseId: read.responseId ?? null }
}

/** NO_IMAGE, IMAGE_OTHER, OTHER, or STOP after words alone: it took the work, and failed at it. */
function withoutPicture(answer: Answer, reason: string | undefined): VendorFailure {
  const fault = reason === 'MAX_TOKENS' ? 'bad-input' : 'vendor-failed'
  return geminiFailure(fault, answer, `has no picture: ${reason ?? 'no reason'}`)
}

/** What it says in words is not counted where it is told apart: some ten tokens, at a rate that is not told with the others. */
function costOf({ usageMetadata: used = {} }: Reply, { input, output }: TokenRates): number | null {
  const pictures = used.candidatesTokensDetails?.filter(({ modality }) => modality === 'IMAGE') ?? []
  const told = pictures.reduce((sum, { tokenCount = 0 }) => sum + tokenCount, 0)
  const made = told > 0 ? told : used.candidatesTokenCount
  return made === undefined ? null : Math.ceil((used.promptTokenCount ?? 0) * input + made * output)
}

function typeOf(bytes: Buffer): EditedPicture['type'] | null {
  const starts = (at: number, text: string) => bytes.subarray(at, at + text.length).toString('latin1') === text
  if (starts(0, '\xff\xd8\xff')) return 'jpg'
  if (starts(0, '\x89PNG\r\n\x1a\n')) return 'png'
  return starts(0, 'RIFF') && starts(8, 'WEBP') ? 'webp' : null
}
