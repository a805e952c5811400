/**
 * The words of the heart. A generation is one request for one talking video; it goes
 *
 *   queued -> processing -> completed | failed | cancelled
 *
 * and while processing it is at one `step` (ARCHITECTURE.md draws the path). These are plain rows:
 * behaviour lives in the use cases beside this file, storage behind the ports.
 */
import type { FailureRecord } from '../errors.ts'
import type { AspectRatio, QualityTier } from '../providers/model.ts'
import type { SettingAdjustment } from '../providers/provider.ts'
import type { RouteTrace } from '../routing/ai-service-router.ts'

export type { AspectRatio, QualityTier }

export type Priority = 'low' | 'normal' | 'high'

export type GenerationStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'

/** The committed steps of processing, in order; falling back is another `choose`. */
export type Step = 'choose' | 'prepare' | 'start' | 'poll' | 'assemble' | 'store' | 'finish'

export function isFinal(status: GenerationStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

/** What the caller asked for, after validation; the same for every provider. */
export interface Settings {
  /** Longest clip allowed, seconds (15..60). Speech decides the real length. */
  readonly maxSeconds: number
  readonly quality: QualityTier
  /** Null keeps the photo's own shape. */
  readonly aspectRatio: AspectRatio | null
  /** Voice id, or null for the default of the language. */
  readonly voice: string | null
  /** BCP 47 language of the script, or null when not said. */
  readonly language: string | null
  /** 1 is the voice's own rate (0.5..2). */
  readonly speed: number
  /** Semitones (-12..12). */
  readonly pitch: number
  readonly lipSync: boolean
  /** 0..1. */
  readonly facialAnimationStrength: number
  readonly noiseReduction: boolean
  readonly audioEnhancement: boolean
  readonly priority: Priority
  /** Seconds from acceptance after which the generation is given up. */
  readonly timeoutSeconds: number
}

/** A setting that was not, or not exactly, done as asked, and why. */
export type Adjustment = SettingAdjustment

export interface Money {
  /** Integer micro-units of the currency. */
  readonly micros: number
  /** ISO 4217. */
  readonly currency: string
}

export interface Estimate {
  /** Length of the clip, seconds. */
  readonly videoSeconds: number
  /** Seconds from start of processing to a stored file. */
  readonly processingSeconds: number
  readonly cost: Money
}

/** Where the finished bytes are and what they are. */
export interface Output {
  readonly videoKey: string
  readonly thumbnailKey: string
  /** The script with the time of every word; null when the model told none. */
  readonly wordsKey: string | null
  readonly bytes: number
  /** Lower-case hex of the video file. */
  readonly sha256: string
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
}

/** Every key under which an output has bytes. */
export function outputKeys({ videoKey, thumbnailKey, wordsKey }: Output): readonly string[] {
  return [videoKey, thumbnailKey, ...(wordsKey === null ? [] : [wordsKey])]
}

export interface Generation {
  readonly id: string
  readonly tenantId: string
  readonly photoId: string
  /** Hex SHA-256 of the photo as uploaded. */
  readonly photoSha256: string
  /** Index of the face that speaks (largest first). */
  readonly face: number
  readonly script: string
  readonly settings: Settings
  readonly metadata: Readonly<Record<string, unknown>>
  readonly adjusted: readonly Adjustment[]
  readonly estimate: Estimate
  readonly status: GenerationStatus
  /** The step that runs next or now; null before processing and once final. */
  readonly step: Step | null
  /** 0..100, never falling; 100 only when completed. */
  readonly progress: number
  /** Grows with every committed step; the fence against a worker that woke too late. */
  readonly version: number
  /** Seq of the newest event. */
  readonly lastSeq: number
  readonly requestId: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly deadlineAt: Date
  readonly failure: FailureRecord | null
  readonly output: Output | null
  readonly cost: Money | null
  /** Who was considered for it and why passed over. */
  readonly routeTrace: readonly RouteTrace[]
}

export type AttemptState = 'open' | 'succeeded' | 'failed' | 'expired' | 'cancelled'

/** One try on one route. */
export interface Attempt {
  readonly id: string
  readonly generationId: string
  /** 1 for the first. */
  readonly ordinal: number
  readonly provider: string
  readonly model: string
  readonly state: AttemptState
  readonly failure: FailureRecord | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** `started` is written before the request leaves; what follows says what came of it. */
export type CallState = 'started' | 'pending' | 'completed' | 'failed' | 'unknown'

/** One request that a vendor may bill; its id is the idempotency key. */
export interface Call {
  readonly id: string
  readonly attemptId: string
  readonly ordinal: number
  /** The provider's own name for it, e.g. 'render'. */
  readonly name: string
  readonly state: CallState
  /** The vendor's handle (opaque JSON), once it answered with one. */
  readonly operation: unknown
  /** What it yielded (opaque JSON of the provider), once completed. */
  readonly outputs: unknown
  readonly startedAt: Date
  readonly finishedAt: Date | null
}

export interface Photo {
  readonly id: string
  readonly tenantId: string
  /** Hex SHA-256 of the bytes as uploaded. */
  readonly sha256: string
  /** The upright, metadata-free copy that everything works on. */
  readonly mediaKey: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  /** True when uploaded for reuse; false when it came with one generation and goes with it. */
  readonly kept: boolean
  readonly faces: readonly PhotoFace[]
  readonly createdAt: Date
}

/** A face as the preflight judged it. */
export interface PhotoFace {
  readonly index: number
  /** Fractions of width and height, 0..1. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  readonly yawDegrees: number
  readonly rollDegrees: number
  readonly score: number
  /** The face's shape, which only the renderer can read; saves it looking for the face again. Not public. */
  readonly mesh?: string | null
  readonly ok: boolean
  readonly problem: PhotoProblem | null
}

export interface PhotoProblem {
  /** 'no-face', 'face-too-small', 'face-turned-away', 'face-upside-down', 'face-index-out-of-range'. */
  readonly reason: string
  readonly message: string
  readonly hint: string
}

/** Whether a photo can speak, before any work is done. */
export interface PhotoVerdict {
  readonly ok: boolean
  readonly faces: readonly PhotoFace[]
  /** The face that would speak, or null. */
  readonly chosen: number | null
  readonly problem: PhotoProblem | null
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** "I may use this person's likeness": kept even when photo and generation are gone. */
export interface Consent {
  readonly id: string
  readonly tenantId: string
  readonly photoSha256: string
  readonly generationId: string
  readonly requestId: string | null
  readonly grantedAt: Date
}
