/** What a request for speech may say, to the letter. */
import { z } from 'zod'

export interface SpeechModel {
  readonly id: string
  readonly name: string
  readonly creditsPerCharacter: number
  readonly maxCharacters: number
}

export const speechModels: readonly SpeechModel[] = [
  { id: 'eleven_v3', name: 'Eleven v3', creditsPerCharacter: 1, maxCharacters: 3000 },
  { id: 'eleven_multilingual_v2', name: 'Eleven Multilingual v2', creditsPerCharacter: 1, maxCharacters: 10_000 },
  { id: 'eleven_flash_v2_5', name: 'Eleven Flash v2.5', creditsPerCharacter: 0.5, maxCharacters: 40_000 },
  { id: 'eleven_turbo_v2_5', name: 'Eleven Turbo v2.5', creditsPerCharacter: 0.5, maxCharacters: 40_000 },
  { id: 'eleven_flash_v2', name: 'Eleven Flash v2', creditsPerCharacter: 0.5, maxCharacters: 30_000 },
  { id: 'eleven_turbo_v2', name: 'Eleven Turbo v2', creditsPerCharacter: 0.5, maxCharacters: 30_000 },
]

const share = z.number().min(0).max(1)
const ids = z.array(z.string()).max(3)

export const speechBody = z.strictObject({
  text: z.string().min(1),
  model_id: z.string().default('eleven_multilingual_v2'),
  language_code: z.string().optional(),
  voice_settings: z
    .strictObject({
      stability: share.optional(),
      similarity_boost: share.optional(),
      style: share.optional(),
      use_speaker_boost: z.boolean().optional(),
      speed: z.number().min(0.7).max(1.2).optional(),
    })
    .optional(),
  pronunciation_dictionary_locators: z
    .array(z.strictObject({ pronunciation_dictionary_id: z.string(), version_id: z.string().optional() }))
    .max(3)
    .optional(),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  previous_text: z.string().optional(),
  next_text: z.string().optional(),
  previous_request_ids: ids.optional(),
  next_request_ids: ids.optional(),
  apply_text_normalization: z.enum(['auto', 'on', 'off']).optional(),
})

export type SpeechBody = z.output<typeof speechBody>

const rates = [8000, 16_000, 22_050, 24_000, 44_100, 48_000]
const formats = [
  'mp3_22050_32',
  ...[32, 64, 96, 128, 192].map((kbps) => `mp3_44100_${kbps}`),
  ...rates.flatMap((rate) => [`pcm_${rate}`, `wav_${rate}`]),
  ...[32, 64, 96, 128, 192].map((kbps) => `opus_48000_${kbps}`),
  'ulaw_8000',
  'alaw_8000',
]

/** Samples a second of a PCM format; 'other' for one that is not made here; null for none of the contract's. */
export function rateOf(format: string): number | 'other' | null {
  if (!formats.includes(format)) return null
  const [kind, rate] = format.split('_')
  return kind === 'pcm' ? Number(rate) : 'other'
}
