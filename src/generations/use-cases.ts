/** What the edges (HTTP, sockets, workers) may ask of the heart, as function types. `compose` builds them and hands them over. */
import type { Readable } from 'node:stream'
import type { Failure } from '../errors.ts'
import type { EstimateWork } from './estimate-work.ts'
import type { GenerationEvent } from './event.ts'
import type { AnswerSelector } from './forget-answers.ts'
import type { Generation, Money, Photo, PhotoVerdict, Settings } from './generation.ts'
import type { ListModels } from './list-models.ts'
import type { ListRequest, Page, SpeechVoice } from './ports.ts'
import type { Rating } from './ratings.ts'
import type { AskedMoney } from './settle-wishes.ts'
import type { GenerationTrace } from './trace-generation.ts'

/** Who asks, and under which request id. */
export interface Caller {
  readonly tenantId: string
  readonly requestId: string | null
}

/** The photo to speak: a file that was just uploaded (the caller removes it afterwards; hex SHA-256) or one kept before. */
export type PhotoSource = { readonly file: string; readonly sha256: string } | { readonly id: string }

export interface GenerationRequest {
  readonly caller: Caller
  readonly photo: PhotoSource
  /** Which face; undefined takes the largest. */
  readonly face: number | undefined
  readonly script: string
  /** The script as somebody recorded it (the caller removes the file afterwards; hex SHA-256). Absent: a voice speaks. */
  readonly recording?: { readonly file: string; readonly sha256: string }
  /** `model` under any of its names. */
  readonly settings: Settings
  /** The most that it may cost, as it was asked for. */
  readonly costLimit?: AskedMoney
  /** What is left for its estimate of a limit that others share, in the installation's currency. Does not shape the video. */
  readonly budget?: Money
  readonly metadata: Readonly<Record<string, unknown>>
  readonly consent: boolean
  /** Makes a new video even where an equal one is there or under way. */
  readonly fresh: boolean
  /** Stops the preflight when the caller goes away. */
  readonly signal?: AbortSignal
}

/** Something worth knowing that stops nothing. */
export interface Warning {
  readonly code: string
  readonly message: string
}

export interface AcceptedGeneration {
  readonly generation: Generation
  readonly warnings: readonly Warning[]
}

/**
 * Joins the work of an equal request (origin 'shared' or 'cached'), else preflight (photo, face, language, length of
 * speech, consent, place in the queue), then rows + event + job in one transaction.
 * @throws Failure INVALID_REQUEST with reason 'consent-missing', 'photo-not-found', 'no-face' and its siblings,
 *   'currency-unknown', 'cost-limit-too-low', 'language-unsupported', 'voice-unknown', 'script-too-long' (extra: seconds, max_seconds), 'script-not-speakable', …; INVALID_MODEL
 *   'model-unknown', 'model-unavailable', 'no-able-model', 503 'providers-down'
 */
export type RequestGeneration = (request: GenerationRequest) => Promise<AcceptedGeneration>

export interface BatchRequest {
  readonly tenantId: string
  /** In order; a Failure where it is known already that it cannot be done. */
  readonly items: readonly (GenerationRequest | Failure)[]
  /** The most that the estimates of all may come to. */
  readonly costLimit?: AskedMoney
  readonly signal?: AbortSignal
}

/** In the order of the items. `estimate` sums up what is newly made; joined work costs nothing more. */
export interface BatchResult {
  readonly outcomes: readonly (AcceptedGeneration | Failure)[]
  readonly estimate: Money
}

/** Many requests, each on its own: what one fails of stops no other. @throws Failure 'currency-unknown' of the limit. */
export type RequestBatch = (request: BatchRequest) => Promise<BatchResult>

/** @throws Failure 404 'generation-not-found'. */
export type GetGeneration = (tenantId: string, id: string) => Promise<Generation>

export type ListGenerations = (tenantId: string, request: ListRequest) => Promise<Page<Generation>>

/** Cancels one that is not final (answers its new state); deletes a final one with its bytes (answers null). @throws Failure 404, 409 when it changed meanwhile. */
export type DiscardGeneration = (tenantId: string, id: string) => Promise<Generation | null>

export interface OpenedMedia {
  readonly bytes: number
  /** Strong: quoted hex. */
  readonly etag: string
  readonly contentType:
    | 'video/mp4'
    | 'image/jpeg'
    | 'text/vtt; charset=utf-8'
    | 'application/x-subrip; charset=utf-8'
    | 'audio/wav'
  /** BCP 47, of a text. */
  readonly language?: string
  readonly fileName: string
  readonly modifiedAt: Date
  read(range?: { readonly start: number; readonly end: number }): Promise<Readable>
}

/** @throws Failure 404 'generation-not-found', 409 'not-finished' (with status and retryAfterSeconds), 410 'generation-failed' / 'generation-cancelled'. */
export type OpenMedia = (tenantId: string, id: string, kind: 'video' | 'thumbnail') => Promise<OpenedMedia>

