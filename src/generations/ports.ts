/** What the heart needs from the rooms around it. Implementers fit structurally; `compose` checks them. */
import type { Readable } from 'node:stream'
import type { EventBody, GenerationEvent } from './event.ts'
import type {
  Attempt,
  Call,
  Consent,
  Generation,
  GenerationStatus,
  Photo,
  PhotoVerdict,
  Priority,
  QualityTier,
} from './generation.ts'

export interface Clock {
  now(): Date
}

/** Makes unique, time-ordered ids: newId('gen') -> 'gen_018f…'. */
export type NewId = (prefix: string) => string

/** Which workers may run the step: 'quick' steps are many and short, 'render' ones load this machine's cores. */
export type Lane = 'quick' | 'render'

export interface AdvanceJob {
  readonly generationId: string
  /** The version the step was scheduled at; an older job than the row is dropped. */
  readonly version: number
  readonly lane: Lane
  readonly priority: Priority
  /** Run not before so many seconds from now. */
  readonly delaySeconds?: number
}

/** Columns a step may change. `version` and `lastSeq` are the store's. */
export type GenerationChanges = Partial<
  Pick<
    Generation,
    | 'status'
    | 'step'
    | 'progress'
    | 'startedAt'
    | 'finishedAt'
    | 'failure'
    | 'output'
    | 'cost'
    | 'routeTrace'
    | 'adjusted'
    | 'estimate'
  >
>

/** All writes of one decision: row, events, jobs. Everything in it commits or nothing does. Inside it use only this object. */
export interface GenerationTransaction {
  insertPhoto(photo: Photo): Promise<void>
  /** False when the photo is gone or is used by a generation that is not deleted. */
  deletePhoto(tenantId: string, id: string): Promise<boolean>
  insertConsent(consent: Consent): Promise<void>
  insertGeneration(generation: Generation): Promise<void>
  /**
   * Compare and set: applies the changes and grows `version` when the row still has `expectedVersion` and is not deleted.
   * Null when somebody else moved it on: the caller must write nothing more and throw or return.
   * `progress` is only ever raised.
   */
  updateGeneration(id: string, expectedVersion: number, changes: GenerationChanges): Promise<Generation | null>
  insertAttempt(attempt: Attempt): Promise<void>
  updateAttempt(id: string, changes: Partial<Pick<Attempt, 'state' | 'failure' | 'finishedAt'>>): Promise<void>
  insertCall(call: Call): Promise<void>
  updateCall(id: string, changes: Partial<Pick<Call, 'state' | 'operation' | 'outputs' | 'finishedAt'>>): Promise<void>
  /** Appends with the next seq, stamped with the row's status and progress, and tells every node on commit. */
  appendEvent(generationId: string, body: EventBody, at: Date): Promise<GenerationEvent>
  enqueue(job: AdvanceJob): Promise<void>
  /** Blanks script, metadata and output, stamps the deletion; from then on no read finds it. CAS like updateGeneration. */
  markDeleted(id: string, expectedVersion: number, at: Date): Promise<boolean>
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; null at the end. */
  readonly nextCursor: string | null
}

export interface ListRequest {
  readonly limit: number
  readonly cursor?: string
  readonly status?: GenerationStatus
}

