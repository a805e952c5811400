/** A store that tells what was committed through it, for figures: once for each thing, and never for what was rolled back. */
import type { EventBody } from './event.ts'
import type { Generation, QualityTier } from './generation.ts'
import type { AttemptEnd, GenerationStore } from './ports.ts'
import type { Work } from './work.ts'

export interface StoreObserver {
  /** A generation was accepted, or came to its end. */
  generation(what: 'made' | 'shared' | 'cached' | 'completed' | 'failed' | 'cancelled'): void
  /** One failed. @param code of the failure catalogue */
  failed(code: string): void
  /** An attempt came to its end. @param outcome 'ok', the fault of the provider, or the code of the failure */
  attempt(done: { readonly provider: string; readonly outcome: string }): void
  /** A work was done. @param seconds from the start of processing to the stored file */
  work(done: { readonly model: string; readonly quality: QualityTier; readonly seconds: number }): void
  /** A stage of a work ended, as its progress told. */
  stage(done: { readonly stage: string; readonly seconds: number }): void
}

export function observeStore(store: GenerationStore, observer: StoreObserver): GenerationStore {
  const stages = new Map<string, { readonly stage: string; readonly since: Date }>()
  const endStage = (workId: string, at: Date) => {
    const { stage, since } = stages.get(workId) ?? {}
    if (stage && since) observer.stage({ stage, seconds: (at.getTime() - since.getTime()) / 1000 })
    stages.delete(workId)
  }

  const tell = (body: EventBody, count: number, work: Work | null, at: Date) => {
    const what = body.type === 'queued' ? body.origin : body.type
    if (!isTold(what)) return
    for (let i = 0; i < count; i += 1) {
      observer.generation(what)
      if (body.type === 'failed') observer.failed(body.failure.code)
    }
    if (!work || body.type === 'queued') return
    endStage(work.id, at)
    const model = work.routeTrace.findLast(({ verdict }) => verdict === 'chosen')?.model
    if (body.type === 'completed' && model) {
      observer.work({ model, quality: work.settings.quality, seconds: body.seconds })
    }
  }

  const tellLog = ({ createdAt }: Generation, log: readonly EventBody[]) => {
    for (const body of log) tell(body, 1, null, createdAt)
  }

  return {
    ...store,
    async transaction(run) {
      let told: (() => void)[] = []
      const result = await store.transaction((tx) => {
        // A second try after a conflict begins anew.
        told = []
        let work: Work | null = null
        return run({
          ...tx,
          async updateWork(...change) {
            const changed = await tx.updateWork(...change)
            work = changed ?? work
            return changed
          },
          async endAttempt(workId, end) {
            const ended = await tx.endAttempt(workId, end)
            const outcome = outcomeOf(end)
            if (ended && outcome !== null) told.push(() => observer.attempt({ provider: ended.provider, outcome }))
            return ended
          },
          async insertGeneration(generation, log) {
            await tx.insertGeneration(generation, log)
            told.push(() => tellLog(generation, log))
          },
          async appendEvents(ids, body, at) {
            await tx.appendEvents(ids, body, at)
            const of = work
            told.push(() => tell(body, ids.length, of, at))
          },
        })
      })
      for (const each of told) each()
      return result
    },
    async joinDone(generation, log, consent) {
      const isJoined = await store.joinDone(generation, log, consent)
      if (isJoined) tellLog(generation, log)
      return isJoined
    },
    async appendProgress(workId, version, progress, body, at) {
      const isCurrent = await store.appendProgress(workId, version, progress, body, at)
      if (!isCurrent) stages.delete(workId)
      else if (body.type === 'progress' && stages.get(workId)?.stage !== body.stage) {
        endStage(workId, at)
        // A work that ended elsewhere may never be heard of again.
        if (stages.size >= maxStages) stages.delete(stages.keys().next().value!)
        stages.set(workId, { stage: body.stage, since: at })
      }
      return isCurrent
    },
  }
}

/** Null where somebody changed their mind: that says nothing of the provider. */
function outcomeOf({ state, failure }: AttemptEnd): string | null {
  if (state === 'succeeded') return 'ok'
  return failure ? (failure.fault ?? failure.code) : null
}

const maxStages = 1_000

const toldKinds = ['made', 'shared', 'cached', 'completed', 'failed', 'cancelled'] as const

function isTold(what: string): what is (typeof toldKinds)[number] {
  return (toldKinds as readonly string[]).includes(what)
}
