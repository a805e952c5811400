/** What stands between the heart and the vendors: breakers, rates, slots, downloads. */
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Clock, GenerationStore } from '../generations/ports.ts'
import { createSlots, type Slots } from '../generations/slots.ts'
import type { VendorObserver } from '../generations/vendor-observer.ts'
import type { VendorParts } from '../generations/vendor-parts.ts'
import { writeStream } from '../media/write-stream.ts'
import type { PriceBook } from '../money/price-book.ts'
import type { Outbound } from '../network/outbound.ts'
import type { Provider } from '../providers/provider.ts'
import { backoffSeconds } from '../resilience/backoff.ts'
import { type BreakerState, type Breakers, createBreakers } from '../resilience/breaker.ts'
import { createRateLimits } from '../resilience/rate-limits.ts'
import { shareBreakers } from '../resilience/share-breakers.ts'
import { failureTable } from '../routing/failure-table.ts'
import { createVendorGuard } from '../routing/vendor-guard.ts'
import type { Shared } from './open-shared.ts'

/** Failures within a minute open a breaker; what is accepted and then never heard of again counts as lost after this. */
const failureWindowMs = 60_000
const longestOpenMs = 10 * 60_000
const lostProbeMs = 60_000
/** The guide's retries: 1, 2, 4 seconds, with jitter. */
const retries = { firstSeconds: 1, longestSeconds: 30 }
/** A file of the largest size allowed over 8 Mbit/s. */
const downloadMs = 5 * 60_000
/** A download that brings nothing for so long is broken off. */
const silenceMs = 20_000

export interface VendorRig {
  readonly parts: Omit<VendorParts, 'takeFrame' | 'finisher'>
  readonly slots: Slots
  readonly breakers: Breakers
  /** By provider: the account's, or the best of its models'. */
  states(): Readonly<Record<string, BreakerState['state']>>
  close(): void
}

export interface VendorRigParts {
  readonly config: Config
  readonly store: GenerationStore
  readonly clock: Clock
  readonly providers: ReadonlyMap<string, Provider>
  readonly outbound: Outbound
  readonly priceBook: PriceBook
  readonly voiceFor: VendorParts['voiceFor']
  readonly vendors: VendorObserver
  readonly log: Logger
  /** What is counted and told for all nodes together. */
  readonly shared: Pick<Shared, 'link' | 'bus' | 'nodes'>
}

export function createVendorRig(rig: VendorRigParts): VendorRig {
  const { config, store, clock, providers, outbound, priceBook, voiceFor, vendors, shared, log } = rig
  const nowMs = () => clock.now().getTime()
  const local = createBreakers(
    {
      threshold: config.breakerFailures,
      windowMs: failureWindowMs,
      openMs: config.breakerOpenMs,
      longestOpenMs,
      probeMs: lostProbeMs,
    },
    nowMs,
  )
  const common = shared.bus ? shareBreakers(local, shared.bus, nowMs) : null
  const breakers = common ?? local
  const guard = createVendorGuard(breakers, (provider, fault) => {
    log.error({ event: 'provider_account_refused', provider, fault }, "a provider refuses this installation's account")
  })
  const rates = createRateLimits({ redis: shared.link, processes: shared.nodes, log })
  const slots = createSlots({ store, clock, limitsOf: (provider) => providers.get(provider)?.limits ?? null })
  return {
    slots,
    breakers,
    states: () =>
      Object.fromEntries([...providers.values()].map((provider) => [provider.id, stateOf(provider, breakers)])),
    parts: {
      failureTable,
      guard,
      takeRate: rates.take,
      backoff: (tries) => backoffSeconds(retries, tries, Math.random()),
      async fetchFile(request) {
        await outbound.fetchFile({ ...request, timeoutMs: downloadMs, idleTimeoutMs: silenceMs })
      },
      writeFile: writeStream,
      convert: priceBook.convert,
      priceOf: (model, amount) => priceBook.quote(model, amount, clock.now())?.money ?? null,
      voiceFor,
      callbackUrl: callbackUrl(config.publicUrl),
      vendors,
      slotFreed(provider) {
        slots.grant(provider).catch((error: unknown) => log.warn({ err: error }, 'could not give out a slot'))
      },
    },
    close: () => common?.close(),
  }
}

const worst = ['closed', 'half-open', 'open'] as const

function stateOf({ id, models }: Provider, breakers: Breakers): BreakerState['state'] {
  const rank = (name: string) => worst.indexOf(breakers.of(name).state)
  return worst[Math.max(rank(id), Math.min(...models.map((model) => rank(model.id))))] ?? 'closed'
}

/** Vendors are only told of an address that they can reach safely: https, or this machine for the sandbox. */
function callbackUrl(publicUrl: string | undefined): (provider: string) => string | null {
  if (publicUrl === undefined) return () => null
  const { protocol, hostname } = new URL(publicUrl)
  const isSafe = protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
  return (provider) => (isSafe ? `${publicUrl.replace(/\/+$/, '')}${join('/webhooks', provider)}` : null)
}
