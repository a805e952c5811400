/** The whole story of one generation, from its rows and its log: for whoever must find out what happened. */
import type { GenerationEvent } from './event.ts'
import type { Generation } from './generation.ts'
import { answerName } from './known-works.ts'
import type { GenerationStore } from './ports.ts'
import { requireGeneration } from './read-generations.ts'
import type { TraceGeneration } from './use-cases.ts'
import type { Attempt, Call } from './work.ts'

/** Events of one kind, together. */
export interface EventSummary {
  /** The event's type; with its step or its stage where it has one: 'step store', 'progress frames'. */
  readonly kind: string
  readonly count: number
  readonly first: Pick<GenerationEvent, 'seq' | 'at'>
  readonly last: Pick<GenerationEvent, 'seq' | 'at'>
}

export interface GenerationTrace {
  readonly generation: Generation
  /** Of its work: for one that was shared or cached, of the generation that it was made for. */
  readonly attempts: readonly (Attempt & { readonly calls: readonly Call[] })[]
  /** What its video answers equal requests as; null while it is not done, and once it answers none any more. */
  readonly answerName: string | null
  /** In the order in which each kind came first. */
  readonly events: readonly EventSummary[]
}

const pageSize = 500

export function traceGeneration(store: GenerationStore): TraceGeneration {
  return async (tenantId, id) => {
    const generation = await requireGeneration(store, tenantId, id)
    const [work, attempts, events] = await Promise.all([
      store.loadWork(generation.workId),
      store.listAttempts(generation.workId),
      summarise(store, id, generation.lastSeq),
    ])
    const name = work?.key && work.making ? answerName(work.making.provider, work.key) : null
    return { generation, attempts, answerName: name, events }
  }
}

async function summarise(store: GenerationStore, id: string, lastSeq: number): Promise<readonly EventSummary[]> {
  const kinds = new Map<string, EventSummary>()
  for (let after = 0; after < lastSeq; ) {
    const page = await store.eventsAfter(id, after, pageSize)
    for (const event of page) {
      const kind = kindOf(event)
      const place = { seq: event.seq, at: event.at }
      const { count = 0, first = place } = kinds.get(kind) ?? {}
      kinds.set(kind, { kind, count: count + 1, first, last: place })
    }
    const last = page.at(-1)
    if (!last) break
    after = last.seq
  }
  return [...kinds.values()]
}

function kindOf({ body }: GenerationEvent): string {
  if (body.type === 'step') return `step ${body.step}`
  return body.type === 'progress' ? `progress ${body.stage}` : body.type
}