export interface GenerationStore {
  /** May run `work` again after a conflict with another transaction, so `work` must do nothing outside of `tx`. */
  transaction<T>(work: (tx: GenerationTransaction) => Promise<T>): Promise<T>
  /** Null for unknown, foreign or deleted. */
  findGeneration(tenantId: string, id: string): Promise<Generation | null>
  /** For workers, which serve every tenant. */
  loadGeneration(id: string): Promise<Generation | null>
  /** Newest first. @throws Failure INVALID_REQUEST reason 'cursor-invalid'. */
  listGenerations(tenantId: string, request: ListRequest): Promise<Page<Generation>>
  /** Attempts in order, each with its calls in order. */
  listAttempts(generationId: string): Promise<readonly (Attempt & { readonly calls: readonly Call[] })[]>
  findPhoto(tenantId: string, id: string): Promise<Photo | null>
  /** Events with seq > after, in order, at most `limit`. Also of a deleted generation. */
  eventsAfter(generationId: string, after: number, limit: number): Promise<readonly GenerationEvent[]>
  /**
   * Raises progress and appends a progress event, only while the row is `processing` at exactly `version` (which it leaves as it is).
   * Null when the worker has been overtaken: it must stop.
   */
  appendProgress(
    id: string,
    version: number,
    progress: number,
    body: EventBody,
    at: Date,
  ): Promise<GenerationEvent | null>
  /** Mean processing seconds per second of video of the last 20 completed of that tier by that provider, or null when there are none. */
  recentPace(provider: string, quality: QualityTier): Promise<number | null>
}

/** `generationId` null: some notices may have been missed, look at everything. */
export type EventNotice =
  | { readonly generationId: string; readonly status: GenerationStatus }
  | { readonly generationId: null }

/** Tells that the log has grown, on whichever node that happened. */
export interface EventFeed {
  /** @returns unsubscribe. */
  subscribe(listener: (notice: EventNotice) => void): () => void
}

export interface FaceCheck {
  /**
   * @param path the intake's upright copy
   * @throws Failure PROVIDER_ERROR 'analysis-busy' | 'analysis-crashed'
   */
  checkPhoto(path: string, options: { readonly face?: number; readonly signal?: AbortSignal }): Promise<PhotoVerdict>
}

export interface SpeechVoice {
  readonly id: string
  readonly name: string
  readonly language: string
  readonly gender: 'female' | 'male'
}

/** How long the words would take, without and with really speaking them. */
export interface SpeechMeter {
  readonly voices: readonly SpeechVoice[]
  /** Fast, no speech: the true length lies between low and high for nearly every script. */
  estimate(request: { text: string; voice: string; speed: number }): { seconds: number; low: number; high: number }
  /** Exact, by speaking. @throws Failure INVALID_REQUEST 'script-not-speakable'. */
  measure(request: {
    text: string
    voice: string
    speed: number
    pitchSemitones: number
    signal?: AbortSignal
  }): Promise<{ seconds: number }>
}

/** Bytes by key, and private scratch space. A key is '<tenant>/<kind>/<id>/<file>', forward slashes, no '..'. */
export interface MediaStore {
  /** Moves a finished local file to the key: whole or not at all, durable when it resolves. Replaces what was there. */
  put(key: string, file: string): Promise<{ readonly bytes: number; readonly sha256: string }>
  /** Size and SHA-256 (hex) of the key's bytes. @throws Failure when missing. */
  describe(key: string): Promise<{ readonly bytes: number; readonly sha256: string }>
  /** A readable local path of the key's bytes. @throws Failure when missing. */
  localPath(key: string): Promise<string>
  read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>
  /** Removes one key; missing is fine. */
  remove(key: string): Promise<void>
  list(): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>
  /** A new empty private directory; `dispose` removes it with all in it. */
  scratch(label: string): Promise<{ readonly path: string; dispose(): Promise<void> }>
}

/** An uploaded file after the intake: upright, without metadata, sRGB, inside the limits. */
export interface PreparedPhoto {
  readonly sha256: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly file: string
}

/**
 * Sniffs, limits and normalises an uploaded file into `directory`.
 * @throws Failure INVALID_REQUEST: 'photo-empty', 'photo-type-unsupported' (415), 'photo-too-many-pixels', 'photo-undecodable'.
 */
export type PreparePhoto = (file: string, directory: string, signal?: AbortSignal) => Promise<PreparedPhoto>

/** What the heart asks of the finished file before it calls anything done. */
export type InspectVideo = (
  file: string,
  signal?: AbortSignal,
) => Promise<{
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly hasAudio: boolean
}>
