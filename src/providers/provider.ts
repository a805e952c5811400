/**
 * The provider port: one vendor (or our own renderer) as facts plus pure steps plus single outside calls.
 *
 * An attempt on a route owns ordered calls; a call is one request that a vendor may bill, and its id is the
 * idempotency key. `plan` names the first call, `next` the following one or 'done'; `start` performs one and answers
 * either a finished result or an operation, which is opaque JSON that any process can resume with `status`.
 * The core owns every loop, wait, retry and deadline: an adapter never sleeps and never asks twice.
 * Optional powers are present or absent, never throwing.
 */
import type { FailureRecord } from '../errors.ts'
import type { AspectRatio, Model, QualityTier } from './model.ts'

/** JSON that goes through the database unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One photo to speak one script, with everything already checked and every default filled in. */
export interface SpeakingRequest {
  /** The same whenever the same work is done again. */
  readonly workId: string
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

/** A call to make, under the adapter's own name for it. */
export interface CallPlan {
  readonly name: string
}

/** A finished file in the call's scratch directory. `words` may be missing: the times of the words, as captions/time-script.ts has them. */
export interface ProviderOutput {
  readonly role: 'video' | 'thumbnail' | 'words'
  readonly file: string
}

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
}

export type CallOutcome =
  | { readonly kind: 'finished'; readonly outputs: readonly ProviderOutput[] }
  | { readonly kind: 'operation'; readonly operation: Json }

export type OperationStatus =
  | { readonly kind: 'pending'; readonly progress: CallProgress | null; readonly pollAfterSeconds: number }
  | { readonly kind: 'completed'; readonly outputs: readonly ProviderOutput[] }
  | { readonly kind: 'failed'; readonly failure: FailureRecord }

/** A setting that this provider cannot honour as asked; public names, as in the API. */
export interface SettingAdjustment {
  readonly setting: string
  readonly asked: unknown
  readonly used: unknown
  readonly why: string
}

export interface Provider {
  readonly id: string
  readonly models: readonly Model[]
  /** What of the request it will do otherwise than asked. Pure. */
  adjust(request: Omit<SpeakingRequest, 'photo' | 'workId'>): readonly SettingAdjustment[]
  plan(request: SpeakingRequest): CallPlan
  /** The call after these finished ones, or 'done'. */
  next(request: SpeakingRequest, finished: readonly string[]): CallPlan | 'done'
  /** Performs one call. @throws Failure, classed by what is known of its fate. */
  start(call: CallPlan, request: SpeakingRequest, context: CallContext): Promise<CallOutcome>
  /** ONE check of an operation; outputs are written into `scratch`. Present when `start` can answer an operation. */
  status?(operation: Json, context: Pick<CallContext, 'signal' | 'scratch'>): Promise<OperationStatus>
}
