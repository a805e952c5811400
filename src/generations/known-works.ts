/**
 * Works that were lately found done, so that asking for the same again costs one statement less. What is remembered may be
 * gone by now: joining asks the database, and whoever is told no forgets it and looks again.
 */
import type { JoinableWork } from './ports.ts'
import type { Region } from './region.ts'
import type { Work } from './work.ts'

export interface KnownWorks {
  get(tenantId: string, key: string): Promise<JoinableWork | undefined>
  keep(tenantId: string, key: string, found: JoinableWork): Promise<void>
  forget(tenantId: string, key: string): Promise<void>
}

/** Counted up when a work kept by an older release must not be read as one of ours. */
const edition = 1

export function createKnownWorks(region: Region<JoinableWork>): KnownWorks {
  const place = (tenantId: string, key: string) => `${edition}:${tenantId}:${key}`
  return {
    get: (tenantId, key) => region.get(place(tenantId, key)),
    async keep(tenantId, key, { work, sibling }) {
      if (!work.making) return
      const { provider, model } = work.making
      const tags = { user: tenantId, provider, model, name: answerName(provider, key) }
      // Whoever asks for the same brings the same script: it need not lie about.
      await region.set(place(tenantId, key), { work: { ...work, script: '' }, sibling }, tags)
    },
    forget: (tenantId, key) => region.delete(place(tenantId, key)),
  }
}

/** What a stored answer is called to the outside: who made it, and the beginning of its request's hash. */
export function answerName(provider: string, key: string): string {
  return `${provider}_${key.slice(0, 16)}`
}

const times = ['createdAt', 'startedAt', 'finishedAt', 'deadlineAt'] as const

/** A kept work as JSON brought it back; undefined when it is none. */
export function readKnownWork(json: unknown): JoinableWork | undefined {
  const { work, sibling } = json as { work?: Record<string, unknown>; sibling?: JoinableWork['sibling'] }
  if (typeof work?.id !== 'string' || work.state !== 'done' || !sibling) return undefined
  const dates = times.map((name) => [name, work[name] === null ? null : new Date(String(work[name]))] as const)
  if (dates.some(([, date]) => date && Number.isNaN(date.getTime()))) return undefined
  return { work: { ...work, ...Object.fromEntries(dates) } as unknown as Work, sibling }
}
