/** What the service says of itself. */
import { z } from 'zod'

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
