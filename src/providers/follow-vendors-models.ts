/**
 * Asks vendors now and then whether they (still) have their models: one that is gone is named as such and asked no more, and comes
 * back by itself. A vendor that gives no answer leaves what was known.
 */
import type { ModelRegistry } from './model-registry.ts'
import type { Provider } from './provider.ts'

const everyMs = 60 * 60_000
const patienceMs = 15_000

interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface FollowedModels {
  /** Asks all of them once. */
  ask(): Promise<void>
  close(): void
}

export function followVendorsModels(
  registry: Pick<ModelRegistry, 'setGone'>,
  providers: readonly Provider[],
  log: Log,
): FollowedModels {
  const gone = new Set<string>()
  const closed = new AbortController()

  const askOne = async (provider: Provider, model: string) => {
    try {
      const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(patienceMs)])
      const isThere = await provider.knows!(model, { signal })
      if (isThere === !gone.has(model)) return
      if (isThere) gone.delete(model)
      else gone.add(model)
      registry.setGone(new Set(gone))
      log.info({ event: 'model_availability', provider: provider.id, model, is_there: isThere }, 'asked for a model')
    } catch (error) {
      if (closed.signal.aborted) return
      log.warn({ event: 'model_unasked', provider: provider.id, model, err: error }, 'could not ask for a model')
    }
  }
  const ask = async () => {
    for (const provider of providers) {
      if (provider.knows) for (const { id } of provider.models) await askOne(provider, id)
    }
  }
  const timer = setInterval(() => void ask(), everyMs)
  timer.unref()
  return {
    ask,
    close() {
      clearInterval(timer)
      closed.abort()
    },
  }
}
