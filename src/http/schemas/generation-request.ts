/** The fields of POST /api/v1/video/generate beside the photo: names, bounds, defaults. */
import { z } from 'zod'
import type { AspectRatio, Priority, QualityTier } from '../../generations/generation.ts'
import type { Strategy } from '../../routing/ai-service-router.ts'
import {
  choiceField,
  defaulted,
  flagField,
  moneyField,
  nameField,
  numberField,
  optional,
  readJson,
  readText,
  required,
  textProblem,
} from './fields.ts'

const tiers = ['economy', 'standard', 'premium'] as const satisfies readonly QualityTier[]
const ratios = ['1:1', '9:16', '16:9'] as const satisfies readonly AspectRatio[]
const priorities = ['low', 'normal', 'high'] as const satisfies readonly Priority[]

/** The type holds each to be one; a test, that none is missing. */
export const strategies = [
  'quality-cost',
  'priority',
  'round-robin',
  'weighted',
  'least-loaded',
  'latency',
  'cheapest',
] as const satisfies readonly Strategy[]

export const maxScriptCharacters = 20_000
const maxMetadataBytes = 8 * 1024
const maxMetadataDepth = 16

/** A BCP 47 tag, near enough. */
export const languageShape = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/

export const idShape = /^[\w-]{1,64}$/
const id = nameField(idShape, 'must be an id as this service gives them')

export const scriptText = z
  .string({ error: 'must be text' })
  .max(maxScriptCharacters, `must have at most ${maxScriptCharacters} characters`)
  .superRefine((text, context) => {
    const problem = textProblem(text)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })

const speed = numberField({ min: 0.5, max: 2 })
const pitch = numberField({ min: -12, max: 12 })

export const voiceSettings = z
  .object(
    {
      speed: defaulted(speed, 1, "How fast: 0.5 is half, 1 the voice's own rate, 2 twice as fast."),
      pitch: defaulted(pitch, 0, 'How high: semitones from -12 to 12.'),
    },
    { error: 'must be an object with speed and pitch' },
  )
  .prefault({})

const metadataObject = z
  .record(z.string(), z.unknown(), { error: 'must be a JSON object' })
  .superRefine((value, context) => {
    const problem = metadataProblem(value)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })

export const generationFields = z.object({
  photo_id: optional(id, 'A photo kept before with POST /api/v1/photos; instead of the file `photo`.'),
  face: optional(
    numberField({ min: 0, max: 999, whole: true }),
    'Which face speaks, counted from 0 as POST /api/v1/photos/check lists them; the largest when left out.',
  ),
  script: required(
    { read: readText, schema: scriptText.meta({ override: { minLength: 1, pattern: '\\S' } }) },
    `The words to speak, 1 to ${maxScriptCharacters} characters.`,
  ),
  duration: defaulted(
    numberField({ min: 15, max: 60 }),
    60,
    'Longest clip in seconds, 15 to 60. The length of the speech decides the real length.',
  ),
  quality: optional(
    choiceField(tiers),
    'economy, standard or premium; standard when left out, if nothing else is set up here.',
  ),
  aspect_ratio: optional(
    choiceField(ratios, { square: '1:1', portrait: '9:16', landscape: '16:9' }),
    "square (1:1), portrait (9:16) or landscape (16:9); the photo's own shape when left out.",
  ),
  voice: optional(
    nameField(/^[\w.-]{1,64}$/, 'must be the id of a voice'),
    'A voice id of GET /api/v1/voices; the first of the language when left out.',
  ),
  language: optional(
    nameField(languageShape, "must be a language tag such as 'en' or 'en-US'"),
    "The language of the script, e.g. 'fr' or 'en-US'; detected when left out.",
  ),
  voice_settings: z
    .preprocess(readJson, voiceSettings)
    .describe(
      'Speed and pitch: {"speed": 1, "pitch": 0}, or voice_settings[speed] and voice_settings[pitch] in a form.',
    ),
  lip_sync_enabled: defaulted(flagField(), true, 'Whether the mouth follows the words.'),
  facial_animation_strength: defaulted(numberField({ min: 0, max: 1 }), 0.8, 'How lively the face is, 0 to 1.'),
  background_noise_reduction: defaulted(flagField(), false, 'Whether noise is removed from a recorded voice.'),
  audio_enhancement: defaulted(flagField(), true, 'Whether the speech is brought to an even loudness.'),
  burn_subtitles: defaulted(flagField(), false, 'Whether the words are written into the picture as they are spoken.'),
  model: optional(
    nameField(/^[\w./ -]{1,64}$/, 'must be the name of a model'),
    'A model of GET /api/v1/models, and no other; the best that can do it when left out.',
  ),
  strategy: optional(
    choiceField(strategies),
    `How models are ranked: ${strategies.join(', ')}; as this installation does when left out.`,
  ),
  cost_limit: optional(
    moneyField(),
    'The most that it may cost: 5 or "4.50" in the currency of this installation, or {"amount": "4.50", "currency": "USD"}.',
  ),
  priority: defaulted(choiceField(priorities), 'normal', 'low, normal or high: the place in the queue.'),
  timeout: defaulted(
    numberField({ min: 10, max: 3600, whole: true }),
    300,
    'Seconds from acceptance after which the generation is given up, 10 to 3600.',
  ),
  metadata: z
    .preprocess(readJson, metadataObject.default({}))
    .describe('A JSON object of your own, at most 8 KB; it comes back with the generation.'),
  fresh: defaulted(
    flagField(),
    false,
    'true makes a new video even where the same request was made before; else the stored one is answered at once.',
  ),
  consent: defaulted(flagField(), false, "true states that you may use this person's likeness."),
})
export type GenerationFields = z.output<typeof generationFields>

function metadataProblem(value: Record<string, unknown>): string | null {
  if (depthOf(value) > maxMetadataDepth) return `must not be nested deeper than ${maxMetadataDepth} levels`
  if (Buffer.byteLength(JSON.stringify(value)) > maxMetadataBytes)
    return `must have at most ${maxMetadataBytes} bytes as JSON`
  return metadataTextProblem(value)
}

function depthOf(value: unknown, limit = maxMetadataDepth + 1): number {
  if (typeof value !== 'object' || value === null) return 0
  if (limit === 0) return 1
  return 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner, limit - 1)))
}

function metadataTextProblem(value: unknown): string | null {
  if (typeof value === 'string') return textProblem(value)
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    const problem = textProblem(key) ?? metadataTextProblem(inner)
    if (problem) return problem
  }
  return null
}

/** The fields of POST /api/v1/photos/check beside the photo. */
export const photoCheckFields = generationFields.pick({ face: true })

/** POST /api/v1/photos has none. */
export const photoFields = z.object({})
