/** Gemini Omni's wire: an interaction is created in the background, asked about by its id, and ends with a video or with words. */
import { z } from 'zod'
import type { Answer } from '../network/ask.ts'
import { geminiFailure, policyWords } from './gemini-answers.ts'
import type { AspectRatio } from './model.ts'
import type { CallResult, OperationStatus } from './provider.ts'

/** What either wire is told of a clip. */
export interface GoogleClip {
  /** The id at Google's. */
  readonly model: string
  readonly prompt: string
  /** A JPEG. */
  readonly image: Buffer
  readonly seconds: number
  readonly aspectRatio: AspectRatio
}

export const omniRequest = z.strictObject({
  model: z.string().min(1),
  input: z.tuple([
    z.strictObject({ type: z.literal('image'), data: z.string().min(1), mime_type: z.literal('image/jpeg') }),
    z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  ]),
  // Without it the answer would wait for the video, and with it the bytes.
  background: z.literal(true),
  response_format: z.strictObject({
    type: z.literal('video'),
    delivery: z.literal('uri'),
    aspect_ratio: z.enum(['9:16', '16:9']),
    resolution: z.literal('720p'),
    // A bare number is refused.
    duration: z.string().regex(/^([3-9]|10)s$/),
  }),
})

export function toOmniRequest({ model, prompt, image, seconds, aspectRatio }: GoogleClip): unknown {
  return {
    model,
    input: [
      { type: 'image', data: image.toString('base64'), mime_type: 'image/jpeg' },
      { type: 'text', text: prompt },
    ],
    background: true,
    response_format: {
      type: 'video',
      delivery: 'uri',
      aspect_ratio: aspectRatio,
      resolution: '720p',
      duration: `${seconds}s`,
    },
  }
}

/** It becomes a segment of a path. */
export const interactionId = z.string().regex(/^(?!\.+$)[\w.~-]{1,300}$/)

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
const content = z.object({ type: optional(z.string()), uri: optional(z.string()) })
const step = z.object({ type: optional(z.string()), content: optional(z.array(content.catch({}))) })
export const omniReply = z.object({
  id: optional(interactionId),
  status: optional(z.string().max(60)),
  steps: optional(z.array(step.catch({}))),
  error: optional(z.object({ code: z.unknown(), status: z.unknown() })),
  usage: optional(
    z.object({
      output_tokens_by_modality: optional(
        z.array(z.object({ modality: optional(z.string()), tokens: optional(z.int().nonnegative()) }).catch({})),
      ),
    }),
  ),
})

type Reply = z.output<typeof omniReply>
type Ended =
  | { readonly uri: string; readonly cost?: NonNullable<CallResult['cost']> }
  | Extract<OperationStatus, { kind: 'failed' }>

/** Ended, without a video. Everything that is not named is still at work. */
const failures: ReadonlySet<string> = new Set([
  'failed',
  'cancelled',
  'incomplete',
  'budget_exceeded',
  'requires_action',
])
/** 17.50 USD for a million tokens of video. */
const microsPerToken = 17.5

/** Null: it is still at work. */
export function readOmniEnd(answer: Answer, reply: Reply): Ended | null {
  const { status = '' } = reply
  const failed = (fault: 'policy' | 'vendor-failed' | 'bad-output', why: string) =>
    ({ kind: 'failed', failure: geminiFailure(fault, answer, why) }) as const
  if (failures.has(status)) {
    const words = [reply.error?.code, reply.error?.status].map((word) => String(word).toUpperCase())
    return failed(words.some((word) => policyWords.has(word)) ? 'policy' : 'vendor-failed', `is ${status}`)
  }
  if (status !== 'completed') return null
  const output = (reply.steps ?? []).flatMap((each) => (each.type === 'model_output' ? (each.content ?? []) : []))
  const uri = output.find(({ type }) => type === 'video')?.uri
  if (uri !== undefined) return { uri, ...costOf(reply) }
  // It refuses in words, as a success.
  const isRefused = output.length > 0 && output.every(({ type }) => type === 'text')
  return isRefused ? failed('policy', 'is words instead of a video') : failed('bad-output', 'is done without a video')
}

function costOf({ usage }: Reply): Pick<CallResult, 'cost'> {
  const video = usage?.output_tokens_by_modality?.find(({ modality }) => modality === 'video')?.tokens
  return video === undefined ? {} : { cost: { micros: Math.round(video * microsPerToken), currency: 'USD' } }
}

/**
 * An interaction that it does not know is refused as a bad request, like one that it answers so in passing while it is at work
 * and billed: only the sentence tells them apart.
 */
export function isUnknownInteraction({ status, json }: Answer): boolean {
  if (status === 404) return true
  const { error } = (Array.isArray(json) ? json[0] : (json ?? {})) as { error?: { message?: unknown } }
  return status === 400 && /invalid interaction name/i.test(String(error?.message ?? ''))
}
