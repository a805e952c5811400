/** Runway's bodies: what we send to the letter, of what comes back only what is needed, and that tolerantly. */
import { z } from 'zod'
import type { AspectRatio } from './model.ts'
import type { SpeakingRequest } from './provider.ts'
import { avatarModel, performanceModel } from './runway-models.ts'

export const apiVersion = '2024-11-06'

const uri = z.string().regex(/^runway:\/\/\S{1,2000}$/)

/** The pixels that a performance may have. */
const ratios = ['1280:720', '720:1280', '1104:832', '832:1104', '960:960', '1584:672'] as const
type Ratio = (typeof ratios)[number]

const ratioOf: Readonly<Record<AspectRatio, Ratio>> = { '1:1': '960:960', '9:16': '720:1280', '16:9': '1280:720' }

/** As asked for, or of the six the one that crops the photo least. */
export function toRatio({
  aspectRatio,
  photo,
}: Pick<SpeakingRequest, 'aspectRatio'> & { readonly photo: Size }): Ratio {
  if (aspectRatio !== null) return ratioOf[aspectRatio]
  const shapeOf = (ratio: Ratio) => Math.log(Number(ratio.split(':')[0]) / Number(ratio.split(':')[1]))
  const wanted = Math.log(photo.width / photo.height)
  const nearest = (best: Ratio, each: Ratio) =>
    Math.abs(shapeOf(each) - wanted) < Math.abs(shapeOf(best) - wanted) ? each : best
  return ratios.reduce(nearest)
}

interface Size {
  readonly width: number
  readonly height: number
}

/** Two of the vendor's thirty voices. It tells no gender of them: these are our reading of their names. */
export function presetVoice(gender: 'female' | 'male' | null): 'clara' | 'adrian' {
  return gender === 'male' ? 'adrian' : 'clara'
}

export function uploadBody(filename: string) {
  return { filename, type: 'ephemeral' }
}

export function avatarBody({ workId, image, voice }: { workId: string; image: string; voice: string }) {
  return {
    name: `talking-photo ${workId}`,
    // It has to have one; it matters in conversations only, and none is held.
    personality: 'Says the given words to the camera, friendly and calm.',
    referenceImage: uri.parse(image),
    voice: { type: 'runway-live-preset', presetId: voice },
  }
}

/** @param speech the words and the voice that is to say them, or where the sound was uploaded to */
export function avatarVideoBody(
  avatarId: string,
  speech: { readonly text: string; readonly voice: string } | { readonly audio: string },
) {
  return {
    model: avatarModel,
    avatar: { type: 'custom', avatarId },
    speech:
      'audio' in speech
        ? { type: 'audio', audio: uri.parse(speech.audio) }
        : { type: 'text', text: speech.text, voice: { type: 'preset', presetId: speech.voice } },
  }
}

export function performanceBody({ image, video, ratio }: { image: string; video: string; ratio: Ratio }) {
  return {
    model: performanceModel,
    character: { type: 'image', uri: uri.parse(image) },
    reference: { type: 'video', uri: uri.parse(video) },
    ratio,
  }
}

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
/** An id becomes a segment of a path: dots alone would lead elsewhere. */
const id = z.string().regex(/^(?!\.+$)[\x21-\x7e]{1,200}$/)

export const uploadReply = z.object({
  uploadUrl: z.string().max(8000),
  fields: z.record(z.string().max(200), z.string().max(10_000)),
  runwayUri: uri,
})

export const avatarReply = z.object({
  id: optional(id),
  status: optional(z.string().max(40)),
  failureReason: optional(z.string()),
})

/** What makes a task, and what GET says of it. */
export const taskReply = z.object({
  id: optional(id),
  status: optional(z.string().max(40)),
  progress: optional(z.number()),
  output: optional(z.array(z.string().min(1)).min(1)),
  failureCode: optional(z.string().max(200)),
  estimatedCost: optional(z.object({ credits: z.number().min(0).max(1e9) })),
  cost: optional(z.object({ credits: z.number().min(0).max(1e9) })),
})

export type TaskReply = z.output<typeof taskReply>

/** The only words of an error that are looked at. */
export const errorReply = z.object({ error: optional(z.string()) })
