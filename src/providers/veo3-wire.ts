/** The veo3 contract's bodies: what we send to the letter, of what comes back only what is needed, and that tolerantly. */
import { z } from 'zod'
import { type AspectRatio, type Model, type QualityTier, sentSeconds } from './model.ts'
import type { QualityMetrics, SpeakingRequest } from './provider.ts'

const aspectRatioNames: Readonly<Record<AspectRatio, 'square' | 'portrait' | 'landscape'>> = {
  '1:1': 'square',
  '9:16': 'portrait',
  '16:9': 'landscape',
}

const tiers: Readonly<Record<QualityTier, { resolution: '720p' | '1080p'; bitrate: number; fps: number }>> = {
  economy: { resolution: '720p', bitrate: 2000, fps: 24 },
  standard: { resolution: '1080p', bitrate: 4000, fps: 30 },
  premium: { resolution: '1080p', bitrate: 8000, fps: 60 },
}

export const generatePayload = z.strictObject({
  image: z.strictObject({ data: z.string().min(1), format: z.literal('image/jpeg') }),
  script: z.strictObject({
    text: z.string().min(1).max(5000),
    voice_settings: z.strictObject({ speed: z.number().min(0.5).max(2), pitch: z.number().min(-20).max(20) }),
  }),
  video_config: z.strictObject({
    duration_seconds: z.int().min(15).max(60),
    aspect_ratio: z.enum(['square', 'portrait', 'landscape']),
    resolution: z.enum(['720p', '1080p']),
    bitrate: z.int(),
    fps: z.int(),
  }),
  generation_config: z.strictObject({
    lip_sync_enabled: z.boolean(),
    facial_animation_strength: z.number().min(0).max(1),
    background_noise_reduction: z.boolean(),
    audio_enhancement: z.boolean(),
  }),
  metadata: z.strictObject({
    user_id: z.string().min(1),
    generation_id: z.string().min(1),
    created_at: z.iso.datetime(),
  }),
  callback_url: z.url().optional(),
})

/** @param photo its bytes, a JPEG */
export function toGeneratePayload(
  request: SpeakingRequest,
  photo: Buffer,
  { model, callbackUrl }: { readonly model: Pick<Model, 'seconds'>; readonly callbackUrl: string | null },
): z.input<typeof generatePayload> {
  return {
    image: { data: photo.toString('base64'), format: 'image/jpeg' },
    script: {
      text: request.script,
      voice_settings: { speed: request.speed, pitch: request.pitchSemitones },
    },
    video_config: {
      duration_seconds: sentSeconds(model, request.speechSeconds),
      aspect_ratio: aspectRatioNames[request.aspectRatio ?? nearestAspectRatio(request.photo)],
      ...tiers[request.quality],
    },
    generation_config: {
      lip_sync_enabled: request.lipSync,
      facial_animation_strength: request.facialAnimationStrength,
      background_noise_reduction: request.noiseReduction,
      audio_enhancement: request.audioEnhancement,
    },
    metadata: {
      user_id: request.tenantId,
      generation_id: request.workId,
      created_at: request.requestedAt.toISOString(),
    },
    ...(callbackUrl !== null && { callback_url: callbackUrl }),
  }
}

/** Of the contract's three shapes the one that crops least. */
export function nearestAspectRatio({
  width,
  height,
}: {
  readonly width: number
  readonly height: number
}): AspectRatio {
  const shape = Math.log(width / height)
  const border = Math.log(16 / 9) / 2
  if (shape < -border) return '9:16'
  return shape > border ? '16:9' : '1:1'
}

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
/** An id becomes a segment of a path: dots alone would lead elsewhere. */
const id = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^(?!\.+$)[\x21-\x7e]{1,200}$/))

/** What POST answers, sync or not, and what GET status says. Whatever is missing or of another type is left out. */
export const jobReply = z.object({
  job_id: optional(id),
  request_id: optional(id),
  status: optional(z.string().max(40)),
  progress: optional(z.number()),
  estimated_completion_time: optional(z.string()),
  video_url: optional(z.string().min(1)),
  thumbnail_url: optional(z.string().min(1)),
  quality_metrics: optional(
    z.object({
      lip_sync_accuracy: optional(z.number()),
      resolution: optional(z.string().max(40)),
      audio_quality: optional(z.string().max(40)),
      facial_animation: optional(z.number()),
      overall_score: optional(z.number()),
      processing_time_seconds: optional(z.number()),
    }),
  ),
})

export type JobReply = z.output<typeof jobReply>

export function toQualityMetrics({ quality_metrics: wire }: JobReply): QualityMetrics | undefined {
  if (!wire) return undefined
  const metrics = {
    lipSyncAccuracy: wire.lip_sync_accuracy,
    facialAnimation: wire.facial_animation,
    overallScore: wire.overall_score,
    audioQuality: wire.audio_quality,
    resolution: wire.resolution,
    processingSeconds: wire.processing_time_seconds,
  }
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined))
}

export interface WireError {
  /** Null where the answer has none. */
  readonly code: string | null
  readonly requestId: string | null
  readonly isPolicy: boolean
}

const policyCode = 'content_policy_violation'
const errorFields = z.object({ code: optional(z.string()), type: optional(z.string()), request_id: optional(id) })
/** The contract leaves the shape of an error open; these are known: {error: {code}}, {error: text}, {message}, {detail}. */
const errorReply = z.object({ error: z.unknown(), message: z.unknown(), detail: z.unknown() }).partial()

/** @param json an answer's body, parsed; undefined where it is no JSON */
export function readWireError(json: unknown): WireError {
  const reply = errorReply.safeParse(json).data
  const detail = Array.isArray(reply?.detail) ? reply.detail[0] : reply?.detail
  const fields = [reply?.error, detail, json].flatMap((each) => errorFields.safeParse(each).data ?? [])
  const code = fields.map((each) => each.code ?? each.type).find((each) => each !== undefined) ?? null
  const words = JSON.stringify([reply?.error, reply?.message, reply?.detail])
  return {
    code: code !== null && /^[\w.-]{1,60}$/.test(code) ? code : null,
    requestId: fields.find((each) => each.request_id !== undefined)?.request_id ?? null,
    // Words decide only where there is no code, and only to the safe side: what was refused is sent to nobody else.
    isPolicy: code === null ? /content[ _-]?policy/i.test(words) : code === policyCode,
  }
}
