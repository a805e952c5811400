import { Failure, type FailureCode, toFailure } from '../errors.ts'
import type { RenderJob, RenderProgress, RenderResult, SpeakJob, SpeakResult } from './ports.ts'

/** What crosses between the process that orders a render and the one that does it. Plain JSON. */
export type RenderOrder =
  /** Load what every render needs. */
  | { readonly kind: 'warm' }
  | { readonly kind: 'speak'; readonly job: SpeakJob }
  | {
      readonly kind: 'render'
      readonly job: RenderJob
      readonly modelDir: string
      readonly fontDir: string
      readonly ffmpegPath: string
    }

export interface CrossingFailure {
  readonly code: FailureCode
  readonly reason: string
  readonly message: string
  readonly hint?: string
  readonly extra: Readonly<Record<string, unknown>>
  /** Where an unexpected error came from; for the log only. */
  readonly stack?: string
}

export type RenderNews =
  | { readonly kind: 'warm' }
  | { readonly kind: 'progress'; readonly progress: RenderProgress }
  /** `residentBytes`: the render process's memory after the work. */
  | { readonly kind: 'result'; readonly result: RenderResult; readonly residentBytes: number }
  | { readonly kind: 'spoken'; readonly result: SpeakResult; readonly residentBytes: number }
  | { readonly kind: 'failure'; readonly failure: CrossingFailure }

export function packFailure(error: unknown): CrossingFailure {
  const { code, reason, message, hint, extra, cause } = toFailure(error)
  const stack = cause instanceof Error ? cause.stack : undefined
  return {
    code,
    reason,
    message,
    extra,
    ...(hint === undefined ? {} : { hint }),
    ...(stack === undefined ? {} : { stack }),
  }
}

export function unpackFailure({ code, reason, message, hint, extra, stack }: CrossingFailure): Failure {
  return new Failure(code, {
    reason,
    message,
    extra,
    ...(hint === undefined ? {} : { hint }),
    ...(stack === undefined ? {} : { cause: stack }),
  })
}