export type SubtitleFormat = 'vtt' | 'srt'

/** @throws Failure as OpenMedia, and 404 'subtitles-unavailable' for a video whose words have no times. */
export type OpenSubtitles = (tenantId: string, id: string, format: SubtitleFormat) => Promise<OpenedMedia>

/** Throws stored answers away, in the database and in every node's cache. What they answered stays with its owners. */
export type ForgetAnswers = (selector: AnswerSelector) => Promise<{
  /** Videos that answer no request any more. */
  readonly answers: number
  /** Entries thrown out of this node's memory. */
  readonly memory: number
  /** Entries thrown out of Redis; 'pending': it is away, and will be told when it is back. */
  readonly redis: number | 'pending'
}>

/** Says whether a photo can speak; keeps nothing. The file stays the caller's. */
export type CheckPhoto = (request: {
  readonly file: string
  readonly face: number | undefined
  readonly signal?: AbortSignal
}) => Promise<{
  readonly verdict: PhotoVerdict
  readonly width: number
  readonly height: number
  readonly sha256: string
}>

/** Keeps a photo that can speak. @throws Failure as the verdict's problem. */
export type KeepPhoto = (request: {
  readonly caller: Caller
  readonly file: string
  readonly signal?: AbortSignal
}) => Promise<{ readonly photo: Photo; readonly verdict: PhotoVerdict }>

/** @throws Failure 404 'photo-not-found'. */
export type GetPhoto = (tenantId: string, id: string) => Promise<Photo>

/** @throws Failure 404 'photo-not-found', 409 'photo-in-use'. */
export type DeletePhoto = (tenantId: string, id: string) => Promise<void>

/** All, or those of a language: 'en' and 'en-US' find the same ones. The first of a language is the one that is taken for it. */
export type ListVoices = (language?: string) => readonly SpeechVoice[]

/** A sentence in the voice's language. @throws Failure 404 'voice-not-found'. */
export type OpenVoiceSample = (id: string) => Promise<OpenedMedia>

/** What of the log comes after `after`, at most `limit` events. @throws Failure 404 'generation-not-found'. */
export type ReadEvents = (
  tenantId: string,
  id: string,
  page: { readonly after: number; readonly limit: number },
) => Promise<{
  readonly events: readonly GenerationEvent[]
  /** Seq of the newest event there is. */
  readonly lastSeq: number
  /** True when no event will follow that one. */
  readonly isOver: boolean
}>

/**
 * Replays the log of one generation from `after`, then follows it, in order, each event once.
 * Ends by itself after the final event of a final generation, or on the signal. @throws Failure 404.
 */
export type WatchGeneration = (
  tenantId: string,
  id: string,
  after: number,
  signal: AbortSignal,
) => AsyncIterable<GenerationEvent>

/** What came of a vendor's word: the next look was made at once, a late result was taken in or is to be paid, or nothing. */
export type WebhookEffect = 'looked' | 'adopted' | 'late' | 'nothing' | 'known'

/** @throws Failure 404 'provider-not-found' | 'call-not-found', 401 'webhook-refused' */
export type ReceiveWebhook = (
  provider: string,
  request: {
    readonly rawBody: Buffer
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  },
) => Promise<WebhookEffect>

/** @throws Failure 404 'generation-not-found', 409 'nothing-to-rate' unless it is completed. */
export type RateGeneration = (
  tenantId: string,
  id: string,
  said: { readonly score: number; readonly comment: string | null },
) => Promise<{ readonly generation: Generation; readonly rating: Rating }>

/** By id of the generation; those that nobody rated are left out. */
export type ReadRatings = (tenantId: string, generations: readonly Generation[]) => Promise<ReadonlyMap<string, Rating>>

/** @throws Failure 404 'generation-not-found'. */
export type TraceGeneration = (tenantId: string, id: string) => Promise<GenerationTrace>

export interface UseCases {
  readonly requestGeneration: RequestGeneration
  readonly requestBatch: RequestBatch
  readonly getGeneration: GetGeneration
  readonly listGenerations: ListGenerations
  readonly discardGeneration: DiscardGeneration
  readonly openMedia: OpenMedia
  readonly openSubtitles: OpenSubtitles
  readonly forgetAnswers: ForgetAnswers
  readonly checkPhoto: CheckPhoto
  readonly keepPhoto: KeepPhoto
  readonly getPhoto: GetPhoto
  readonly deletePhoto: DeletePhoto
  readonly listVoices: ListVoices
  readonly listModels: ListModels
  readonly estimateWork: EstimateWork
  readonly openVoiceSample: OpenVoiceSample
  readonly readEvents: ReadEvents
  readonly watchGeneration: WatchGeneration
  readonly rateGeneration: RateGeneration
  readonly readRatings: ReadRatings
  readonly traceGeneration: TraceGeneration
  readonly receiveWebhook: ReceiveWebhook
}
