/** What the steps need to work with vendors. Implementers fit structurally; `compose` checks them. */
import type { Readable } from 'node:stream'
import type { Fault } from '../errors.ts'
import type { Model } from '../providers/model.ts'
import type { Provider } from '../providers/provider.ts'
import type { FailureRow } from '../routing/failure-table.ts'
import type { VendorGuard } from '../routing/vendor-guard.ts'
import type { Finisher } from './finisher.ts'
import type { Money } from './generation.ts'
import type { VendorObserver } from './vendor-observer.ts'

export interface VendorParts {
  readonly failureTable: Readonly<Record<Fault, FailureRow>>
  readonly guard: VendorGuard
  /** Takes one request of the account's minute. @returns seconds to wait before asking again; 0: go */
  readonly takeRate: (account: string, perMinute: number) => Promise<number>
  /** Seconds before the n-th try after the first. */
  readonly backoff: (tries: number) => number
  /**
   * Brings the bytes of an address that a vendor named into a file, with every care for whom it leads to.
   * @throws VendorFailure 'unreachable' | 'cut-off' | 'bad-output'
   */
  readonly fetchFile: (request: {
    readonly url: string
    readonly to: string
    readonly maxBytes: number
    readonly signal: AbortSignal
  }) => Promise<void>
  /** The same for bytes that are streamed by the provider. */
  readonly writeFile: (request: {
    readonly from: Readable
    readonly to: string
    readonly maxBytes: number
    readonly signal: AbortSignal
  }) => Promise<void>
  /** A JPEG of the video's first good picture. */
  readonly takeFrame: (video: string, to: string, signal: AbortSignal) => Promise<void>
  /** What so much of a model's work costs, in the installation's currency; null: the price is unknown. */
  readonly priceOf: (model: Model, amount: PricedAmount) => Money | null
  /** Who speaks for routes that need a voice, in that language; null: our own voice does. */
  readonly voiceFor: (language: string) => { readonly provider: Provider; readonly model: Model } | null
  readonly finisher: Finisher
  /** In the installation's currency; null when no rate is known. */
  readonly convert: (money: Money) => Money | null
  /** Where the provider may send word; null where it cannot reach us. */
  readonly callbackUrl: (provider: string) => string | null
  readonly vendors: VendorObserver
  /** A call is over: somebody else may have its slot. */
  readonly slotFreed: (provider: string) => void
}

/** How much of a model's work; what is not said is none, and one call. */
export interface PricedAmount {
  /** Of video. */
  readonly seconds?: number
  readonly calls?: number
  /** Of script. */
  readonly characters?: number
}

export type NamedModel = Pick<Model, 'id' | 'provider'>
