/** Who is told what providers do, take and cost, for figures. Told after the commit, from the process that did it. */
import type { Money } from './generation.ts'

export type VendorCall = 'start' | 'status' | 'download' | 'cancel' | 'find' | 'probe'

export interface VendorObserver {
  /** One outside call is over. @param fault what went wrong there, or null */
  called(call: {
    readonly provider: string
    readonly model: string
    readonly what: VendorCall
    readonly seconds: number
    readonly fault: string | null
  }): void
  /** An attempt got one of the calls that the provider allows at once. */
  slotWaited(wait: { readonly provider: string; readonly seconds: number }): void
  /** Another route was taken. Ids of models' providers; `fault` of the one that was left. */
  fellBack(change: { readonly from: string; readonly to: string; readonly fault: string }): void
  /** It is known what an attempt came to, and who pays it. @param seconds of processing; `metrics` as the vendor judges it */
  settled(end: {
    readonly provider: string
    readonly model: string
    readonly tenantId: string
    readonly cost: Money
    readonly bearer: 'user' | 'house'
    readonly seconds: number
    readonly metrics: { readonly overallScore?: number; readonly lipSyncAccuracy?: number } | null
  }): void
  /** A user said how good it is, 1..5. */
  rated(rating: { readonly provider: string; readonly model: string; readonly score: number }): void
}

export const noObserver: VendorObserver = {
  called() {},
  slotWaited() {},
  fellBack() {},
  settled() {},
  rated() {},
}
