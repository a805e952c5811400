/** What POST /api/v1/estimates takes and answers. */
import { z } from 'zod'
import { moneySchema } from '../../realtime/public-parts.ts'
import { defaulted, flagField, moneyField, numberField, optional, readText } from './fields.ts'
import { generationFields, scriptText, strategies } from './generation-request.ts'
import { warningSchema } from './problem.ts'

const { quality, aspect_ratio, voice, language, voice_settings, model } = generationFields.shape

/** One name, several in an array, or several in a text with commas. */
const strategyList = z
  .preprocess(
    (value) => {
      const text = readText(value)
      return typeof text === 'string' ? text.split(',').map((word) => word.trim().toLowerCase()) : text
    },
    z
      .array(z.enum(strategies, { error: `must be some of ${strategies.join(', ')}` }), {
        error: `must be some of ${strategies.join(', ')}`,
      })
      .max(strategies.length, `must be some of ${strategies.join(', ')}, each once`)
      .optional(),
  )
  .describe(
    "Under which strategies models are ranked; the first decides what is recommended. This installation's when left out.",
  )

export const estimateFields = z.object({
  script: optional({ read: readText, schema: scriptText }, 'The words to speak; or else `seconds`.'),
  seconds: optional(numberField({ min: 0.1, max: 3600 }), 'How long the words take to say; or else `script`.'),
  quality,
  aspect_ratio,
  voice,
  language,
  voice_settings,
  recorded: defaulted(flagField(), false, 'Whether the words come as a recording of yours.'),
  model,
  strategies: strategyList,
  budget: optional(moneyField(), 'The most that it may cost; then one is recommended that keeps to it, or what would.'),
})
export type EstimateFields = z.output<typeof estimateFields>

const seconds = z.number().nonnegative()
const tier = z.enum(['economy', 'standard', 'premium'])
const named = { provider: z.string(), model: z.string() }

export const estimateSchema = z
  .strictObject({
    speech: z.strictObject({
      seconds: seconds.describe('Of speech.'),
      language: z.string(),
      language_source: z.enum(['given', 'voice', 'detected']).nullable().describe('Null where `seconds` were given.'),
      voice: z.string().nullable(),
    }),
    quality: tier,
    options: z
      .array(
        z.strictObject({
          ...named,
          tier,
          video_seconds: seconds.describe('Of video that would be asked of the model, and paid.'),
          cost: moneySchema.nullable().describe('In the currency of this installation; null: unknown.'),
          price: z
            .strictObject({
              price: moneySchema,
              unit: z.enum(['second', 'call', 'character']),
              label: z.enum(['set', 'list', 'seed']),
              source: z.string(),
              from: z.iso.date(),
            })
            .nullable()
            .describe('What the cost comes from.'),
          processing_seconds: seconds.describe('From the start of processing.'),
          measured: z.boolean().describe('Whether that is as measured on this installation; else as is typical.'),
          within_budget: z.boolean().nullable().describe('Null: there is no budget.'),
          ranks: z.array(z.strictObject({ strategy: z.enum(strategies), rank: z.int().positive(), why: z.string() })),
        }),
      )
      .describe('Models that can do it, in the order of the first strategy.'),
    unable: z.array(z.strictObject({ ...named, why: z.string() })).describe('Models that cannot, and why.'),
    budget: moneySchema.nullable().describe('In the currency of this installation.'),
    recommendation: z.strictObject({
      provider: z.string().nullable().describe('Null: nothing can be had as asked.'),
      model: z.string().nullable(),
      why: z.string(),
      alternatives: z
        .array(
          z.strictObject({
            kind: z.enum(['shorter-script', 'lower-quality', 'larger-budget']),
            ...named,
            seconds: seconds.nullable().describe('Of speech that would fit.'),
            characters: z.int().nonnegative().nullable().describe('Of the script that would about fit.'),
            quality: tier.nullable().describe('That would be reached.'),
            budget: moneySchema.nullable().describe('That would be enough.'),
          }),
        )
        .describe('What would fit where nothing does as asked.'),
    }),
    warnings: z.array(warningSchema),
  })
  .meta({ id: 'Estimate' })
export type PublicEstimate = z.infer<typeof estimateSchema>
