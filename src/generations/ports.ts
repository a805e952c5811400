/** What the heart needs from the rooms around it. Implementers fit structurally; `compose` checks them. */
import type { Readable } from 'node:stream'
import type { EventBody, GenerationEvent } from './event.ts'
import type { AnswerSelector } from './forget-answers.ts'
import type {
  Consent,
  Generation,
  GenerationStatus,
  Money,
  Photo,
  PhotoVerdict,
  Priority,
  QualityTier,
  QueuePlace,
} from './generation.ts'
import type { Attempt, Call, Work } from './work.ts'

export interface Clock {
  now(): Date
}

/** Makes unique, time-ordered ids: newId('gen') -> 'gen_018f…'. */
export type NewId = (prefix: string) => string

/** Which workers may run the step: 'quick' steps are many and short, 'render' ones load this machine's cores. */
export type Lane = 'quick' | 'render'

export interface AdvanceJob {
  readonly workId: string
  /** The version the step was scheduled at; an older job than the row is dropped. */
  readonly version: number
  readonly lane: Lane
  readonly priority: Priority
  /** Run not before so many seconds from now. */
  readonly delaySeconds?: number
}

/** Columns of a work that a step may change. `version` is the store's. */
export type WorkChanges = Partial<
  Pick<
    Work,
    'key' | 'state' | 'step' | 'progress' | 'finishedAt' | 'output' | 'making' | 'routeTrace' | 'estimate' | 'runsHere'
  >
>

/** Columns of a call that may change after it was written. */
export type CallChanges = Partial<
  Pick<
    Call,
    | 'state'
    | 'operation'
    | 'outputs'
    | 'providerRequestId'
    | 'providerJobId'
    | 'sends'
    | 'fetches'
    | 'deadlineAt'
    | 'metrics'
    | 'keeps'
    | 'failure'
    | 'estimate'
    | 'reportedCost'
    | 'finishedAt'
  >
>

/** Columns of a generation that follow its work. `lastSeq` is the store's. */
export type GenerationChanges = Partial<
  Pick<
    Generation,
    | 'status'
    | 'step'
    | 'progress'
    | 'queue'
    | 'adjusted'
    | 'startedAt'
    | 'finishedAt'
    | 'failure'
    | 'output'
    | 'making'
    | 'cost'
    | 'routeTrace'
    | 'estimate'
  >
>

/** What a generation has from the oldest one of its work. */
export type Sibling = Pick<Generation, 'photoId' | 'adjusted' | 'queue'>

export interface JoinableWork {
  readonly work: Work
  /** Null when nobody has it any more. */
  readonly sibling: Sibling | null
}

/**
 * All writes of one decision: rows, events, jobs. Everything in it commits or nothing does. Inside it use only this
 * object. Whoever changes a work or one of its generations holds the work's row first (`lockWork`, `joinableWork` or
 * `updateWork`), so that what is decided about the one is true of the others.
 */
