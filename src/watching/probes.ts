/**
 * Asks providers whether they are well. All who ask within a few seconds share one answer, so that load balancers, however
 * many, never become a burden for a vendor.
 */
import type { Logger } from 'pino'
import { Failure, VendorFailure } from '../errors.ts'
import type { VendorObserver } from '../generations/vendor-observer.ts'

/** A provider of the catalogue, as far as it can be asked. */
export interface Probed {
  readonly id: string
  /** Why it cannot be used here; null: it can. */
  readonly missing: string | null
  /** The HTTP status of the vendor's health page; null: it has none. */
  readonly ask: ((context: { readonly signal: AbortSignal }) => Promise<{ readonly status: number }>) | null
}

export type ProbeResult =
  | { readonly status: 'healthy' }
  | { readonly status: 'degraded'; readonly statusCode: number }
  | { readonly status: 'unhealthy'; readonly error: string }

export interface SeenProbe {
  readonly result: ProbeResult
  readonly at: Date
}

export interface ProbeParts {
  readonly providers: readonly Probed[]
  readonly clock: { now(): Date }
  readonly log: Pick<Logger, 'warn'>
  readonly observer: Pick<VendorObserver, 'called'>
  /** How long an answer is good for all who ask. */
  readonly ttlMs: number
  /** How long an answer is waited for. */
  readonly timeoutMs: number
}

export interface Probes {
  readonly providers: readonly Probed[]
  /** Null for an unknown provider. */
  probe(id: string): Promise<SeenProbe> | null
  /** What was last heard, without asking; null: never asked. */
  last(id: string): SeenProbe | null
}

export function createProbes(parts: ProbeParts): Probes {
  const { providers, clock, ttlMs } = parts
  const seen = new Map<string, SeenProbe>()
  const asking = new Map<string, Promise<SeenProbe>>()

  const ask = async (provider: Probed): Promise<SeenProbe> => {
    const probe = { result: await askOnce(provider, parts), at: clock.now() }
    seen.set(provider.id, probe)
    return probe
  }

  return {
    providers,
    probe(id) {
      const provider = providers.find((each) => each.id === id)
      if (!provider) return null
      const last = seen.get(id)
      if (last && clock.now().getTime() - last.at.getTime() < ttlMs) return Promise.resolve(last)
      const running = asking.get(id) ?? ask(provider).finally(() => asking.delete(id))
      asking.set(id, running)
      return running
    },
    last: (id) => seen.get(id) ?? null,
  }
}

/** Never rejects. What is told holds no key and no address: it is ours, or a catalogued sentence. */
async function askOnce({ id, missing, ask }: Probed, { log, observer, timeoutMs }: ProbeParts): Promise<ProbeResult> {
  if (missing !== null) return { status: 'unhealthy', error: missing }
  if (!ask) return { status: 'healthy' }
  const startMs = performance.now()
  const told = (fault: string | null) =>
    observer.called({ provider: id, model: '', what: 'probe', seconds: (performance.now() - startMs) / 1000, fault })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const { status } = await Promise.race([ask({ signal }), rejectedBy(signal)])
    told(null)
    return status === 200 ? { status: 'healthy' } : { status: 'degraded', statusCode: status }
  } catch (error) {
    const isLate = signal.aborted
    told(error instanceof VendorFailure ? error.fault : isLate ? 'cut-off' : 'unreachable')
    log.warn({ event: 'probe_failed', provider: id, err: error }, 'a provider is not well')
    if (isLate) return { status: 'unhealthy', error: `no answer within ${timeoutMs / 1000} s` }
    return { status: 'unhealthy', error: error instanceof Failure ? error.message : 'it could not be asked' }
  }
}

/** For those who do not listen to the signal. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
