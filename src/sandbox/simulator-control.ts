import type { Outage } from './fault-book.ts'
import type { JobState, Paid } from './jobs.ts'
import type { Leak, SeenRequest, Violation } from './records.ts'
import type { Switches } from './switches.ts'

/** A webhook that was sent. */
export interface Delivery {
  readonly eventId: string
  readonly event: string
  readonly jobId: string
  /** Answered HTTP status of each try; null where none came in time. */
  readonly answers: (number | null)[]
  readonly isForged: boolean
}

export interface SimulatorState {
  readonly name: string
  readonly now: string
  readonly jobs: readonly (Pick<JobState, 'status' | 'progress'> & {
    readonly id: string
    readonly paidFor: string
    readonly seconds: number
  })[]
  /** Requests by documented route, and 'undocumented'. */
  readonly counts: Readonly<Record<string, number>>
  /** What was accepted and billed, by what it was accepted for: nobody may find his twice. */
  readonly paid: Readonly<Record<string, Paid>>
  readonly violations: readonly Violation[]
  readonly leaks: readonly Leak[]
  readonly requests: readonly SeenRequest[]
  readonly deliveries: readonly Delivery[]
  readonly faults: readonly { readonly fault: string; readonly left: number | null }[]
  /** Those that its contract knows. */
  readonly switches: Partial<Switches>
}

export interface SimulatorControl {
  /** Requests that the contract does not know. */
  readonly violations: readonly Violation[]
  /** Credentials that came to the media port. */
  readonly leaks: readonly Leak[]
  /** Webhooks sent. */
  readonly deliveries: readonly Delivery[]
  state(): SimulatorState
  /** Whether there is such a switch here. */
  knows(switchName: string): boolean
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
