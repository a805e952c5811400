/**
 * The provider port: one vendor (or our own renderer) as facts plus pure steps plus single outside calls.
 *
 * An attempt on a route owns ordered calls; a call is one request that a vendor may bill, and its id is the
 * idempotency key. `plan` names the first call, `next` the following one or 'done'; `start` performs one and answers
 * either a finished result or an operation, which is opaque JSON that any process can resume with `status`.
 * The core owns every loop, wait, retry and deadline: an adapter never sleeps and never asks twice. What goes wrong at the
 * vendor's is thrown as VendorFailure with its fault (errors.ts); the routing room's failure table says what follows.
 * Optional powers are present or absent, never throwing.
 */
import type { Readable } from 'node:stream'
import type { VendorFailure } from '../errors.ts'
import type { AspectRatio, Model, QualityTier } from './model.ts'

/** JSON that goes through the database unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One photo to speak one script, with everything already checked and every default filled in. */
export interface SpeakingRequest {
  /** The same whenever the same work is done again. */
  readonly workId: string
  /** Which of the provider's models is to do it, by its whole id. */
  readonly model: string
  /** Whose it is, as vendors may be told. */
  readonly tenantId: string
  readonly requestedAt: Date
  readonly photo: {
    /** A readable local file: upright, without metadata. */
    readonly path: string
    readonly sha256: string
    readonly width: number
    readonly height: number
    /** Which face speaks, largest first. */
    readonly face: number
    /** What the preflight knows of that face's shape; only our own renderer can read it. */
    readonly faceMesh: string | null
  }
  readonly script: string
  readonly language: string
  readonly voice: string
  readonly speed: number
  readonly pitchSemitones: number
  readonly quality: QualityTier
  readonly aspectRatio: AspectRatio | null
  readonly maxSeconds: number
  /** How long the speech is expected to be. */
  readonly speechSeconds: number
  readonly lipSync: boolean
  readonly facialAnimationStrength: number
  readonly noiseReduction: boolean
  readonly audioEnhancement: boolean
  /** Whether the words are to be seen in the picture. */
  readonly burnSubtitles: boolean
  /** The script is heard as somebody recorded it; the voice only tells the times of its sounds. */
  readonly recorded?: boolean
  /** A readable local mono 16-bit WAV, where it was recorded. */
  readonly recordingPath?: string
}

/** A call to make. */
export interface CallPlan {
  /** The adapter's own name for it, unique within the attempt. */
  readonly name: string
  /** Seconds of video that it asks for, and is paid; absent: all of the attempt's. */
  readonly seconds?: number
  /** Nothing is paid for it: an upload, the making of an avatar. */
  readonly free?: true
  /**
   * When the vendor fails it, the attempt goes on without: `next` hears that it is lost. A refusal of what is said or shown, and a
   * fault of the whole account, end the attempt all the same.
   */
  readonly optional?: true
  /**
   * What an equal call of the same tenant is known by. What it yielded then is taken again, as long as its work is kept, and
   * nothing is sent. Names everything that the answer depends on: photo, face, model, words, version of the prompt.
   */
  readonly reuseKey?: string
  /** Where it lies in the whole attempt, as shares 0..1; absent: it is all of it. */
  readonly span?: readonly [from: number, to: number]
}

/** A call of the attempt that is over, in order. */
export interface EndedCall {
  readonly name: string
  /** 'lost': an optional one that failed. */
  readonly state: 'completed' | 'lost'
  /** What it keeps for those after it (CallResult.keeps). */
  readonly keeps: Json
}

/** What the core made for a call, as the model's drive needs it. Paths of readable local files. */
export interface Material {
  /** For 'audio' and 'performance': the speech, a mono 16-bit WAV. */
  readonly voiceTrack?: { readonly path: string; readonly seconds: number }
  /** For 'performance': an MP4 (H.264, AAC) of the photo speaking it. */
  readonly drivingVideo?: { readonly path: string; readonly seconds: number }
  /** For 'clips', from the second on: a JPEG of the picture that the clip before ends with. */
  readonly lastFrame?: string
}

/**
 * 'image': a key frame. 'speech': mono 16-bit WAV. 'characters': JSON of the times of the letters spoken
 * (character-times.ts). 'words': see captions/time-script.ts.
 */
export type OutputRole = 'video' | 'thumbnail' | 'words' | 'image' | 'speech' | 'characters'

/**
 * A finished file: in the call's scratch directory, at an address that the core fetches without credentials, or one that
 * `open` streams. At most one of a role in a call. Without a `thumbnail` the core takes a frame of the video.
 */
export type ProviderOutput = { readonly role: OutputRole } & (
  | { readonly file: string }
  | { readonly url: string }
  | { readonly opened: Json }
)

export interface CallProgress {
  /** 'speech', 'face', 'frames', 'encode', or the vendor's own word. */
  readonly stage: string
  readonly done: number
  readonly total: number
  /** Share of the whole call that is done, 0..1. */
  readonly fraction: number
}

export interface CallContext {
  /** Same key, same call, where the vendor dedupes. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /** A private directory for files it makes; gone soon after `start` returns. */
  readonly scratch: string
  readonly onProgress: (progress: CallProgress) => void
  /** Where the vendor may send word of the call; null where it cannot reach us. */
  readonly callbackUrl: string | null
  /** The attempt's calls before this one. */
  readonly ended: readonly EndedCall[]
  readonly material: Material
}

