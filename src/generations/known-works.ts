/**
 * Works that were lately found done, so that asking for the same again costs one statement less. What is remembered may be
 * gone by now: joining asks the database, and whoever is told no forgets it and looks again.
 */
import type { JoinableWork } from './ports.ts'

export interface KnownWorks {
  get(tenantId: string, key: string): JoinableWork | undefined
  keep(tenantId: string, key: string, found: JoinableWork): void
  forget(tenantId: string, key: string): void
}

/** A script may have 20 kB. */
const limit = 500

export function createKnownWorks(): KnownWorks {
  const known = new Map<string, JoinableWork>()
  const place = (tenantId: string, key: string) => `${key} ${tenantId}`
  return {
    get: (tenantId, key) => known.get(place(tenantId, key)),
    keep(tenantId, key, found) {
      // Kept again it is the newest; the oldest makes room.
      known.delete(place(tenantId, key))
      known.set(place(tenantId, key), found)
      if (known.size > limit) known.delete(known.keys().next().value!)
    },
    forget: (tenantId, key) => void known.delete(place(tenantId, key)),
  }
}
