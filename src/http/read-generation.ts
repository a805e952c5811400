/** From the fields and files of one request to what the heart is asked: for a single generation and for each of a batch. */
import type { QualityTier, Settings } from '../generations/generation.ts'
import type { AskedMoney } from '../generations/settle-wishes.ts'
import type { GenerationRequest, PhotoSource } from '../generations/use-cases.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { UploadedFile } from './one-file-storage.ts'
import { checkFields } from './read-fields.ts'
import type { HttpConfig } from './route-context.ts'
import { type GenerationFields, generationFields } from './schemas/generation-request.ts'

/**
 * @param found what is known to be wrong before the fields are looked at
 * @throws Failure INVALID_REQUEST that lists every mistake
 */
export function readGeneration(
  fields: Readonly<Record<string, unknown>>,
  { photo, audio }: { readonly photo: UploadedFile | null; readonly audio: UploadedFile | null },
  config: Pick<HttpConfig, 'requireConsent' | 'defaultQuality'>,
  found: readonly Mistake[],
): Omit<GenerationRequest, 'caller'> {
  const mistakes = [...found]
  const read = checkFields(generationFields, fields, mistakes)
  if (audio && fields.voice !== undefined && fields.voice !== '') mistakes.push(voiceBesideAudio)
  const source = choosePhoto(photo, fields.photo_id, mistakes)
  if (read && config.requireConsent && !read.consent) mistakes.push(noConsent)
  if (!read || !source || mistakes.length > 0) {
    throw mistakesFailure(audio ? mistakes.map(tellWhyScript) : mistakes)
  }
  return {
    photo: source,
    face: read.face,
    script: read.script,
    ...(audio && { recording: audio }),
    settings: toSettings(read, config.defaultQuality),
    ...(read.cost_limit !== undefined && { costLimit: toAskedMoney(read.cost_limit) }),
    metadata: read.metadata,
    consent: read.consent,
    fresh: read.fresh,
  }
}

function choosePhoto(file: UploadedFile | null, id: unknown, mistakes: Mistake[]): PhotoSource | null {
  const hasId = id !== undefined && id !== ''
  if (file !== null && hasId) mistakes.push(photoTwice)
  if (file !== null) return file
  if (typeof id === 'string' && hasId) return { id: id.trim() }
  if (!hasId && !mistakes.some(({ field }) => field === 'photo')) mistakes.push(noPhoto)
  return null
}

function toSettings(fields: GenerationFields, defaultQuality: QualityTier): Settings {
  return {
    maxSeconds: fields.duration,
    quality: fields.quality ?? defaultQuality,
    aspectRatio: fields.aspect_ratio ?? null,
    voice: fields.voice ?? null,
    language: fields.language ?? null,
    speed: fields.voice_settings.speed,
    pitch: fields.voice_settings.pitch,
    lipSync: fields.lip_sync_enabled,
    facialAnimationStrength: fields.facial_animation_strength,
    noiseReduction: fields.background_noise_reduction,
    audioEnhancement: fields.audio_enhancement,
    burnSubtitles: fields.burn_subtitles,
    priority: fields.priority,
    timeoutSeconds: fields.timeout,
    ...(fields.model !== undefined && { model: fields.model }),
    ...(fields.strategy !== undefined && { strategy: fields.strategy }),
  }
}

/** What a request that says nothing of it asks for. */
export function usualSettings(defaultQuality: QualityTier): Settings {
  return toSettings(generationFields.parse({ script: 'any' }), defaultQuality)
}

export function toAskedMoney(asked: NonNullable<GenerationFields['cost_limit']>): AskedMoney {
  const { amount, currency = null } = typeof asked === 'object' ? asked : { amount: asked }
  // At most nine digits before the point and six after: exact as a double.
  return { micros: Math.round(Number(amount) * 1e6), currency }
}

const photoHint = 'Send a photo as the file field `photo` of multipart/form-data, or photo_id of one kept before.'
export const noPhoto: Mistake = { field: 'photo', reason: 'field-missing', message: 'is required', hint: photoHint }
export const photoAsText: Mistake = {
  field: 'photo',
  reason: 'field-invalid',
  message: 'must be an uploaded file',
  hint: photoHint,
}
export const audioAsText: Mistake = {
  field: 'audio',
  reason: 'field-invalid',
  message: 'must be an uploaded file',
  hint: 'Send a WAV as the file field `audio` of multipart/form-data.',
}
const voiceBesideAudio: Mistake = {
  field: 'voice',
  reason: 'field-invalid',
  message: 'came together with a recording',
  hint: 'Send one of the two: `audio` is heard instead of a voice.',
}
/** A recording alone shows no lips what is said. */
function tellWhyScript(mistake: Mistake): Mistake {
  if (mistake.field !== 'script' || mistake.reason !== 'field-missing') return mistake
  return { ...mistake, hint: 'Write out word for word what is said in `audio`: the lips are moved by it.' }
}
const photoTwice: Mistake = {
  field: 'photo_id',
  reason: 'field-invalid',
  message: 'came together with a photo',
  hint: 'Send one of the two.',
}
const noConsent: Mistake = {
  field: 'consent',
  reason: 'consent-missing',
  message: 'must be true',
  hint: "Send consent=true to state that you may use this person's likeness.",
}
