/** The variables of an ElevenLabs account, and what is known of its models. */
import { z } from 'zod'
import { baseUrl } from './account-shape.ts'
import { apiKey, prefixShape, takeSlice } from './environment-slice.ts'
import type { Model, Price } from './model.ts'

export const prefix = 'ELEVENLABS_'
const usualUrl = 'https://api.elevenlabs.io'

const count = (fallback: number) => z.coerce.number().int().min(1).max(100_000).default(fallback)
/** Each becomes a segment of a path. */
const voiceId = z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must be a voice id: letters and digits')

const shape = {
  API_KEY: apiKey.optional(),
  API_BASE_URL: baseUrl(usualUrl),
  MODEL: z
    .string()
    .regex(/^[a-z0-9_.-]{1,80}$/, 'must be a model id, e.g. eleven_multilingual_v2')
    .default('eleven_multilingual_v2'),
  /** Rachel, one of the voices that come with every account; it is called legacy. */
  VOICE_FEMALE: voiceId.default('21m00Tcm4TlvDq8ikWAM'),
  VOICE_MALE: voiceId.optional(),
  RATE_LIMIT_RPM: count(60),
  /** What a free account may ask at once. */
  MAX_CONCURRENT_REQUESTS: count(2),
  TIMEOUT_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
  PRICE_PER_1K_CHARACTERS: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/, 'must be a decimal with at most three places')
    .optional(),
  PRICE_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .optional(),
}

export type ElevenLabsSettings = z.output<z.ZodObject<typeof shape>>

export const elevenLabsEnvironment = prefixShape(prefix, shape)

export function readElevenLabsSettings(environment: Readonly<Record<string, unknown>>): ElevenLabsSettings {
  return takeSlice(environment, prefix, shape)
}

/** What was set without what it needs, each with its name. */
export function elevenLabsMistakes(environment: Readonly<Record<string, unknown>>): readonly string[] {
  const settings = readElevenLabsSettings(environment)
  const { PRICE_PER_1K_CHARACTERS: price, PRICE_CURRENCY: currency } = settings
  const defaults = z.object(shape).parse({})
  const meant = (['API_BASE_URL', 'MODEL', 'VOICE_FEMALE', 'VOICE_MALE', 'PRICE_PER_1K_CHARACTERS'] as const).find(
    (name) => settings[name] !== defaults[name],
  )
  return [
    ...(settings.API_KEY === undefined && meant ? [`${prefix}API_KEY: is not set, but ${prefix}${meant} is`] : []),
    ...(price !== undefined && currency === undefined
      ? [`${prefix}PRICE_CURRENCY: is not set, but ${prefix}PRICE_PER_1K_CHARACTERS is`]
      : []),
    ...(price === undefined && currency !== undefined
      ? [`${prefix}PRICE_PER_1K_CHARACTERS: is not set, but ${prefix}PRICE_CURRENCY is`]
      : []),
  ]
}

interface KnownModel {
  readonly name: string
  readonly tier: Model['tier']
  readonly creditsPerCharacter: number
  readonly maxCharacters: number
  readonly englishOnly?: true
}

/** Credits for a character, and characters in a request, as its documentation has them; of others nothing is known. */
const knownModels: Readonly<Record<string, KnownModel>> = {
  eleven_v3: { name: 'Eleven v3', tier: 'premium', creditsPerCharacter: 1, maxCharacters: 3000 },
  eleven_multilingual_v2: {
    name: 'Eleven Multilingual v2',
    tier: 'premium',
    creditsPerCharacter: 1,
    maxCharacters: 10_000,
  },
  eleven_flash_v2_5: { name: 'Eleven Flash v2.5', tier: 'standard', creditsPerCharacter: 0.5, maxCharacters: 40_000 },
  eleven_turbo_v2_5: { name: 'Eleven Turbo v2.5', tier: 'standard', creditsPerCharacter: 0.5, maxCharacters: 40_000 },
  eleven_flash_v2: {
    name: 'Eleven Flash v2',
    tier: 'standard',
    creditsPerCharacter: 0.5,
    maxCharacters: 30_000,
    englishOnly: true,
  },
  eleven_turbo_v2: {
    name: 'Eleven Turbo v2',
    tier: 'standard',
    creditsPerCharacter: 0.5,
    maxCharacters: 30_000,
    englishOnly: true,
  },
}

/** Plans of 2026-05: 6 USD for 30 000 credits; larger ones come down to 0.165 USD a thousand. */
export const usdMicrosPerCredit = 200

/** Longest text in a request; null: not known. */
export function mostCharacters(model: string): number | null {
  return knownModels[model]?.maxCharacters ?? null
}

/** What this installation pays for a character; null where it does not say. */
export function setMicrosPerCharacter({
  PRICE_PER_1K_CHARACTERS: price,
  PRICE_CURRENCY: currency,
}: ElevenLabsSettings): { readonly micros: number; readonly currency: string } | null {
  return price === undefined || currency === undefined ? null : { micros: Math.round(Number(price) * 1000), currency }
}

/** @param languages primary subtags of our own voices: they tell the sounds of what is said. That it speaks them all is unverified. */
export function elevenLabsModel(settings: ElevenLabsSettings, languages: readonly string[]): Model {
  const { MODEL } = settings
  const known = knownModels[MODEL]
  return {
    id: `elevenlabs/${MODEL}`,
    name: `ElevenLabs ${known?.name ?? MODEL}`,
    provider: 'elevenlabs',
    kind: 'speech',
    drive: 'script',
    yields: 'speech',
    tier: known?.tier ?? 'standard',
    // Ten thousand characters take about so long.
    seconds: { min: 0.3, max: 600 },
    languages: known?.englishOnly ? languages.filter((language) => language === 'en') : languages,
    aspectRatios: 'any',
    dedupesByKey: false,
    runsHere: false,
    prices: pricesOf(settings, known),
    // Not measured: of the answer, nothing is heard before it is whole.
    typicalWork: { startSeconds: 2, secondsPerSecond: { economy: 0.2, standard: 0.2, premium: 0.2 } },
  }
}

function pricesOf(settings: ElevenLabsSettings, known: KnownModel | undefined): readonly Price[] {
  const set = setMicrosPerCharacter(settings)
  return [
    ...(set
      ? [
          {
            ...set,
            unit: 'character',
            label: 'set',
            source: "this installation's environment",
            from: '1970-01-01',
          } as const,
        ]
      : []),
    ...(known
      ? [
          {
            micros: usdMicrosPerCredit * known.creditsPerCharacter,
            currency: 'USD',
            unit: 'character',
            label: 'list',
            source: "ElevenLabs' plans, by public catalogues",
            from: '2026-05-04',
          } as const,
        ]
      : []),
  ]
}