export interface GenerationTransaction {
  insertPhoto(photo: Photo): Promise<void>
  /** False when the photo is gone, or is used by a generation that is not deleted or by a work that is open. */
  deletePhoto(tenantId: string, id: string): Promise<boolean>
  insertConsent(consent: Consent): Promise<void>
  /** As the store's; who asks here is the only one on any node until the transaction ends, so that a place is given once. */
  queuedWorks(): Promise<readonly QueuedWork[]>
  /** False, and nothing written, when an open or done work of the tenant has the key. */
  insertWork(work: Work): Promise<boolean>
  /** As the store's, the work's row held until the end. */
  joinableWork(tenantId: string, key: string): Promise<JoinableWork | null>
  /** The work with its row held until the end. @throws Error when there is none */
  lockWork(id: string): Promise<Work>
  /**
   * Compare and set: applies the changes and grows `version` when the row still has `expectedVersion` and is open.
   * Null when somebody else moved it on: the caller must write nothing more and throw or return.
   * `progress` is only ever raised.
   */
  updateWork(id: string, expectedVersion: number, changes: WorkChanges): Promise<Work | null>
  /** Stamps the start, where there is none yet, and leaves the version. Null when the work was moved on from it. */
  beginWork(id: string, version: number, startedAt: Date): Promise<Work | null>
  /** Raises the deadline of an open work and leaves its version: the worker goes on. */
  extendWork(id: string, deadlineAt: Date): Promise<void>
  /** Nobody finds it by its key any more; who has it keeps it. */
  freeKey(id: string): Promise<void>
  /** Nobody has its bytes any more: key and output are forgotten and the script blanked. */
  retireWork(id: string): Promise<void>
  /** With the first events of its log, numbered from 1 and stamped with its status and progress: `lastSeq` must be their number. */
  insertGeneration(generation: Generation, log: readonly EventBody[]): Promise<void>
  /** Generations of the work that are not deleted, oldest first. */
  generationsOf(workId: string): Promise<readonly Generation[]>
  /** Changes those of the given that are neither final nor deleted; `progress` is only ever raised. */
  updateGenerations(ids: readonly string[], changes: GenerationChanges): Promise<void>
  insertAttempt(attempt: Attempt): Promise<void>
  /** Ends the attempt under way, if there is one, and with it its slot. Null: there was none. */
  endAttempt(workId: string, end: AttemptEnd): Promise<EndedAttempt | null>
  /** Opens again one that had ended, for a result that came late. */
  reopenAttempt(id: string): Promise<void>
  /** Who pays an attempt that is over, and what. */
  settleAttempt(id: string, cost: Money, bearer: 'user' | 'house'): Promise<void>
  /** As the store's; who asks here is the only one on any node until the transaction ends. Ask before touching a work's row. */
  slotsOf(provider: string): Promise<readonly SlotClaim[]>
  markSlot(attemptId: string, slot: 'waiting' | 'held' | null, at: Date): Promise<void>
  /** False when that delivery was known already. */
  insertWebhookDelivery(provider: string, eventId: string, receivedAt: Date): Promise<boolean>
  insertCall(call: Call): Promise<void>
  updateCall(id: string, changes: CallChanges): Promise<void>
  /** Appends to each log with its next seq, stamped with the row's status and progress, and tells every node on commit. */
  appendEvents(generationIds: readonly string[], body: EventBody, at: Date): Promise<void>
  enqueue(job: AdvanceJob): Promise<void>
  /** Blanks script, metadata and output, stamps the deletion; from then on no read finds it. False unless it was final and there. */
  markDeleted(id: string, at: Date): Promise<boolean>
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

/** An open work that loads, or will load, the cores of a worker. */
export interface QueuedWork {
  readonly id: string
  readonly priority: Priority
  readonly createdAt: Date
  readonly isRunning: boolean
  /** Seconds that it is expected to take from now, or from its start. */
  readonly secondsLeft: number
}

/** An open attempt that has, or waits for, one of the calls that its provider allows at once. */
export interface SlotClaim {
  readonly attemptId: string
  readonly workId: string
  /** The work's. */
  readonly version: number
  readonly tenantId: string
  readonly priority: Priority
  readonly runsHere: boolean
  readonly slot: 'waiting' | 'held'
  readonly since: Date
  /** When its tenant last got a slot there; null: never. */
  readonly servedAt: Date | null
  /** How long the work is expected to take once it starts. */
  readonly expectedSeconds: number
}

/** Whose it was. */
export type EndedAttempt = Pick<Attempt, 'provider' | 'model'>

/** How an attempt ended; a cost that is not named is not known, or nothing was to be paid. */
export type AttemptEnd = Pick<Attempt, 'state' | 'failure' | 'finishedAt'> &
  Partial<Pick<Attempt, 'cost' | 'costBearer'>>

export interface GenerationStore {
  /** May run `work` again after a conflict with another transaction, so `work` must do nothing outside of `tx`. */
  transaction<T>(work: (tx: GenerationTransaction) => Promise<T>): Promise<T>
  /** Null for unknown, foreign or deleted. */
  findGeneration(tenantId: string, id: string): Promise<Generation | null>
  /** For workers, which serve every tenant. */
  loadWork(id: string): Promise<Work | null>
  /** The tenant's work with the key, open or done; null when there is none. */
  findJoinable(tenantId: string, key: string): Promise<JoinableWork | null>
  /**
   * Inserts a generation whose work is done, its log and its consent in one statement, so that a cached answer costs no
   * transaction. False, and nothing written, when the work's bytes went meanwhile.
   */
  joinDone(generation: Generation, log: readonly EventBody[], consent: Consent | null): Promise<boolean>
  /** Frees the keys of the works done that the selector names: no request is answered by them any more. @returns how many */
  forgetAnswers(selector: AnswerSelector): Promise<number>
  /** Newest first. @throws Failure INVALID_REQUEST reason 'cursor-invalid'. */
  listGenerations(tenantId: string, request: ListRequest): Promise<Page<Generation>>
  /** Attempts in order, each with its calls in order. */
  listAttempts(workId: string): Promise<readonly (Attempt & { readonly calls: readonly Call[] })[]>
  findPhoto(tenantId: string, id: string): Promise<Photo | null>
  /** Events with seq > after, in order, at most `limit`. Also of a deleted generation. */
  eventsAfter(generationId: string, after: number, limit: number): Promise<readonly GenerationEvent[]>
  /** How far the logs of these have grown, by id; those that are deleted are missing. */
  headsOf(generationIds: readonly string[]): Promise<ReadonlyMap<string, Pick<Generation, 'lastSeq' | 'status'>>>
  /**
   * Raises progress of the work and of all who wait for it and appends a progress event to their logs, only while the
   * work is open at exactly `version` (which it leaves as it is). False when the worker has been overtaken: it must stop.
   */
  appendProgress(workId: string, version: number, progress: number, body: EventBody, at: Date): Promise<boolean>
  /** Mean processing seconds per second of video of the last 20 works done of that tier by that provider, or null when there are none. */
  recentPace(provider: string, quality: QualityTier): Promise<number | null>
  /** Deliveries before that moment are not known again: their signature is long out of its time. */
  forgetWebhookDeliveries(before: Date): Promise<void>
  /** Who has, and who waits for, a slot of the provider. */
  slotsOf(provider: string): Promise<readonly SlotClaim[]>
  /** Providers of which somebody waits for a slot. */
  providersWaitedFor(): Promise<readonly string[]>
  /** The call to which a vendor gave that name, with its work; null when there is none. */
  findCall(
    provider: string,
    providerJobId: string,
  ): Promise<{ readonly call: Call; readonly attempt: Attempt; readonly work: Work } | null>
  /** The newest completed call of the tenant under that key whose work somebody still has; null when there is none. */
  findReusable(tenantId: string, reuseKey: string): Promise<Call | null>
  /** Works of all tenants that load a worker's cores, in the order in which they will run. */
  queuedWorks(): Promise<readonly QueuedWork[]>
  /** Keeps the places with the generations that still wait, and appends a `waiting` event where `ahead` is another than before. */
  tellPlaces(places: readonly { readonly workId: string; readonly queue: QueuePlace }[], at: Date): Promise<void>
}

/** `generationId` null: some notices may have been missed, look at everything. */
export type EventNotice =
  | { readonly generationId: string; readonly workId: string; readonly status: GenerationStatus }
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
  /** BCP 47. */
  readonly language: string
  readonly gender: 'female' | 'male'
  /** What makes its sound, e.g. 'flite'. */
  readonly engine: string
}

