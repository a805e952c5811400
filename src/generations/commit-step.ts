/**
 * One decision, one transaction: the work moves on if nobody else moved it, all who wait for it follow, its events are
 * appended to their logs, the next job is queued.
 */
import type { EventBody } from './event.ts'
import { type GenerationStatus, isFinal, type Step } from './generation.ts'
import type { Clock, GenerationChanges, GenerationStore, GenerationTransaction, WorkChanges } from './ports.ts'
import type { Work } from './work.ts'

/** Somebody else moved the work on (a cancel, another worker): whoever gets this writes nothing more. */
export class Overtaken extends Error {
  constructor(id: string) {
    super(`work ${id} has moved on`)
    this.name = 'Overtaken'
  }
}

export interface StepCommit {
  readonly changes: WorkChanges
  /** What the generations get beside what follows from the work. */
  readonly outcome?: Pick<GenerationChanges, 'failure' | 'cost' | 'queue' | 'adjusted'>
  readonly events?: readonly EventBody[]
  /** The step to run next; none when the work is over or waits for something else. */
  readonly next?: { readonly step: Step; readonly runsHere?: boolean; readonly delaySeconds?: number }
  /** Further rows of the same decision. */
  readonly write?: (tx: GenerationTransaction) => Promise<void>
}

export interface Committed {
  readonly work: Work
  /** Ids of the generations that were told. */
  readonly generationIds: readonly string[]
}

/** @throws Overtaken when the row no longer has the version that the decision was made on. */
export async function commitStep(
  { store, clock }: { readonly store: GenerationStore; readonly clock: Clock },
  work: Work,
  commit: StepCommit,
): Promise<Committed> {
  return store.transaction((tx) => commitWithin(tx, clock, work, commit))
}

/** The same as a part of a larger decision. @throws Overtaken */
export async function commitWithin(
  tx: GenerationTransaction,
  clock: Clock,
  work: Work,
  { changes, outcome = {}, events = [], next, write }: StepCommit,
): Promise<Committed> {
  const moved = await tx.updateWork(work.id, work.version, { ...changes, ...(next ? { step: next.step } : {}) })
  if (!moved) throw new Overtaken(work.id)
  await write?.(tx)
  const generationIds = await waitingFor(tx, work.id)
  await tx.updateGenerations(generationIds, { ...followed(moved), ...outcome })
  for (const body of events) await tx.appendEvents(generationIds, body, clock.now())
  if (next) {
    await tx.enqueue({
      workId: work.id,
      version: moved.version,
      lane: next.runsHere ? 'render' : 'quick',
      priority: work.settings.priority,
      ...(next.delaySeconds === undefined ? {} : { delaySeconds: next.delaySeconds }),
    })
  }
  return { work: moved, generationIds }
}

/** Ids of the generations that wait for the work. */
export async function waitingFor(tx: GenerationTransaction, workId: string): Promise<readonly string[]> {
  return (await tx.generationsOf(workId)).filter(({ status }) => !isFinal(status)).map(({ id }) => id)
}

/** What a generation that waits for the work shows of it. */
export function followed(work: Work): GenerationChanges {
  const { step, progress, startedAt, finishedAt, output, making, routeTrace, estimate } = work
  return {
    status: statusOf(work),
    step,
    progress,
    startedAt,
    finishedAt,
    output,
    making,
    routeTrace,
    estimate,
    ...(startedAt === null ? {} : { queue: null }),
  }
}

export function statusOf({ state, startedAt }: Work): GenerationStatus {
  if (state === 'open') return startedAt === null ? 'queued' : 'processing'
  return state === 'done' ? 'completed' : state
}
