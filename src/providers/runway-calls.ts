/**
 * The calls of one talking photo at Runway, in order. All but the one that makes the video are free. An avatar is a face that
 * stays at the vendor's until it is deleted: that is the last call, and whatever ends the work before it deletes it too.
 */
import { z } from 'zod'
import type { CallPlan, EndedCall, SpeakingRequest } from './provider.ts'
import { audioAvatar, performer } from './runway-models.ts'

export type RunwayCall =
  | 'upload-photo'
  | 'upload-speech'
  | 'upload-performance'
  | 'avatar'
  | 'video'
  | 'perform'
  | 'forget-avatar'

const uploadPhoto = { name: 'upload-photo', free: true, span: [0, 0.02] } as const
/** Some tens of seconds before the video's minutes; nobody has measured it here. */
const avatar = { name: 'avatar', free: true, span: [0.04, 0.25] } as const
const video = { name: 'video', span: [0.25, 0.98] } as const
const forget = { name: 'forget-avatar', free: true, optional: true, span: [0.98, 1] } as const

const ofTextAvatar = [uploadPhoto, avatar, video, forget]
const ofAudioAvatar = [
  uploadPhoto,
  { name: 'upload-speech', free: true, span: [0.02, 0.04] } as const,
  avatar,
  video,
  forget,
]
const ofPerformer = [
  uploadPhoto,
  { name: 'upload-performance', free: true, span: [0.02, 0.05] } as const,
  { name: 'perform', span: [0.05, 1] } as const,
]

function callsOf(model: string): readonly (CallPlan & { readonly name: RunwayCall })[] {
  if (model === performer) return ofPerformer
  return model === audioAvatar ? ofAudioAvatar : ofTextAvatar
}

export function firstCall({ model }: Pick<SpeakingRequest, 'model'>): CallPlan {
  return callsOf(model)[0]!
}

export function callAfter({ model }: Pick<SpeakingRequest, 'model'>, ended: readonly EndedCall[]): CallPlan | 'done' {
  return callsOf(model)[ended.length] ?? 'done'
}

const kept = z.union([z.strictObject({ uri: z.string() }), z.strictObject({ avatarId: z.string() })])

/** What an earlier call keeps: the address of what was uploaded, or the avatar. */
export function keptOf(ended: readonly EndedCall[], name: RunwayCall): string {
  const keeps = kept.parse(ended.find((call) => call.name === name)?.keeps)
  return 'uri' in keeps ? keeps.uri : keeps.avatarId
}

/** What is looked at until it is over; `avatarId`: whose video a task makes. */
export const operationSchema = z.union([
  z.strictObject({ avatar: z.string() }),
  z.strictObject({ task: z.string(), avatarId: z.string().optional() }),
])
