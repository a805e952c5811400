/** What a simulator remembers of what was asked of it, so that a test can say "there was nothing undocumented". Bounded. */

/** A request that the contract does not know. `field` is a path of the body, `header <name>`, `query <name>`, 'path' or 'method'. */
export interface Violation {
  readonly at: string
  readonly requestId: string
  readonly request: string
  readonly field: string
  readonly message: string
}

/** A credential that was sent to where files lie. Its value is not kept. */
export interface Leak {
  readonly at: string
  readonly request: string
  /** 'header authorization', 'url'. */
  readonly where: string
}

export interface SeenRequest {
  readonly at: string
  readonly requestId: string
  readonly request: string
  /** The documented one ('GET /video/status/{job_id}'), or 'undocumented'. */
  route: string
  /** Answered HTTP status, or how it was left: 'silence', 'cut'. */
  answer: number | 'silence' | 'cut' | null
  readonly clientRequestId: string | null
  readonly idempotencyKey: string | null
}

const mostKept = 500

export type Records = ReturnType<typeof createRecords>

export function createRecords() {
  const violations: Violation[] = []
  const leaks: Leak[] = []
  const requests: SeenRequest[] = []
  const counts = new Map<string, number>()
  const keep = <T>(list: T[], entry: T): T => {
    list.push(entry)
    if (list.length > mostKept) list.shift()
    return entry
  }
  return {
    violations: violations as readonly Violation[],
    leaks: leaks as readonly Leak[],
    requests: requests as readonly SeenRequest[],
    violate: (violation: Violation) => keep(violations, violation),
    leak: (leak: Leak) => keep(leaks, leak),
    see: (request: SeenRequest) => keep(requests, request),
    count(route: string): void {
      counts.set(route, (counts.get(route) ?? 0) + 1)
    },
    counts: (): Record<string, number> => Object.fromEntries(counts),
    clear(): void {
      for (const list of [violations, leaks, requests]) list.length = 0
      counts.clear()
    },
  }
}
