/**
 * The words of the heart. A generation is one request for one talking video; it goes
 *
 *   queued -> processing -> completed | failed | cancelled
 *
 * The video is made by its work (work.ts), which equal generations share; what the work comes to is copied here. These
 * are plain rows: behaviour lives in the use cases beside this file, storage behind the ports.
 */
import type { FailureRecord } from '../errors.ts'
import type { AspectRatio, QualityTier } from '../providers/model.ts'
import type { QualityMetrics, SettingAdjustment } from '../providers/provider.ts'
import type { RouteTrace, Strategy } from '../routing/ai-service-router.ts'

export type { AspectRatio, QualityTier }

export type Priority = 'low' | 'normal' | 'high'

export type GenerationStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'

/** The committed steps of processing, in order; falling back is another `choose`. */
export type Step = 'choose' | 'prepare' | 'start' | 'poll' | 'assemble' | 'store' | 'finish'

export function isFinal(status: GenerationStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

/** Who decided on the language: the caller, the voice that the caller chose, or the script itself. */
export type LanguageSource = 'given' | 'voice' | 'detected'

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
  /** Absent as long as the language is not decided. */
  readonly languageSource?: LanguageSource
  /** 1 is the voice's own rate (0.5..2). */
  readonly speed: number
  /** Semitones (-12..12). */
  readonly pitch: number
  readonly lipSync: boolean
  /** 0..1. */
  readonly facialAnimationStrength: number
  readonly noiseReduction: boolean
  readonly audioEnhancement: boolean
  /** Whether the words are written into the picture. */
  readonly burnSubtitles: boolean
  /** Hex SHA-256 of the uploaded recording of the script; absent where a voice speaks. */
  readonly recordingSha256?: string
  readonly priority: Priority
  /** Seconds from acceptance after which the generation is given up. */
  readonly timeoutSeconds: number
  /** Registry id of the only model wanted; absent: the router chooses. */
  readonly model?: string
  /** How the router ranks; absent: as the installation does. */
  readonly strategy?: Strategy
  /** The most that it may cost, in the installation's currency; absent: no bound of its own. */
  readonly costLimit?: Money
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

/** Who made it in the end, and how it came to that. */
export interface Making {
  readonly provider: string
  readonly model: string
  /** The vendor's own names for it. */
  readonly providerRequestId: string | null
  readonly providerJobId: string | null
  /** Whether another model had been tried first. */
  readonly fallbackUsed: boolean
  /** What went wrong with the first one. */
  readonly originalError: FailureRecord | null
  /** As the vendor judges it. */
  readonly qualityMetrics: QualityMetrics | null
  /** Whose voice is heard, where that is a vendor's of its own; absent in makings of before there was one. */
  readonly voice?: { readonly provider: string; readonly model: string } | null
  /** What of it was made otherwise than meant. */
  readonly remarks?: readonly Remark[]
}

export interface Remark {
  /** 'key-frame-lost', 'key-frame-dropped', 'voice-lost', 'voice-may-vary'. */
  readonly code: string
  /** A sentence for a person. */
  readonly message: string
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

/** How a generation came to its work: it is the first of it, an equal one was under way, or an equal one was done. */
export type Origin = 'made' | 'shared' | 'cached'

/** A place in the queue, as far as can be told. */
export interface QueuePlace {
  /** Works that come first. */
  readonly ahead: number
  /** Seconds until it is likely to start. */
  readonly waitSeconds: number
  /** 'provider': for one of the calls that it allows at once. Absent: for a place on a machine. */
  readonly waitsFor?: 'machine' | 'provider'
}

export interface Generation {
  readonly id: string
  readonly tenantId: string
  readonly workId: string
  readonly origin: Origin
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
  /** The step that its work runs next or now; null once final. */
  readonly step: Step | null
  /** 0..100, never falling; 100 only when completed. */
  readonly progress: number
  /** Null unless it waits for a place on a machine. */
  readonly queue: QueuePlace | null
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
  /** Null until it is done. */
  readonly making: Making | null
  /** Who was considered for it and why passed over. */
  readonly routeTrace: readonly RouteTrace[]
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