/** How good the vendor says it is; what it does not say is left out. */
export interface QualityMetrics {
  /** 0..100. */
  readonly lipSyncAccuracy?: number
  /** 0..10. */
  readonly facialAnimation?: number
  /** 0..10. */
  readonly overallScore?: number
  /** As the vendor puts it: 'high', '1920x1080'. */
  readonly audioQuality?: string
  readonly resolution?: string
  readonly processingSeconds?: number
}

/** Names that the vendor gave the call, to speak with its support; what it does not name is left out. */
export interface VendorNames {
  readonly requestId?: string
  readonly jobId?: string
}

export interface CallResult {
  readonly outputs: readonly ProviderOutput[]
  readonly metrics?: QualityMetrics
  /** What it says the call cost. */
  readonly cost?: { readonly micros: number; readonly currency: string }
  /** What later calls of the attempt need of it: an id, an address at the vendor's. Never a secret. */
  readonly keeps?: Json
}

export type CallOutcome =
  | ({ readonly kind: 'finished' } & CallResult & VendorNames)
  | ({
      readonly kind: 'operation'
      readonly operation: Json
      /** Until it is likely to be done. */
      readonly etaSeconds?: number
      /** What it says, before the work is done, that the call will cost. */
      readonly estimate?: NonNullable<CallResult['cost']>
    } & VendorNames)

export type OperationStatus =
  | {
      readonly kind: 'pending'
      readonly progress: CallProgress | null
      /** The vendor's own wish, where it has one. */
      readonly pollAfterSeconds?: number
      /** What it says that the call will cost. */
      readonly estimate?: NonNullable<CallResult['cost']>
    }
  | ({ readonly kind: 'completed' } & CallResult)
  /** `cost`: what it says was paid all the same. */
  | ({ readonly kind: 'failed'; readonly failure: VendorFailure } & Pick<CallResult, 'cost'>)

/** When to look at an operation: first after `firstSeconds` (or when it is expected, if that is sooner), then slower and slower. */
export interface Polling {
  readonly firstSeconds: number
  readonly everySeconds: number
  readonly growth: number
  readonly slowestSeconds: number
}

/** What may be asked of the vendor's account, and what of one generation. */
export interface ProviderLimits {
  /** Requests of every kind; null: as many as you like. */
  readonly requestsPerMinute: number | null
  /** Calls from submission to completion; null: as many as you like. */
  readonly maxConcurrent: number | null
  /** From submission to the finished file. */
  readonly timeoutSeconds: number
  /** Of a finished file. */
  readonly maxFileBytes: number
}

/** What was asked over HTTP by whoever claims to be the vendor. Header names in lower case. */
export interface WebhookRequest {
  readonly rawBody: Buffer
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly now: Date
}

/** A webhook is only a hint: the core asks `status` once and believes that. */
export type WebhookVerdict =
  | { readonly kind: 'hint'; readonly eventId: string; readonly jobId: string }
  | { readonly kind: 'refused'; readonly why: string }

/** A setting that this provider cannot honour as asked; public names, as in the API. */
export interface SettingAdjustment {
  readonly setting: string
  readonly asked: unknown
  readonly used: unknown
  readonly why: string
}

/** What is asked, before there is any work: of the photo only its shape and the face that is to speak. */
export type AskedSettings = Omit<SpeakingRequest, 'photo' | 'workId' | 'tenantId' | 'requestedAt'> & {
  readonly photo: Pick<SpeakingRequest['photo'], 'width' | 'height' | 'face'>
}

export interface Provider {
  readonly id: string
  readonly models: readonly Model[]
  readonly limits: ProviderLimits
  /** Present when `start` can answer an operation. */
  readonly polling?: Polling
  /** What of the request it will do otherwise than asked. Pure. */
  adjust(request: AskedSettings): readonly SettingAdjustment[]
  /** The first call. Pure. */
  plan(request: SpeakingRequest): CallPlan
  /** The call after these, or 'done'; 'hopeless' when too many are lost for anything good to come of it. Pure. */
  next(request: SpeakingRequest, ended: readonly EndedCall[]): CallPlan | 'done' | 'hopeless'
  /** Performs one call: one request that may be billed. @throws VendorFailure */
  start(call: CallPlan, request: SpeakingRequest, context: CallContext): Promise<CallOutcome>
  /** ONE check of an operation; files that it makes go into `scratch`. Present when `start` can answer an operation. @throws VendorFailure */
  status?(operation: Json, context: Pick<CallContext, 'signal' | 'scratch'>): Promise<OperationStatus>
  /** The bytes of an output that needs the vendor's credential. @throws VendorFailure */
  open?(output: Json, context: Pick<CallContext, 'signal'>): Promise<Readable>
  /** What became of the call with that key; null: the vendor never took it. @throws VendorFailure */
  find?(idempotencyKey: string, context: Pick<CallContext, 'signal'>): Promise<CallOutcome | null>
  /** Asks the vendor to stop. False where it cannot. @throws VendorFailure */
  cancel?(operation: Json, context: Pick<CallContext, 'signal'>): Promise<boolean>
  /** Verifies what came in as the vendor's word. Pure. */
  webhook?(request: WebhookRequest): WebhookVerdict
  /** Whether the vendor has that model (any more); asked now and then, without cost. @throws VendorFailure */
  knows?(model: string, context: Pick<CallContext, 'signal'>): Promise<boolean>
  /** The vendor's own health page with our key: the HTTP status it answers. @throws VendorFailure when there is no answer */
  probe?(context: Pick<CallContext, 'signal'>): Promise<{ readonly status: number }>
}
