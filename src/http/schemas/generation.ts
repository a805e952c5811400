/** A generation as the API shows it. */
import { z } from 'zod'
import {
  adjustmentSchema,
  failureSchema,
  moneySchema,
  outputSchema,
  queuePlaceSchema,
  statusSchema,
} from '../../realtime/public-parts.ts'
import { strategies } from './generation-request.ts'
import { warningSchema } from './problem.ts'

const seconds = z.number().nonnegative()
const time = z.iso.datetime()

export const settingsSchema = z
  .strictObject({
    duration: seconds.describe('Longest clip allowed, seconds.'),
    quality: z.enum(['economy', 'standard', 'premium']),
    aspect_ratio: z.enum(['1:1', '9:16', '16:9']).nullable().describe("Null: the photo's own shape."),
    voice: z.string().nullable(),
    language: z.string().nullable(),
    language_source: z
      .enum(['given', 'voice', 'detected'])
      .nullable()
      .describe('Who decided on the language: the caller, the voice asked for, or the script itself.'),
    voice_settings: z.strictObject({ speed: z.number(), pitch: z.number() }),
    lip_sync_enabled: z.boolean(),
    facial_animation_strength: z.number().min(0).max(1),
    background_noise_reduction: z.boolean(),
    audio_enhancement: z.boolean(),
    burn_subtitles: z.boolean(),
    priority: z.enum(['low', 'normal', 'high']),
    timeout: z.int().describe('Seconds from acceptance.'),
    model: z.string().nullable().describe('The id of the only model wanted; null: the best that can do it.'),
    strategy: z.enum(strategies).nullable().describe('Null: as this installation ranks.'),
    cost_limit: moneySchema.nullable().describe('In the currency of this installation.'),
  })
  .meta({ id: 'Settings', description: 'What was understood of the request.' })

const path = z.string().regex(/^\//)

const considered = z
  .strictObject({
    attempt: z.int().positive().describe('1: the first choice; 2: the fallback after it.'),
    provider: z.string(),
    model: z.string(),
    verdict: z.enum(['chosen', 'passed-over']),
    why: z.string(),
    estimate: moneySchema.nullable().describe('What it would cost; null: the price is unknown.'),
  })
  .meta({ id: 'ConsideredModel' })

export const routeSchema = z
  .strictObject({
    strategy: z.enum(strategies).nullable().describe('How models were ranked; null before one is chosen.'),
    provider: z.string().nullable().describe('Of the model chosen last.'),
    model: z.string().nullable(),
    trace: z.array(considered).describe('Why each model was taken or passed over, attempt by attempt.'),
  })
  .meta({ id: 'Route' })

const qualitySchema = z
  .strictObject({
    lip_sync_accuracy: z.number().nullable().describe('0 to 100.'),
    facial_animation: z.number().nullable().describe('0 to 10.'),
    overall_score: z.number().nullable().describe('0 to 10.'),
    audio_quality: z.string().nullable(),
    resolution: z.string().nullable(),
    processing_time_seconds: seconds.nullable(),
  })
  .meta({ id: 'QualityMetrics', description: 'What the provider says of how good it is.' })

const ratingSchema = z
  .strictObject({
    score: z.int().min(1).max(5).describe('1 (bad) to 5 (good).'),
    comment: z.string().nullable(),
    rated_at: time,
  })
  .meta({ id: 'Rating' })

export const generationSchema = z
  .strictObject({
    id: z.string(),
    work_id: z
      .string()
      .describe('Equal generations share a work, and with it the video, which names it in its metadata.'),
    status: statusSchema,
    step: z
      .enum(['choose', 'prepare', 'start', 'poll', 'assemble', 'store', 'finish'])
      .nullable()
      .describe('What runs next or now; null before processing and once it is over.'),
    progress: z.number().min(0).max(100).describe('Percent; 100 only when completed.'),
    cached: z.boolean().describe('The stored video of an equal request, at once.'),
    shared: z.boolean().describe('It waits for the same video as an equal request that came before.'),
    queue: queuePlaceSchema.nullable(),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    deadline_at: time.describe('When it is given up.'),
    photo_id: z.string(),
    face: z.int().nonnegative().describe('Which face of the photo speaks.'),
    script: z.string(),
    settings: settingsSchema,
    adjusted: z.array(adjustmentSchema).describe('Settings that were not done exactly as asked.'),
    metadata: z.record(z.string(), z.unknown()).describe('As it came with the request.'),
    estimate: z.strictObject({
      video_seconds: seconds,
      processing_seconds: seconds.describe('From the start of processing.'),
      cost: moneySchema,
    }),
    output: outputSchema.nullable(),
    cost: moneySchema.nullable(),
    rating: ratingSchema.nullable().describe('What you said of it.'),
    failure: failureSchema.nullable(),
    timings: z.strictObject({ queued_seconds: seconds.nullable(), processing_seconds: seconds.nullable() }),
    route: routeSchema.describe('Who makes it, and how it came to that.'),
    fallback_used: z.boolean().describe('Whether a second model had to be tried.'),
    fallback_provider: z.string().nullable().describe('Who made it after the first had failed.'),
    original_error: failureSchema.nullable().describe('What went wrong with the first model.'),
    provider_request_id: z.string().nullable().describe("The provider's own name for the request."),
    provider_job_id: z.string().nullable().describe("The provider's own name for the work."),
    quality_metrics: qualitySchema.nullable().describe('As the provider judges it.'),
    voice_provider: z.string().nullable().describe('Whose voice is heard, where that is a provider of its own.'),
    remarks: z
      .array(
        z.strictObject({
          code: z.string().describe('`key-frame-lost`, `key-frame-dropped`, `voice-lost`, `voice-may-vary`.'),
          message: z.string(),
        }),
      )
      .describe('What of it was made otherwise than meant.'),
    last_seq: z.int().nonnegative().describe('Seq of the newest event: watch from here.'),
    request_id: z.string().nullable().describe('Of the request that made it.'),
    links: z.strictObject({
      self: path,
      content: path.nullable().describe('Null when there will be none.'),
      thumbnail: path.nullable(),
      subtitles: path.nullable().describe('WebVTT; the same path ending in .srt is SubRip.'),
      events: path,
      cancel: path.nullable().describe('DELETE it; null once there is nothing to cancel.'),
    }),
  })
  .meta({ id: 'Generation', description: 'One request for one talking video.' })
export type PublicGeneration = z.infer<typeof generationSchema>

export const acceptedGenerationSchema = generationSchema
  .extend({ warnings: z.array(warningSchema) })
  .meta({ id: 'AcceptedGeneration', description: 'A generation, and what might make it less good.' })

export const generationPageSchema = z
  .strictObject({ items: z.array(generationSchema), next_cursor: z.string().nullable().describe('Null at the end.') })
  .meta({ id: 'GenerationPage' })
