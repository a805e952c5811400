/** Rows as Prisma reads them -> the words of the heart. JSON columns hold what this room itself wrote, unchanged. */

import type { GenerationEvent } from '../generations/event.ts'
import type { Attempt, Call, Generation, Photo } from '../generations/generation.ts'
import type {
  Attempt as AttemptRow,
  Call as CallRow,
  Event as EventRow,
  Generation as GenerationRow,
  Photo as PhotoRow,
} from './generated/client.ts'

export function toGeneration(row: GenerationRow): Generation {
  return {
    id: row.id,
    tenantId: row.tenantId,
    // A CHECK makes it null only for deleted rows, which are never read as generations.
    photoId: row.photoId ?? '',
    photoSha256: row.photoSha256,
    face: row.face,
    script: row.script,
    settings: json(row.settings),
    metadata: json(row.metadata),
    adjusted: json(row.adjusted),
    estimate: {
      videoSeconds: row.estimateVideoSeconds,
      processingSeconds: row.estimateProcessingSeconds,
      cost: { micros: Number(row.estimateCostMicros), currency: row.estimateCostCurrency },
    },
    status: row.status as Generation['status'],
    step: row.step as Generation['step'],
    progress: row.progress,
    version: row.version,
    lastSeq: row.lastSeq,
    requestId: row.requestId,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    deadlineAt: row.deadlineAt,
    failure: json(row.failure),
    output: toOutput(json(row.output)),
    cost:
      row.costMicros === null || row.costCurrency === null
        ? null
        : { micros: Number(row.costMicros), currency: row.costCurrency },
    routeTrace: json(row.routeTrace),
  }
}

/** Outputs of before there were captions have no word times. */
function toOutput(output: Generation['output']): Generation['output'] {
  return output && { ...output, wordsKey: output.wordsKey ?? null }
}

export function toPhoto(row: PhotoRow): Photo {
  return { ...row, faces: json(row.faces) }
}

export function toAttempt(row: AttemptRow): Attempt {
  const { tenantId: _, ...rest } = row
  return { ...rest, state: row.state as Attempt['state'], failure: json(row.failure) }
}

export function toCall(row: CallRow): Call {
  const { tenantId: _, ...rest } = row
  return { ...rest, state: row.state as Call['state'] }
}

export function toEvent(row: EventRow): GenerationEvent {
  return { ...row, status: row.status as GenerationEvent['status'], body: json(row.body) }
}

/** The one place where a JSON column gets its type back. */
function json<T>(value: unknown): T {
  return value as T
}
