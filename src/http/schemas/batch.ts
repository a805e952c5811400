/** POST /api/v1/video/batch: its fields, and its answer. */
import { z } from 'zod'
import { moneySchema } from '../../realtime/public-parts.ts'
import { defaulted, flagField, moneyField, optional, readJson } from './fields.ts'
import { acceptedGenerationSchema } from './generation.ts'
import { generationFields, maxScriptCharacters } from './generation-request.ts'
import { problemSchema } from './problem.ts'

export const maxBatchItems = 50

const count = `must be a list of 1 to ${maxBatchItems}`
const list = <T extends z.ZodType>(each: T) =>
  z.preprocess(readJson, z.array(each, { error: count }).min(1, count).max(maxBatchItems, count).optional())

/** What an item may say beside the fields of a single generation. */
const fileNames = {
  photo: z.string().optional().describe('In a form: the name of the file field with its photo.'),
  audio: z.string().optional().describe('In a form: the name of the file field with the script as it was recorded.'),
}
export const batchFields = z.object({
  items: list(z.unknown()).describe(
    `What to make, 1 to ${maxBatchItems}: each with the fields of a single generation.`,
  ),
  scripts: list(z.unknown().meta({ override: { type: 'string', maxLength: maxScriptCharacters } })).describe(
    `Instead of items: 1 to ${maxBatchItems} scripts, all for one photo.`,
  ),
  defaults: z
    .preprocess(readJson, z.record(z.string(), z.unknown(), { error: 'must be an object' }).default({}))
    .describe('Fields of a single generation for the items that do not have them.'),
  photo_id: generationFields.shape.photo_id,
  consent: defaulted(flagField(), false, "true states for all items that you may use these persons' likeness."),
  cost_limit: optional(
    moneyField(),
    'The most that the estimates of all items may come to: 5, "4.50", or {"amount": "4.50", "currency": "USD"}.',
  ),
})

const itemFields = z.object({ ...generationFields.partial().shape, ...fileNames })
const documented = (id: string, description: string) =>
  itemFields.meta({ id, description, override: { additionalProperties: false } })

/** For the document: what reads a batch leaves the items to be read one by one, so that a mistake in one spoils no other. */
export const documentedBatchFields = batchFields.extend({
  items: z
    .array(documented('BatchItem', 'The fields of a single generation; in a form, files by the names of their fields.'))
    .min(1)
    .max(maxBatchItems)
    .optional()
    .describe(batchFields.shape.items.description ?? ''),
  defaults: documented('BatchDefaults', 'What holds for items that do not say it themselves.').optional(),
})

const itemStatus = z
  .int()
  .describe('As if it had been asked for alone: 202 accepted, 200 done already, else the problem.')
const batchItemResultSchema = z
  .strictObject({
    index: z.int().nonnegative().describe('Which item, from 0.'),
    status: itemStatus,
    generation: acceptedGenerationSchema.nullable(),
    problem: problemSchema.nullable(),
  })
  .meta({ id: 'BatchItemResult' })

export const batchResultSchema = z
  .strictObject({
    items: z.array(batchItemResultSchema).describe('In the order of the request.'),
    summary: z.strictObject({
      accepted: z.int().nonnegative().describe('Now queued, or waiting for the video of an equal request.'),
      cached: z.int().nonnegative().describe('Done already.'),
      refused: z.int().nonnegative(),
      estimate: moneySchema.describe('What those that are newly made may cost together.'),
    }),
  })
  .meta({ id: 'BatchResult' })
export type PublicBatchResult = z.infer<typeof batchResultSchema>
