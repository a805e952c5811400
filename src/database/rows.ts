/** Rows as Prisma reads them -> the words of the heart. JSON columns hold what this room itself wrote, unchanged. */

import type { GenerationEvent } from '../generations/event.ts'
import type { Generation, Money, Photo } from '../generations/generation.ts'
import type { Attempt, Call, Work } from '../generations/work.ts'
import type {
  Attempt as AttemptRow,
  Call as CallRow,
  Event as EventRow,
  Generation as GenerationRow,
  Photo as PhotoRow,
  Work as WorkRow,
} from './generated/client.ts'

/** What a work and its generation have in common. */
function common(row: WorkRow | GenerationRow) {
  return {
    id: row.id,
    tenantId: row.tenantId,
    // CHECKs make it null only for deleted generations, which are never read as such, and for works that are over.
    photoId: row.photoId ?? '',
    photoSha256: row.photoSha256,
    face: row.face,
    script: row.script,
    settings: toSettings(json<Work['settings']>(row.settings)),
    estimate: {
      videoSeconds: row.estimateVideoSeconds,
      processingSeconds: row.estimateProcessingSeconds,
      cost: { micros: Number(row.estimateCostMicros), currency: row.estimateCostCurrency },
    },
    step: row.step as Work['step'],
    progress: row.progress,
    requestId: row.requestId,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    deadlineAt: row.deadlineAt,
    output: toOutput(json(row.output)),
    making: json<Work['making']>(row.making),
    routeTrace: json<Work['routeTrace']>(row.routeTrace),
  }
}

export function toWork(row: WorkRow): Work {
  return {
    ...common(row),
    key: row.key,
    runsHere: row.runsHere,
    state: row.state as Work['state'],
    version: row.version,
  }
}

export function toGeneration(row: GenerationRow): Generation {
  return {
    ...common(row),
    workId: row.workId,
    origin: row.origin as Generation['origin'],
    metadata: json(row.metadata),
    adjusted: json(row.adjusted),
    status: row.status as Generation['status'],
    queue: json(row.queue),
    lastSeq: row.lastSeq,
    failure: json(row.failure),
    cost: toMoney(row.costMicros, row.costCurrency),
  }
}

/** Settings of before subtitles could be burned in do not speak of it. */
function toSettings(settings: Work['settings']): Work['settings'] {
  return { ...settings, burnSubtitles: settings.burnSubtitles ?? false }
}

/** Outputs of before there were captions have no word times. */
function toOutput(output: Work['output']): Work['output'] {
  return output && { ...output, wordsKey: output.wordsKey ?? null }
}

export function toPhoto(row: PhotoRow): Photo {
  return { ...row, faces: json(row.faces) }
}

export function toAttempt(row: AttemptRow): Attempt {
  const { tenantId: _, estimateMicros, estimateCurrency, costMicros, costCurrency, ...rest } = row
  return {
    ...rest,
    state: row.state as Attempt['state'],
    failure: json(row.failure),
    estimate: toMoney(estimateMicros, estimateCurrency),
    cost: toMoney(costMicros, costCurrency),
    costBearer: row.costBearer as Attempt['costBearer'],
    slot: row.slot as Attempt['slot'],
  }
}

export function toCall(row: CallRow): Call {
  const { tenantId: _, reportedMicros, reportedCurrency, estimateMicros, estimateCurrency, ...rest } = row
  return {
    ...rest,
    state: row.state as Call['state'],
    maker: row.maker as Call['maker'],
    failure: json(row.failure),
    estimate: toMoney(estimateMicros, estimateCurrency),
    reportedCost: toMoney(reportedMicros, reportedCurrency),
  }
}

function toMoney(micros: bigint | null, currency: string | null): Money | null {
  return micros === null || currency === null ? null : { micros: Number(micros), currency }
}

export function toEvent(row: EventRow): GenerationEvent {
  return { ...row, status: row.status as GenerationEvent['status'], body: json(row.body) }
}

/** The one place where a JSON column gets its type back. */
function json<T>(value: unknown): T {
  return value as T
}
