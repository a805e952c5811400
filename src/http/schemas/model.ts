/** The models as public JSON, and how they are asked for. */
import { z } from 'zod'
import { moneySchema } from '../../realtime/public-parts.ts'
import { choiceField, flagField, optional, withExample } from './fields.ts'

/** The query of GET /api/v1/models. */
export const modelFields = z.object({
  kind: withExample(optional(choiceField(['video', 'image', 'speech']), 'Only models of this kind.'), 'video'),
  available: withExample(
    optional(flagField(), 'true: only those that you can have now; false: only the others.'),
    true,
  ),
})

const seconds = z.number().nonnegative()

const priceSchema = z
  .strictObject({
    price: moneySchema,
    unit: z.enum(['second', 'call', 'character']).describe('Of video, of request, of script.'),
    label: z
      .enum(['set', 'list', 'seed'])
      .describe("Set here, the vendor's own, or quoted by a guide: for comparison, where there is another."),
    source: z.string(),
    from: z.iso.date().describe('The day from which it holds.'),
    converted: moneySchema.nullable().describe('In the currency of this installation; null: no rate is known.'),
    holds: z.boolean().describe('Whether estimates count with it today.'),
  })
  .meta({ id: 'ModelPrice' })

export const modelSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    provider_name: z.string(),
    kind: z.enum(['video', 'image', 'speech']),
    tier: z.enum(['economy', 'standard', 'premium']).describe('The best it reaches.'),
    capabilities: z.strictObject({
      seconds: z
        .strictObject({
          min: seconds,
          max: seconds,
          whole: z.boolean().describe('Only whole seconds are made, and paid.'),
        })
        .nullable()
        .describe('Of video in one request; null: unknown.'),
      aspect_ratios: z.union([z.literal('any'), z.array(z.enum(['1:1', '9:16', '16:9']))]),
      languages: z.array(z.string()).nullable().describe('Primary subtags; null: not documented.'),
      drive: z
        .enum(['script', 'audio', 'performance', 'key-frames'])
        .describe('How it comes to speak: by the words, a voice, a driving video, pictures of the mouth.'),
      yields: z.enum(['talking-video', 'clips', 'key-frames', 'silent-video', 'speech']),
      takes_recordings: z.boolean().describe('Whether a recording of yours can be heard instead of a voice.'),
    }),
    limits: z
      .strictObject({
        requests_per_minute: z.int().positive().nullable().describe('Null: as many as there are.'),
        max_concurrent: z.int().positive().nullable(),
        timeout_seconds: seconds,
        max_file_bytes: z.number().positive(),
      })
      .nullable()
      .describe("The provider's, for all its models; null: it cannot be called."),
    price: priceSchema.nullable().describe('Null: unknown, which a cost limit refuses.'),
    other_prices: z.array(priceSchema).describe('Known too, and not counted with.'),
    aliases: z.array(z.string()).describe('Other names that `model` may be asked for by.'),
    share: z.number().min(0).max(1).describe('The part of the users who get it.'),
    notes: z.string().nullable(),
    available: z.boolean().describe('Whether you can have it now.'),
    why: z.string().nullable().describe('Why not.'),
    health: z
      .strictObject({ breaker: z.enum(['closed', 'half-open', 'open']) })
      .nullable()
      .describe('Open: nothing is sent to it. Null: it cannot be called.'),
  })
  .meta({ id: 'Model' })
export type PublicModel = z.infer<typeof modelSchema>

const profileSchema = z
  .strictObject({
    short_side: z.int().positive().describe('Pixels.'),
    fps: z.number().positive(),
    max_kilobits_per_second: z.int().positive(),
  })
  .meta({ id: 'QualityProfile' })

export const modelsSchema = z
  .strictObject({
    items: z.array(modelSchema),
    profiles: z
      .strictObject({ economy: profileSchema, standard: profileSchema, premium: profileSchema })
      .describe('What a tier asks of a model that lets itself be told.'),
    money: z.strictObject({
      currency: z.string().describe('What this installation counts in.'),
      rates: z.record(z.string(), z.string()).describe('What one unit of another currency is worth in it.'),
      rates_of: z.iso.date().nullable(),
    }),
    registry: z
      .strictObject({
        file: z.boolean().describe('Whether a file changes what is known.'),
        loaded_at: z.iso.datetime(),
        error: z
          .string()
          .nullable()
          .describe('What is wrong with the file as it is now; the last good one is in force.'),
      })
      .describe('How current this list is.'),
  })
  .meta({ id: 'Models' })
export type PublicModels = z.infer<typeof modelsSchema>
