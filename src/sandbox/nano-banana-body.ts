/** What generateContent takes where a photo is edited; to the letter, so that a field nobody documented is found out. */
import { z } from 'zod'
import { type ImageType, imageTypeOf, readBase64 } from './check-body.ts'
import { invalid } from './refusal.ts'

/** The models that are there, with the sizes that each makes. Those that were shut down are not found. */
export const imageModels: Readonly<Record<string, readonly string[]>> = {
  'gemini-3.1-flash-lite-image': ['1K'],
  'gemini-3.1-flash-image': ['512', '1K', '2K', '4K'],
  'gemini-3-pro-image': ['1K', '2K', '4K'],
  'gemini-nano-banana-2.1': ['1K', '2K', '4K'],
}

const aspectRatios = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9']
const wideAspectRatios = [...aspectRatios, '1:4', '4:1', '1:8', '8:1']

const part = z.union([
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({
    inlineData: z.strictObject({
      mimeType: z.enum(['image/png', 'image/jpeg', 'image/webp'] satisfies ImageType[]),
      data: z.string().min(1),
    }),
  }),
])

export function editBody(model: string) {
  const ratios = model === 'gemini-3.1-flash-image' ? wideAspectRatios : aspectRatios
  return z.strictObject({
    // An edit of an edit would be one more turn; nobody here asks for that.
    contents: z.tuple([z.strictObject({ role: z.literal('user').optional(), parts: z.array(part).min(1) })]),
    generationConfig: z
      .strictObject({
        responseModalities: z.array(z.enum(['TEXT', 'IMAGE'])).optional(),
        imageConfig: z
          .strictObject({
            aspectRatio: z.enum(ratios).optional(),
            imageSize: z.enum(imageModels[model] ?? []).optional(),
            personGeneration: z.enum(['ALLOW_ALL', 'ALLOW_ADULT', 'ALLOW_NONE']).optional(),
          })
          .optional(),
        candidateCount: z.literal(1).optional(),
        seed: z.int().optional(),
        temperature: z.number().min(0).max(2).optional(),
      })
      .optional(),
    safetySettings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })).optional(),
  })
}

export type EditBody = z.output<ReturnType<typeof editBody>>

/** What is said, and the one photo that is to be edited. Throws a violation for a picture that is none, or another one than it says. */
export function readParts({ contents: [{ parts }] }: EditBody): { readonly prompt: string; readonly photo: Buffer } {
  const photos: Buffer[] = []
  for (const [index, each] of parts.entries()) {
    if (!('inlineData' in each)) continue
    const field = `contents.0.parts.${index}.inlineData`
    const bytes = readBase64(each.inlineData.data)
    if (!bytes) throw invalid(`${field}.data`, 'is no base64')
    if (imageTypeOf(bytes) !== each.inlineData.mimeType) throw invalid(`${field}.mimeType`, 'is not what the data are')
    photos.push(bytes)
  }
  const [photo] = photos
  if (!photo || photos.length > 1) throw invalid('contents.0.parts', 'must hold one picture, which is edited')
  return { prompt: parts.flatMap((each) => ('text' in each ? each.text : [])).join('\n'), photo }
}

export const mouthShapes = ['ah', 'closed', 'ee', 'oo', 'f'] as const
export type MouthShape = (typeof mouthShapes)[number]

const shapesBySound: Readonly<Record<string, MouthShape>> = { m: 'closed', ah: 'ah', ee: 'ee', oo: 'oo', f: 'f' }
const ranks = ['second', 'third', 'fourth']

/** Which mouth, and which face from the largest on. Words that it does not know open the mouth of the largest. */
export function readWish(prompt: string): { readonly shape: MouthShape; readonly face: number } {
  const sound = /saying "([a-z]+)"/.exec(prompt)?.[1] ?? ''
  const shape = Object.hasOwn(shapesBySound, sound) ? shapesBySound[sound]! : 'ah'
  const rank = /the (\w+) largest face/.exec(prompt)?.[1] ?? ''
  const word = ranks.indexOf(rank) + 1
  return { shape, face: word > 0 ? word : Math.max(0, (Number.parseInt(rank, 10) || 1) - 1) }
}
