/** One decision, one transaction: the row moves on if nobody else moved it, its events are appended, the next job is queued. */
import type { EventBody } from './event.ts'
import type { Generation, Step } from './generation.ts'
import type { Clock, GenerationChanges, GenerationStore, GenerationTransaction } from './ports.ts'

/** Somebody else moved the generation on (a cancel, another worker): whoever gets this writes nothing more. */
export class Overtaken extends Error {
  constructor(id: string) {
    super(`generation ${id} has moved on`)
    this.name = 'Overtaken'
  }
}

export interface StepCommit {
  readonly changes: GenerationChanges
  readonly events?: readonly EventBody[]
  /** The step to run next; none when the generation is final or waits for something else. */
  readonly next?: { readonly step: Step; readonly runsHere?: boolean; readonly delaySeconds?: number }
  /** Further rows of the same decision. */
  readonly write?: (tx: GenerationTransaction) => Promise<void>
}

/** @throws Overtaken when the row no longer has the version that the decision was made on. */
export async function commitStep(
  { store, clock }: { readonly store: GenerationStore; readonly clock: Clock },
  generation: Generation,
  { changes, events = [], next, write }: StepCommit,
): Promise<Generation> {
  return store.transaction(async (tx) => {
    const moved = await tx.updateGeneration(generation.id, generation.version, {
      ...changes,
      ...(next ? { step: next.step } : {}),
    })
    if (!moved) throw new Overtaken(generation.id)
    await write?.(tx)
    for (const body of events) await tx.appendEvent(generation.id, body, clock.now())
    if (next) {
      await tx.enqueue({
        generationId: generation.id,
        version: moved.version,
        lane: next.runsHere ? 'render' : 'quick',
        priority: generation.settings.priority,
        ...(next.delaySeconds === undefined ? {} : { delaySeconds: next.delaySeconds }),
      })
    }
    return moved
  })
}
