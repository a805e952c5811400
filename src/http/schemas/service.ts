/** What the service says of itself. */
import { z } from 'zod'

export const voicesSchema = z.strictObject({
  items: z.array(
    z.strictObject({ id: z.string(), name: z.string(), language: z.string(), gender: z.enum(['female', 'male']) }),
  ),
})

export const liveSchema = z.strictObject({ status: z.literal('ok') })

export const readySchema = z.strictObject({
  ready: z.boolean(),
  /** 'ok', or what is wrong. */
  checks: z.record(z.string(), z.string()),
})

export const indexSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  links: z.record(z.string(), z.string().startsWith('/')),
})
