/** What a web process knows of the whole: whether providers answer, what alarms, what it all costs. */
import type { Logger } from 'pino'
import type { CacheStats } from '../cache/cache.ts'
import type { Config } from '../config.ts'
import { createWatchingStore } from '../database/watching-store.ts'
import type { Clock } from '../generations/ports.ts'
import type { CatalogueEntry } from '../providers/provider-module.ts'
import { alertRules } from '../watching/alert-rules.ts'
import { type CacheDiagnosis, diagnoseCache } from '../watching/diagnose-cache.ts'
import { type Health, readHealth } from '../watching/health.ts'
import type { Metrics } from '../watching/metrics.ts'
import type { CostStore } from '../watching/ports.ts'
import { createProbes, type Probed, type Probes } from '../watching/probes.ts'
import { tellCacheWarnings } from '../watching/tell-cache-warnings.ts'
import type { BreakerStates } from '../watching/vendor-figures.ts'
import { type AlertWatch, watchAlerts } from '../watching/watch-alerts.ts'

/** As long as the guide waits for a vendor's health page. */
const probeTimeoutMs = 10_000
const lookEveryMs = 15_000

export interface WatchingPartsOfWeb {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly database: Parameters<typeof createWatchingStore>[0]
  /** 'ok', or what is wrong. */
  readonly checkDatabase: () => Promise<string>
  readonly catalogue: readonly CatalogueEntry[]
  readonly metrics: Metrics
  readonly breakers: () => BreakerStates
  readonly cacheStats: () => Promise<CacheStats>
}

export interface Watching {
  readonly probe: Probes['probe']
  readonly health: () => Promise<Health>
  readonly alerts: AlertWatch
  readonly diagnoseCache: () => Promise<CacheDiagnosis>
  readonly costsOf: CostStore['costsOf']
  close(): void
}

export function startWatching(parts: WatchingPartsOfWeb): Watching {
  const { config, log, clock, database, checkDatabase, catalogue, metrics, breakers, cacheStats } = parts
  const { watching, currency } = config
  const store = createWatchingStore(database)
  const probes = createProbes({
    providers: catalogue.map(toProbed),
    clock,
    log,
    observer: metrics.vendors,
    ttlMs: watching.probeTtlMs,
    timeoutMs: probeTimeoutMs,
  })
  const alerts = watchAlerts({
    store,
    clock,
    log,
    rules: alertRules(watching.alertBounds),
    windowSeconds: watching.alertWindowSeconds,
    currency,
  })
  const { hitRate, hitRateMinSample: minimumSample } = watching.alertBounds
  const bounds = { enabled: config.cacheEnabled, hitRate, minimumSample }
  const diagnose = async () => diagnoseCache(await cacheStats(), bounds)
  const tellOfCache = tellCacheWarnings(log)
  const timer = setInterval(() => {
    diagnose().then(tellOfCache, (error: unknown) =>
      log.warn({ event: 'cache_unread', err: error }, 'no figures of the cache'),
    )
    alerts
      .look()
      .catch((error: unknown) => log.warn({ event: 'alerts_unread', err: error }, 'could not read the figures'))
  }, lookEveryMs)
  return {
    probe: probes.probe,
    health: readHealth({ probes, checkDatabase, breakers, clock }),
    alerts,
    diagnoseCache: diagnose,
    costsOf: store.costsOf,
    close: () => clearInterval(timer),
  }
}

function toProbed({ id, keyNames, provider, missing }: CatalogueEntry): Probed {
  const isWithoutKey = missing !== null && keyNames.some((name) => missing.includes(`${name} is not set`))
  return {
    id,
    missing: isWithoutKey ? 'API key not configured' : missing,
    ask: provider?.probe ? (context) => provider.probe!(context) : null,
  }
}
