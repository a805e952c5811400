import { z } from 'zod'
import { warningSchema } from './problem.ts'

const photoProblemSchema = z.strictObject({ reason: z.string(), message: z.string(), hint: z.string() })

export const photoFaceSchema = z.strictObject({
  index: z.number().int().nonnegative(),
  /** Fractions of the photo's width and height. */
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  yaw_degrees: z.number(),
  roll_degrees: z.number(),
  score: z.number(),
  ok: z.boolean(),
  problem: photoProblemSchema.nullable(),
})

/** Whether a photo can speak. */
export const photoCheckSchema = z.strictObject({
  ok: z.boolean(),
  faces: z.array(photoFaceSchema),
  /** The face that would speak. */
  chosen: z.number().int().nullable(),
  problem: photoProblemSchema.nullable(),
  warnings: z.array(warningSchema),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  sha256: z.string(),
})

/** A photo kept for reuse. */
export const photoSchema = z.strictObject({
  id: z.string(),
  sha256: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  bytes: z.number().int().positive(),
  faces: z.array(photoFaceSchema),
  created_at: z.iso.datetime(),
  links: z.strictObject({ self: z.string().startsWith('/') }),
})
export type PublicPhoto = z.infer<typeof photoSchema>

export const keptPhotoSchema = photoSchema.extend({ warnings: z.array(warningSchema) })
