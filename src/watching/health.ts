/** How the whole is, from what is known already: nobody is kept waiting for a vendor. */
import type { Probes, SeenProbe } from './probes.ts'
import type { BreakerStates } from './vendor-figures.ts'

export interface ProviderHealth {
  /** 'unknown': never asked. 'not-configured': cannot be used here; `error` says why. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy' | 'unknown' | 'not-configured'
  readonly error: string | null
  /** HTTP status of a vendor that answered otherwise than 200. */
  readonly statusCode: number | null
  readonly at: Date | null
  /** Whether requests are sent to it; null: nobody watches over that. */
  readonly breaker: 'closed' | 'half-open' | 'open' | null
}

export interface Health {
  /** 'unhealthy': nothing can be made now. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  /** 'ok', or what is wrong. */
  readonly database: string
  readonly providers: Readonly<Record<string, ProviderHealth>>
}

export interface HealthParts {
  readonly probes: Probes
  /** 'ok', or what is wrong. */
  readonly checkDatabase: () => Promise<string>
  readonly breakers?: () => BreakerStates
  readonly clock: { now(): Date }
}

/** What is known of a provider for longer than this is asked for again, in the background. */
const oldMs = 60_000

export function readHealth({
  probes,
  checkDatabase,
  breakers = () => ({}),
  clock,
}: HealthParts): () => Promise<Health> {
  return async () => {
    const states = breakers()
    const nowMs = clock.now().getTime()
    const providers: Record<string, ProviderHealth> = {}
    for (const { id, missing } of probes.providers) {
      const last = probes.last(id)
      if (missing === null && (!last || nowMs - last.at.getTime() > oldMs)) void probes.probe(id)
      providers[id] =
        missing === null ? known(last, states[id] ?? null) : { ...unknown, status: 'not-configured', error: missing }
    }
    const database = await checkDatabase()
    return { status: summary(database, Object.values(providers)), database, providers }
  }
}

const unknown: ProviderHealth = { status: 'unknown', error: null, statusCode: null, at: null, breaker: null }

function known(last: SeenProbe | null, breaker: ProviderHealth['breaker']): ProviderHealth {
  if (!last) return { ...unknown, breaker }
  const { result, at } = last
  return {
    status: result.status,
    error: result.status === 'unhealthy' ? result.error : null,
    statusCode: result.status === 'degraded' ? result.statusCode : null,
    at,
    breaker,
  }
}

function summary(database: string, all: readonly ProviderHealth[]): Health['status'] {
  const configured = all.filter(({ status }) => status !== 'not-configured')
  const isUsable = ({ status, breaker }: ProviderHealth) => status !== 'unhealthy' && breaker !== 'open'
  if (database !== 'ok' || !configured.some(isUsable)) return 'unhealthy'
  const isWell = (each: ProviderHealth) => isUsable(each) && each.status !== 'degraded' && each.breaker !== 'half-open'
  return configured.every(isWell) ? 'healthy' : 'degraded'
}
