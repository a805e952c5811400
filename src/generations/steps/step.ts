/** What every step gets. A step reads the row, does at most one outside thing, and commits once. */
import type { Logger } from 'pino'
import type { Model } from '../../providers/model.ts'
import type { Provider, SpeakingRequest } from '../../providers/provider.ts'
import type { AIServiceRouter } from '../../routing/ai-service-router.ts'
import type { Clock, GenerationStore, InspectVideo, MediaStore, NewId } from '../ports.ts'
import { recordingKey } from '../recordings.ts'
import type { VendorParts } from '../vendor-parts.ts'
import type { Attempt, Call, Work } from '../work.ts'

export type StepLog = Pick<Logger, 'info' | 'warn' | 'error'>

export interface StepParts extends VendorParts {
  readonly store: GenerationStore
  readonly media: MediaStore
  readonly router: AIServiceRouter
  readonly providers: ReadonlyMap<string, Provider>
  readonly inspectVideo: InspectVideo
  readonly clock: Clock
  readonly newId: NewId
  readonly log: StepLog
  /** A named place where a test may stop the process. */
  readonly at: (point: string) => void
}

export type RunStep = (parts: StepParts, work: Work, signal: AbortSignal) => Promise<void>

export type AttemptWithCalls = Attempt & { readonly calls: readonly Call[] }

export interface OpenAttempt {
  readonly attempt: AttemptWithCalls
  readonly provider: Provider
  readonly model: Model
}

/** The attempt under way. @throws Error when the row says there is one and there is not: a defect, not an outcome. */
export async function openAttempt(parts: StepParts, work: Work): Promise<OpenAttempt> {
  const attempts = await parts.store.listAttempts(work.id)
  // Not always the last: an earlier one goes on when its result came late.
  const attempt = attempts.find(({ state }) => state === 'open')
  if (!attempt) throw new Error(`work ${work.id} is at ${work.step} without an open attempt`)
  const provider = parts.providers.get(attempt.provider)
  const model = provider?.models.find((candidate) => candidate.id === attempt.model)
  if (!provider || !model)
    throw new Error(`the provider '${attempt.provider}' of attempt ${attempt.id} is not configured any more`)
  return { attempt, provider, model }
}

/** @param model the id of the one that is to do it */
export async function speakingRequest(
  { media, store }: StepParts,
  work: Work,
  model: string,
): Promise<SpeakingRequest> {
  const photo = await store.findPhoto(work.tenantId, work.photoId)
  if (!photo) throw new Error(`the photo ${work.photoId} of work ${work.id} is gone`)
  const { settings } = work
  const recorded = settings.recordingSha256 !== undefined
  return {
    workId: work.id,
    model,
    tenantId: work.tenantId,
    requestedAt: work.createdAt,
    photo: {
      path: await media.localPath(photo.mediaKey),
      sha256: photo.sha256,
      width: photo.width,
      height: photo.height,
      face: work.face,
      faceMesh: photo.faces.find(({ index }) => index === work.face)?.mesh ?? null,
    },
    script: work.script,
    language: settings.language ?? 'en',
    voice: settings.voice ?? '',
    speed: settings.speed,
    pitchSemitones: settings.pitch,
    quality: settings.quality,
    aspectRatio: settings.aspectRatio,
    maxSeconds: settings.maxSeconds,
    speechSeconds: work.estimate.videoSeconds,
    lipSync: settings.lipSync,
    facialAnimationStrength: settings.facialAnimationStrength,
    noiseReduction: settings.noiseReduction,
    audioEnhancement: settings.audioEnhancement,
    burnSubtitles: settings.burnSubtitles,
    recorded,
    ...(recorded && { recordingPath: await media.localPath(recordingKey(work)) }),
  }
}
