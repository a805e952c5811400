/** A generation as the API shows it. */
import { z } from 'zod'
import { failureSchema, warningSchema } from './problem.ts'

const seconds = z.number().nonnegative()
const time = z.iso.datetime()

export const moneySchema = z.strictObject({
  /** Decimal, exact: '0.15'. */
  amount: z.string().regex(/^-?\d+\.\d{2,6}$/),
  micros: z.number().int(),
  currency: z.string().length(3),
})
export type PublicMoney = z.infer<typeof moneySchema>

export const settingsSchema = z.strictObject({
  duration: seconds,
  quality: z.enum(['economy', 'standard', 'premium']),
  aspect_ratio: z.enum(['1:1', '9:16', '16:9']).nullable(),
  voice: z.string().nullable(),
  language: z.string().nullable(),
  voice_settings: z.strictObject({ speed: z.number(), pitch: z.number() }),
  lip_sync_enabled: z.boolean(),
  facial_animation_strength: z.number().min(0).max(1),
  background_noise_reduction: z.boolean(),
  audio_enhancement: z.boolean(),
  priority: z.enum(['low', 'normal', 'high']),
  timeout: z.number().int(),
})

export const outputSchema = z.strictObject({
  bytes: z.number().int().positive(),
  seconds,
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  fps: z.number().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** While it waits for a place on a machine. */
export const queuePlaceSchema = z.strictObject({
  /** Videos that come first. */
  ahead: z.number().int().nonnegative(),
  /** Until it is likely to start. */
  expected_wait_seconds: seconds,
})

const path = z.string().startsWith('/')

export const generationSchema = z.strictObject({
  id: z.string(),
  /** Equal generations share a work, and with it the video, which names it in its metadata. */
  work_id: z.string(),
  status: z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']),
  step: z.enum(['choose', 'prepare', 'start', 'poll', 'assemble', 'store', 'finish']).nullable(),
  progress: z.number().min(0).max(100),
  /** The stored video of an equal request, at once. */
  cached: z.boolean(),
  /** It waits for the same video as an equal request that came before. */
  shared: z.boolean(),
  queue: queuePlaceSchema.nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  /** When it is given up. */
  deadline_at: time,
  photo_id: z.string(),
  face: z.number().int().nonnegative(),
  script: z.string(),
  settings: settingsSchema,
  /** Settings that were not done exactly as asked. */
  adjusted: z.array(z.strictObject({ setting: z.string(), asked: z.unknown(), used: z.unknown(), why: z.string() })),
  metadata: z.record(z.string(), z.unknown()),
  estimate: z.strictObject({ video_seconds: seconds, processing_seconds: seconds, cost: moneySchema }),
  output: outputSchema.nullable(),
  cost: moneySchema.nullable(),
  failure: failureSchema.nullable(),
  timings: z.strictObject({ queued_seconds: seconds.nullable(), processing_seconds: seconds.nullable() }),
  /** Why each route was taken or passed over. */
  route: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      verdict: z.enum(['chosen', 'passed-over']),
      why: z.string(),
    }),
  ),
  fallback_used: z.boolean(),
  /** Seq of the newest event: watch from here. */
  last_seq: z.number().int().nonnegative(),
  request_id: z.string().nullable(),
  links: z.strictObject({
    self: path,
    /** Null when there will be none. */
    content: path.nullable(),
    thumbnail: path.nullable(),
    /** WebVTT; the same path ending in .srt is SubRip. */
    subtitles: path.nullable(),
    events: path,
    /** DELETE it; null once there is nothing to cancel. */
    cancel: path.nullable(),
  }),
})
export type PublicGeneration = z.infer<typeof generationSchema>

export const acceptedGenerationSchema = generationSchema.extend({ warnings: z.array(warningSchema) })

export const generationPageSchema = z.strictObject({
  items: z.array(generationSchema),
  next_cursor: z.string().nullable(),
})
