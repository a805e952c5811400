/** Our own renderer as a provider: needs no key and no network, costs nothing, and one call does it all. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { AspectRatio, Model } from './model.ts'
import type { AskedSettings, CallOutcome, CallPlan, Provider, SettingAdjustment, SpeakingRequest } from './provider.ts'
import type { ProviderModule } from './provider-module.ts'
import { type QualityProfile, type QualityProfiles, usualProfiles } from './quality-profile.ts'

const ratios: Readonly<Record<AspectRatio, number>> = { '1:1': 1, '9:16': 9 / 16, '16:9': 16 / 9 }

const facts: Omit<Model, 'languages'> = {
  id: 'local/talking-head',
  name: 'Local talking head',
  provider: 'local',
  kind: 'video',
  drive: 'script',
  yields: 'talking-video',
  // Whoever pays for a vendor wants its picture; ours is what is there when there is no other, or no budget.
  tier: 'economy',
  seconds: { min: 0.3, max: 60 },
  aspectRatios: 'any',
  takesRecordings: true,
  dedupesByKey: true,
  runsHere: true,
  prices: [
    { micros: 0, currency: 'INR', unit: 'call', label: 'list', source: 'runs on your own machine', from: '2026-01-01' },
  ],
  // Measured on two shared cores: start, speech and face take about 1.5 s; a 16 s clip of 720p30 3.5 s, of 1080p30 6.4 s.
  typicalWork: { startSeconds: 1.5, secondsPerSecond: { economy: 0.2, standard: 0.4, premium: 0.8 } },
}

/** What the renderer's host wants to know; structurally the renderer's own job. */
export interface LocalRenderJob {
  readonly photoPath: string
  readonly face: number
  readonly faceMesh: string | null
  readonly script: string
  /** The script as it was recorded; absent where the voice is heard. */
  readonly recordingPath?: string
  readonly voice: string
  readonly speed: number
  readonly pitchSemitones: number
  readonly lipSync: boolean
  readonly animationStrength: number
  readonly audioEnhancement: boolean
  readonly burnSubtitles: boolean
  readonly language: string
  readonly shortSide: number
  readonly fps: number
  readonly maxKilobitsPerSecond: number
  readonly aspectRatio: number | null
  readonly maxSeconds: number
  readonly seed: number
  readonly outputPath: string
  readonly thumbnailPath: string
  readonly wordsPath: string
  readonly tempDir: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface LocalRenderProgress {
  readonly stage: 'speech' | 'face' | 'frames' | 'encode'
  readonly done: number
  readonly total: number
}

export type LocalRender = (
  job: LocalRenderJob,
  context: { readonly signal: AbortSignal; readonly onProgress: (progress: LocalRenderProgress) => void },
) => Promise<unknown>

/** Where each stage lies in the whole render: nearly all the time goes into frames. */
const spans: Readonly<Record<LocalRenderProgress['stage'], readonly [number, number]>> = {
  speech: [0, 0.06],
  face: [0.06, 0.08],
  frames: [0.08, 0.98],
  encode: [0.98, 1],
}

/** Share of a whole render that is done, 0..1. */
export function renderFraction({ stage, done, total }: LocalRenderProgress): number {
  const [from, to] = spans[stage]
  return from + (to - from) * (total > 0 ? done / total : 0)
}

const renderCall: CallPlan = { name: 'render' }

/** @param languages primary subtags that the renderer's voices speak */
export function localModel(languages: readonly string[]): Model {
  return { ...facts, languages }
}

/**
 * @param languages primary subtags that the renderer's voices speak
 * @param profiles what the tiers mean at the moment
 * @param checkRenderer fails where nothing could be rendered
 */
export function createLocalProvider({
  render,
  languages,
  profiles = () => usualProfiles,
  checkRenderer,
}: {
  render: LocalRender
  languages: readonly string[]
  profiles?: () => QualityProfiles
  checkRenderer?: (signal: AbortSignal) => Promise<void>
}): Provider {
  return {
    id: 'local',
    models: [localModel(languages)],
    // The render lane has its own places, and nothing is asked over a network.
    limits: { requestsPerMinute: null, maxConcurrent: null, timeoutSeconds: 3600, maxFileBytes: 1024 ** 3 },

    adjust: localAdjustments,

    ...(checkRenderer && {
      async probe({ signal }) {
        await checkRenderer(signal)
        return { status: 200 }
      },
    }),

    plan: () => renderCall,
    next: (_request, ended) => (ended.length > 0 ? 'done' : renderCall),

    async start(_call, request, context): Promise<CallOutcome> {
      const job = toRenderJob(request, context.scratch, profiles()[request.quality])
      await render(job, {
        signal: context.signal,
        onProgress: (progress) => context.onProgress({ ...progress, fraction: renderFraction(progress) }),
      })
      return {
        kind: 'finished',
        outputs: [
          { role: 'video', file: job.outputPath },
          { role: 'thumbnail', file: job.thumbnailPath },
          { role: 'words', file: job.wordsPath },
        ],
      }
    },
  }
}

export const local: ProviderModule = {
  id: 'local',
  environment: { LOCAL_RENDERER: z.stringbool().default(true) },
  entry: (parts) => ({
    id: 'local',
    name: 'Local renderer',
    keyNames: [],
    models: [localModel(parts.languages)],
    ...(parts.environment.LOCAL_RENDERER
      ? { provider: createLocalProvider(parts), missing: null }
      : { provider: null, missing: 'LOCAL_RENDERER is false' }),
  }),
}

/** What our renderer and our voice do otherwise than asked, on whichever route they work. Pure. */
export function localAdjustments({
  noiseReduction,
  recorded,
  speed,
  pitchSemitones,
}: AskedSettings): readonly SettingAdjustment[] {
  const noise = {
    setting: 'background_noise_reduction',
    asked: true,
    used: false,
    why: recorded
      ? 'The local renderer does not clean recordings.'
      : 'The local voice is synthesised, so there is no recording and no background noise to reduce.',
  }
  const why = 'A recording is heard as it was spoken.'
  return [
    ...(noiseReduction ? [noise] : []),
    ...(recorded && speed !== 1 ? [{ setting: 'voice_settings.speed', asked: speed, used: 1, why }] : []),
    ...(recorded && pitchSemitones !== 0
      ? [{ setting: 'voice_settings.pitch', asked: pitchSemitones, used: 0, why }]
      : []),
  ]
}

/** What the renderer is told, for whichever route it works. */
export function toRenderJob(request: SpeakingRequest, scratch: string, profile: QualityProfile): LocalRenderJob {
  return {
    ...profile,
    photoPath: request.photo.path,
    face: request.photo.face,
    faceMesh: request.photo.faceMesh,
    script: request.script,
    ...(request.recordingPath !== undefined && { recordingPath: request.recordingPath }),
    voice: request.voice,
    speed: request.speed,
    pitchSemitones: request.pitchSemitones,
    lipSync: request.lipSync,
    animationStrength: request.facialAnimationStrength,
    audioEnhancement: request.audioEnhancement,
    burnSubtitles: request.burnSubtitles,
    language: request.language,
    aspectRatio: request.aspectRatio === null ? null : ratios[request.aspectRatio],
    maxSeconds: request.maxSeconds,
    seed: seedFor(request.workId),
    outputPath: join(scratch, 'video.mp4'),
    thumbnailPath: join(scratch, 'thumbnail.jpg'),
    wordsPath: join(scratch, 'words.json'),
    tempDir: scratch,
    metadata: {
      title: 'Talking photo',
      comment: `Synthetic media: an AI-generated video made from a photo and a script. work=${request.workId} generator=talking-photo/local`,
    },
  }
}

/** The same work blinks and sways the same way when it is rendered again after a crash. */
function seedFor(workId: string): number {
  return createHash('sha256').update(workId).digest().readUInt32BE(0)
}
