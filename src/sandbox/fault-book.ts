/** Which fault is due now: those set from outside first, then the profile's, then those that the script asked for. */
import {
  type Fault,
  type JobFault,
  type OwnFault,
  type Place,
  parseFault,
  readScript,
  type WireFault,
} from './fault.ts'
import type { Profile } from './profiles.ts'
import { Refusal } from './refusal.ts'

export type Outage = 'none' | 'hung' | 'reset' | 'refused'

/** Strikes that are remembered. */
const mostCounted = 5000

export type FaultBook = ReturnType<typeof createFaultBook>

/** @param ownNames faults that only this contract has */
export function createFaultBook(profile: Profile, ownNames: readonly string[] = []) {
  let set: { readonly fault: Fault; left: number }[] = []
  /** How often a script's fault has struck, by who asked and its text. */
  const struck = new Map<string, number>()

  const strikes = (asker: string, fault: Fault): boolean => {
    const key = `${asker}\n${fault.text}`
    const times = (struck.get(key) ?? 0) + 1
    if (times > fault.times) return false
    struck.delete(key)
    struck.set(key, times)
    const oldest = struck.keys().next().value
    if (struck.size > mostCounted && oldest !== undefined) struck.delete(oldest)
    return true
  }
  const takeSet = <F extends Fault>(wanted: (fault: Fault) => fault is F): F | undefined => {
    const entry = set.find(({ fault, left }) => left > 0 && wanted(fault))
    if (!entry) return undefined
    entry.left -= 1
    set = set.filter(({ left }) => left > 0)
    return entry.fault as F
  }
  const isJob = (fault: Fault): fault is JobFault => 'job' in fault

  return {
    /** Sets a fault from outside; its `times` says for how many requests (jobs), else until it is cleared. */
    set(text: string): void {
      const fault = parseFault(text, ownNames)
      set.push({ fault, left: fault.times })
    },
    clear(): void {
      set = []
    },
    list: () => set.map(({ fault, left }) => ({ fault: fault.text, left: Number.isFinite(left) ? left : null })),

    /**
     * What a script says, and the faults asked for in it. One that nobody knows is refused (400), `field` named, but is no violation
     * of the contract.
     */
    read(text: string, field: string): ReturnType<typeof readScript> {
      try {
        return readScript(text, ownNames)
      } catch (error) {
        const message = error instanceof Error ? error.message : ''
        throw new Refusal({ status: 400, code: 'invalid_request', field, message })
      }
    },

    /** The wire fault that strikes this request; `asker` is whose script's faults are counted. */
    wire(place: Place, asker: string, asked: readonly Fault[]): WireFault | undefined {
      const fromProfile = () => {
        const text = profile.wire(place)
        return text === null ? undefined : (parseFault(text) as WireFault)
      }
      return (
        takeSet((fault): fault is WireFault => isWire(fault) && fault.on === place) ??
        fromProfile() ??
        asked.filter(isWire).find((fault) => fault.on === place && strikes(asker, fault))
      )
    },

    /** What follows the name of a contract's own fault that is due ('' where nothing does), or null. */
    own(name: string, asker: string, asked: readonly Fault[]): string | null {
      const isIt = (fault: Fault): fault is OwnFault => 'own' in fault && fault.own.name === name
      const due = takeSet(isIt) ?? asked.filter(isIt).find((fault) => strikes(asker, fault))
      return due ? due.own.value : null
    },

    /** The job faults of a job that is being accepted. */
    job(asker: string, asked: readonly Fault[]): JobFault[] {
      const outside = takeSet(isJob)
      const text = profile.job()
      return [
        ...(outside ? [outside] : []),
        ...asked.filter(isJob).filter((fault) => strikes(asker, fault)),
        ...(text === null ? [] : [parseFault(text) as JobFault]),
      ]
    },
  }
}

export function isWire(fault: Fault): fault is WireFault {
  return 'wire' in fault
}
