/** Veo's wire: a long-running operation is begun, asked about by its name, and ends with samples, filtered, or with an error. */
import { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import { geminiFailure } from './gemini-answers.ts'
import type { GoogleClip } from './google-omni.ts'
import type { OperationStatus } from './provider.ts'

export const veoRequest = z.strictObject({
  instances: z.tuple([
    z.strictObject({
      prompt: z.string().min(1),
      image: z.strictObject({ bytesBase64Encoded: z.string().min(1), mimeType: z.literal('image/jpeg') }),
    }),
  ]),
  parameters: z.strictObject({
    sampleCount: z.literal(1),
    durationSeconds: z.literal([4, 6, 8]),
    aspectRatio: z.enum(['9:16', '16:9']),
    resolution: z.literal('720p'),
    // Others are refused for a picture of a person.
    personGeneration: z.literal('allow_adult'),
  }),
})

export function toVeoRequest({ prompt, image, seconds, aspectRatio }: GoogleClip): unknown {
  return {
    instances: [{ prompt, image: { bytesBase64Encoded: image.toString('base64'), mimeType: 'image/jpeg' } }],
    parameters: {
      sampleCount: 1,
      durationSeconds: seconds,
      aspectRatio,
      resolution: '720p',
      personGeneration: 'allow_adult',
    },
  }
}

/** It becomes a path: 'models/…/operations/…', nothing that leads elsewhere. */
export const operationName = z.string().regex(/^models\/[\w.-]{1,100}\/operations\/(?!\.+$)[\w.-]{1,200}$/)

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
export const veoReply = z.object({
  name: optional(operationName),
  done: optional(z.boolean()),
  error: optional(z.object({ code: optional(z.int()) })),
  response: optional(
    z.object({
      generateVideoResponse: optional(
        z.object({
          generatedSamples: optional(z.array(z.object({ video: optional(z.object({ uri: optional(z.string()) })) }))),
          raiMediaFilteredCount: optional(z.number()),
          raiMediaFilteredReasons: optional(z.array(z.unknown())),
        }),
      ),
    }),
  ),
})

type Ended = { readonly uri: string } | Extract<OperationStatus, { kind: 'failed' }>

/** google.rpc.Code of a bad argument: what was sent is refused, and why stands only in words. Nobody else is asked then. */
const invalidArgument = 3

/** Null: it is still at work. */
export function readVeoEnd(answer: Answer, reply: z.output<typeof veoReply>): Ended | null {
  if (reply.done !== true) return null
  const failed = (fault: Fault, why: string) =>
    ({ kind: 'failed', failure: geminiFailure(fault, answer, why) }) as const
  if (reply.error) {
    const { code } = reply.error
    return failed(code === invalidArgument ? 'bad-input' : 'vendor-failed', `tells error ${code ?? 'without a code'}`)
  }
  const { generatedSamples = [], ...filtered } = reply.response?.generateVideoResponse ?? {}
  const uri = generatedSamples.map(({ video }) => video?.uri).find((each) => each !== undefined)
  if (uri !== undefined) return { uri }
  const isFiltered = (filtered.raiMediaFilteredCount ?? 0) > 0 || (filtered.raiMediaFilteredReasons?.length ?? 0) > 0
  return isFiltered ? failed('policy', 'is filtered') : failed('bad-output', 'is done without a video')
}