/**
 * Whether the script can be written into a picture.
 * @throws Failure INVALID_REQUEST 'subtitles-unsupported', naming the writing that there is no font for
 */
export type CheckSubtitles = (script: string, language: string) => Promise<void>

/** How long the words would take, without and with really speaking them. */
export interface SpeechMeter {
  /** The first of a language is the one that is taken for it. */
  readonly voices: readonly SpeechVoice[]
  /** How well the text fits each language (primary subtag), 0..1. @throws Failure PROVIDER_ERROR 'analysis-busy' | 'analysis-crashed' */
  languageScores(text: string, signal?: AbortSignal): Promise<Readonly<Record<string, number>>>
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

export interface PreparedRecording {
  /** A mono 16-bit WAV. */
  readonly file: string
  readonly seconds: number
}

/**
 * Sniffs, limits and normalises an uploaded recording into `directory`.
 * @throws Failure INVALID_REQUEST: 'audio-type-unsupported' (415), 'recording-empty', 'recording-undecodable', 'recording-too-long', …
 */
export type PrepareRecording = (
  file: string,
  directory: string,
  limits: { readonly maxSeconds: number },
  signal?: AbortSignal,
) => Promise<PreparedRecording>

/**
 * Compares a prepared recording with its script, as that voice says it.
 * @throws Failure INVALID_REQUEST 'recording-does-not-match' | 'recording-silent' | 'script-not-speakable'
 */
export type CheckRecording = (request: {
  readonly path: string
  readonly text: string
  readonly voice: string
  readonly signal?: AbortSignal
}) => Promise<void>

/** What the heart asks of the finished file before it calls anything done. */
export type InspectVideo = (
  file: string,
  signal?: AbortSignal,
  /** Foreign: it came from outside, and may be anything. */
  from?: 'foreign',
) => Promise<{
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly hasAudio: boolean
  /** Nothing can be heard. Only looked for in a foreign file. */
  readonly isSilent?: boolean
  /** Nothing can be seen. Only looked for in a foreign file. */
  readonly isBlack?: boolean
}>
