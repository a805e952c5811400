/** What Runway's API lets a body carry, to the letter, for the endpoints that the sandbox knows. */
import { z } from 'zod'

export const apiVersion = '2024-11-06'

/** An address of an upload, a data URI of at most 5 MB, or an https URL. */
const asset = z.string().regex(/^(runway:\/\/|data:|https:\/\/)\S+$/)

export const ratios = ['1280:720', '720:1280', '1104:832', '832:1104', '960:960', '1584:672'] as const

const presetVoices = [
  'victoria', 'vincent', 'clara', 'drew', 'skye', 'max', 'morgan', 'felix', 'mia', 'marcus', 'summer', 'ruby', 'aurora', 'jasper', 'leo',
  'adrian', 'nina', 'emma', 'blake', 'david', 'maya', 'nathan', 'sam', 'georgia', 'petra', 'adam', 'zach', 'violet', 'roman', 'luna',
] as const // biome-ignore format: one list

const uuid = z.string().min(1)

export const uploadBody = z.strictObject({
  filename: z.string().regex(/^[^/\\]{1,200}\.\w{2,5}$/),
  type: z.literal('ephemeral'),
})

export const avatarBody = z.strictObject({
  name: z.string().min(1),
  personality: z.string().min(1),
  referenceImage: asset,
  voice: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('runway-live-preset'), presetId: z.enum(presetVoices) }),
    z.strictObject({ type: z.literal('custom'), id: uuid }),
  ]),
  imageProcessing: z.enum(['optimize', 'none']).optional(),
  startScript: z.string().optional(),
  documentIds: z.array(uuid).optional(),
})

export type AvatarBody = z.output<typeof avatarBody>

export const avatarVideoBody = z.strictObject({
  model: z.literal('gwm1_avatars'),
  avatar: z.strictObject({ type: z.literal('custom'), avatarId: uuid }),
  speech: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('audio'), audio: asset }),
    z.strictObject({
      type: z.literal('text'),
      text: z.string().min(1),
      voice: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('preset'), presetId: z.enum(presetVoices) }),
          z.strictObject({ type: z.literal('custom'), id: uuid }),
        ])
        .optional(),
    }),
  ]),
})

export const performanceBody = z.strictObject({
  model: z.literal('act_two'),
  character: z.strictObject({ type: z.enum(['image', 'video']), uri: asset }),
  reference: z.strictObject({ type: z.literal('video'), uri: asset }),
  ratio: z.enum(ratios).optional(),
  bodyControl: z.boolean().optional(),
  expressionIntensity: z.int().min(1).max(5).optional(),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  contentModeration: z.strictObject({ publicFigureThreshold: z.enum(['auto', 'low']).optional() }).optional(),
})
