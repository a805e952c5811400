/** What the service says of itself. */
import { z } from 'zod'

export const voiceSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    language: z.string().describe("BCP 47, such as 'en-US'."),
    gender: z.enum(['female', 'male']),
    engine: z.string().describe('What makes its sound.'),
  })
  .meta({ id: 'Voice' })

export const voicesSchema = z.strictObject({ items: z.array(voiceSchema) })

export const liveSchema = z.strictObject({ status: z.literal('ok') })

export const readySchema = z.strictObject({
  ready: z.boolean(),
  checks: z.record(z.string(), z.string()).describe("'ok', or what is wrong."),
})

export const indexSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  links: z.record(z.string(), z.string().regex(/^\//)),
})
