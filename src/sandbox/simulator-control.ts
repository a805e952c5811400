import type { Outage } from './fault-book.ts'
import type { JobState } from './jobs.ts'
import type { Leak, SeenRequest, Violation } from './records.ts'
import type { Switches } from './switches.ts'
import type { Delivery } from './webhooks.ts'

export interface SimulatorState {
  readonly name: string
  readonly now: string
  readonly jobs: readonly (Pick<JobState, 'status' | 'progress'> & {
    readonly id: string
    readonly generationId: string
    readonly seconds: number
  })[]
  /** Requests by documented route, and 'undocumented'. */
  readonly counts: Readonly<Record<string, number>>
  /** By generation_id: jobs accepted and seconds billed (completed jobs alone are billed). */
  readonly paid: Readonly<Record<string, { readonly accepted: number; readonly billedSeconds: number }>>
  readonly violations: readonly Violation[]
  readonly leaks: readonly Leak[]
  readonly requests: readonly SeenRequest[]
  readonly deliveries: readonly Delivery[]
  readonly faults: readonly { readonly fault: string; readonly left: number | null }[]
  readonly switches: Switches
}

export interface SimulatorControl {
  /** Requests that the contract does not know. */
  readonly violations: readonly Violation[]
  /** Credentials that came to the media port. */
  readonly leaks: readonly Leak[]
  /** Webhooks sent. */
  readonly deliveries: readonly Delivery[]
  state(): SimulatorState
  /** Spelled as in a script, without brackets; holds for `times=` requests, else until cleared. */
  setFault(text: string): void
  set(switches: Partial<Omit<Switches, 'outage'>>): void
  /** 'refused' closes the ports really; after `seconds`, or with 'none', all is well again, at the same ports. */
  setOutage(outage: Outage, seconds?: number): Promise<void>
  /** Takes back faults, switches and outage to what they were at the start. */
  clearFaults(): void
  clearRecords(): void
  /** Resolves when no media are being made and no webhook is on its way. */
  settled(): Promise<void>
  /** Present where time is virtual. */
  readonly advance?: (ms: number) => void
}
