/** The voices as public JSON, and how they are asked for. */
import { z } from 'zod'
import { nameField, optional, withExample } from './fields.ts'
import { languageShape } from './generation-request.ts'

/** The query of GET /api/v1/voices. */
export const voiceFields = z.object({
  language: withExample(
    optional(
      nameField(languageShape, "must be a language tag such as 'en' or 'en-US'"),
      "Only voices of this language: 'en' finds 'en-US' too.",
    ),
    'en',
  ),
})

export const voiceSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    language: z.string().describe("BCP 47, such as 'en-US'."),
    gender: z.enum(['female', 'male']),
    engine: z.string().describe('What makes its sound.'),
    links: z.strictObject({ sample: z.string().regex(/^\//) }),
  })
  .meta({ id: 'Voice' })

export const voicesSchema = z.strictObject({ items: z.array(voiceSchema) })
export type PublicVoice = z.infer<typeof voiceSchema>
