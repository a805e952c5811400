/** What the contract lets POST /video/generate carry, to the letter: nothing more, nothing of another type or outside its range. */
import { z } from 'zod'
import { type FieldMistake, imageTypeOf, readBase64 } from './check-body.ts'
import { isLoopback } from './control.ts'

/** Resolution, kbit/s and frames per second go together: the contract's three tiers. */
const tiers = [
  { resolution: '720p', bitrate: 2000, fps: 24 },
  { resolution: '1080p', bitrate: 4000, fps: 30 },
  { resolution: '1080p', bitrate: 8000, fps: 60 },
]

export const generateBody = z.strictObject({
  image: z.strictObject({
    data: z.string().min(1),
    format: z.enum(['image/jpeg', 'image/png', 'image/webp']),
  }),
  script: z.strictObject({
    text: z.string().min(1).max(5000),
    voice_settings: z
      .strictObject({ speed: z.number().min(0.5).max(2).default(1), pitch: z.number().min(-20).max(20).default(0) })
      .default({ speed: 1, pitch: 0 }),
  }),
  video_config: z
    .strictObject({
      duration_seconds: z.int().min(15).max(60),
      aspect_ratio: z.enum(['square', 'portrait', 'landscape']),
      resolution: z.enum(['720p', '1080p']),
      bitrate: z.literal([2000, 4000, 8000]),
      fps: z.literal([24, 30, 60]),
    })
    .refine(
      (config) =>
        tiers.some(
          ({ resolution, bitrate, fps }) =>
            resolution === config.resolution && bitrate === config.bitrate && fps === config.fps,
        ),
      'resolution, bitrate and fps are of no one tier',
    ),
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
  callback_url: z
    .string()
    .refine(isCallbackUrl, 'must be an https URL (http is taken on loopback: an exception of the sandbox)')
    .optional(),
})

export type GenerateBody = z.infer<typeof generateBody>

/** The photo's bytes, or what is wrong with `image`: not plain base64, or not the format it claims. */
export function readImage({ data, format }: GenerateBody['image']): Buffer | FieldMistake {
  const bytes = readBase64(data)
  if (!bytes) return { field: 'image.data', message: 'must be plain base64, without a data: prefix' }
  return imageTypeOf(bytes) === format ? bytes : { field: 'image.data', message: `does not begin like ${format}` }
}

function isCallbackUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username || password) return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** Pixels of the finished video. */
export function sizeOf({ aspect_ratio, resolution }: GenerateBody['video_config']): { width: number; height: number } {
  const short = resolution === '720p' ? 720 : 1080
  const long = (short / 9) * 16
  if (aspect_ratio === 'square') return { width: short, height: short }
  return aspect_ratio === 'portrait' ? { width: short, height: long } : { width: long, height: short }
}
