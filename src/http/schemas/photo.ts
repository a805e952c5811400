import { z } from 'zod'
import { reasonSchema } from '../../realtime/public-parts.ts'
import { warningSchema } from './problem.ts'

const photoProblemSchema = z
  .strictObject({ reason: reasonSchema, message: z.string(), hint: z.string() })
  .meta({ id: 'PhotoProblem', description: 'Why a face cannot speak.' })

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('Of the photo as it was uploaded, hexadecimal.')

export const photoFaceSchema = z
  .strictObject({
    index: z.int().nonnegative(),
    box: z
      .strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
      .describe("Fractions of the photo's width and height."),
    yaw_degrees: z.number(),
    roll_degrees: z.number(),
    score: z.number(),
    ok: z.boolean(),
    problem: photoProblemSchema.nullable(),
  })
  .meta({ id: 'PhotoFace' })

/** Whether a photo can speak. */
export const photoCheckSchema = z
  .strictObject({
    ok: z.boolean(),
    faces: z.array(photoFaceSchema),
    chosen: z.int().nonnegative().nullable().describe('The face that would speak.'),
    problem: photoProblemSchema.nullable(),
    warnings: z.array(warningSchema),
    width: z.int().positive(),
    height: z.int().positive(),
    sha256,
  })
  .meta({ id: 'PhotoCheck', description: 'Whether a photo can speak.' })

/** A photo kept for reuse. */
export const photoSchema = z
  .strictObject({
    id: z.string(),
    sha256,
    width: z.int().positive(),
    height: z.int().positive(),
    bytes: z.int().positive(),
    faces: z.array(photoFaceSchema),
    created_at: z.iso.datetime(),
    links: z.strictObject({ self: z.string().regex(/^\//) }),
  })
  .meta({ id: 'Photo', description: 'A photo kept for many scripts.' })
export type PublicPhoto = z.infer<typeof photoSchema>

export const keptPhotoSchema = photoSchema
  .extend({ warnings: z.array(warningSchema) })
  .meta({ id: 'KeptPhoto', description: 'A photo kept, and what might make its films less good.' })
