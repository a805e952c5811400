/**
 * The file by which whoever runs this installation changes what is known of models (MODELS_FILE). Read strictly: a name or a
 * key that is not known is a mistake, and every mistake is named at once.
 */
import { z } from 'zod'
import { Failure } from '../errors.ts'
import type { Model, Price, QualityTier } from './model.ts'

const tiers = ['economy', 'standard', 'premium'] as const satisfies readonly QualityTier[]

const amount = z
  .string({ error: 'must be a decimal in quotes, such as "0.15"' })
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a decimal of at most six places, such as "0.15"')
  .transform((decimal) => Math.round(Number(decimal) * 1e6))

const price = z
  .strictObject({
    amount,
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as INR'),
    unit: z.enum(['second', 'call', 'character']).default('second'),
    from: z.iso.date().default('2000-01-01'),
    source: z.string().min(1).max(200).default('set by whoever runs this installation'),
  })
  .transform(({ amount: micros, ...rest }): Price => ({ ...rest, micros, label: 'set' }))

const seconds = z.number().positive().max(3600)
const name = z.string().trim().min(1).max(64)

const modelOverride = z.strictObject({
  enabled: z.boolean().optional(),
  tier: z.enum(tiers).optional(),
  /** One, or several of different days. */
  price: z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(price).min(1)).optional(),
  seconds: z.strictObject({ min: seconds.optional(), max: seconds.optional() }).optional(),
  aliases: z.array(name).max(50).optional(),
  share: z.number().min(0).max(1).optional(),
  notes: z.string().max(500).optional(),
})
export type ModelOverride = z.output<typeof modelOverride>

const limits = z.strictObject({
  requests_per_minute: z.int().positive().nullable().optional(),
  max_concurrent: z.int().positive().nullable().optional(),
  timeout_seconds: seconds.optional(),
  max_file_mb: z.number().positive().max(10_240).optional(),
})
export type LimitsOverride = z.output<typeof limits>

const profile = z.strictObject({
  short_side: z.int().min(240).max(1440).multipleOf(2).optional(),
  fps: z.int().min(12).max(60).optional(),
  max_kilobits_per_second: z.int().min(200).max(50_000).optional(),
})

const fileSchema = z.strictObject({
  models: z.record(z.string(), modelOverride).default({}),
  /** What may be asked of a vendor's account is the same for all its models. */
  providers: z.record(z.string(), z.strictObject({ limits })).default({}),
  profiles: z.partialRecord(z.enum(tiers), profile).default({}),
})
export type ModelsFile = z.output<typeof fileSchema>

export const noOverrides: ModelsFile = { models: {}, providers: {}, profiles: {} }

/** What the file may speak of. */
export interface KnownNames {
  readonly models: readonly string[]
  readonly providers: readonly string[]
  /** What each model does without the file; null: unknown. */
  readonly seconds: ReadonlyMap<string, Model['seconds'] | null>
  /** Plain name -> the model that is called so already. */
  readonly taken: ReadonlyMap<string, string>
  readonly plainName: (name: string) => string
}

/** @throws Failure INVALID_REQUEST 'models-file-invalid' whose message names every mistake */
export function readModelsFile(text: string, known: KnownNames): ModelsFile {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`))
  }
  const mistakes = [
    ...unknown('models', Object.keys(parsed.data.models), known.models),
    ...unknown('providers', Object.keys(parsed.data.providers), known.providers),
    ...aliasMistakes(parsed.data, known),
    ...secondsMistakes(parsed.data, known),
  ]
  if (mistakes.length > 0) throw invalid(mistakes)
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // JSON.parse quotes what it stumbled over, which may be anything.
    const [, place] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
    throw invalid([place === undefined ? 'it is not JSON' : `it is not JSON from character ${place} on`])
  }
}

function unknown(section: string, named: readonly string[], known: readonly string[]): readonly string[] {
  return named
    .filter((each) => !known.includes(each))
    .map((each) => `${section}.${each}: is not known here; known are ${known.join(', ')}`)
}

function aliasMistakes({ models }: ModelsFile, { taken, plainName }: KnownNames): readonly string[] {
  const owners = new Map(taken)
  return Object.entries(models).flatMap(([id, { aliases = [] }]) =>
    aliases.flatMap((alias) => {
      const owner = owners.get(plainName(alias))
      owners.set(plainName(alias), id)
      return owner === undefined || owner === id ? [] : [`models.${id}.aliases: '${alias}' already means ${owner}`]
    }),
  )
}

function secondsMistakes({ models }: ModelsFile, known: KnownNames): readonly string[] {
  return Object.entries(models).flatMap(([id, { seconds }]) => {
    const facts = known.seconds.get(id)
    if (!seconds || facts === undefined) return []
    const { min = facts?.min ?? 0, max = facts?.max ?? Number.POSITIVE_INFINITY } = seconds
    return min <= max ? [] : [`models.${id}.seconds: ${min} to ${max} is no range`]
  })
}

function invalid(mistakes: readonly string[]): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'models-file-invalid',
    message: `The models file is wrong: ${mistakes.join('; ')}`,
    hint: 'docs/models.md shows what the file of MODELS_FILE may hold.',
  })
}
