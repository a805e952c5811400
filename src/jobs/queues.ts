import type { PgBoss } from 'pg-boss'
import type { Priority } from '../generations/generation.ts'
import type { AdvanceJob, Lane } from '../generations/ports.ts'

export const lanes = ['quick', 'render'] as const satisfies readonly Lane[]

export const queueOf = (lane: Lane): string => `advance-${lane}`

/** Where a job ends whose last try died with its process: nobody was left to say what became of it. */
export const deadQueue = 'advance-dead'

/** pg-boss fetches the highest number first. Apart, so that a level can be put between. */
export const priorityNumbers: Record<Priority, number> = { low: 0, normal: 10, high: 20 }

export interface RetryPolicy {
  /** Tries after the first. */
  readonly limit: number
  /** Wait before the first of them; it doubles from one to the next, up to a minute. 0 tries again at once. */
  readonly delaySeconds: number
}

export const usualRetries: RetryPolicy = { limit: 3, delaySeconds: 1 }

const queueOptions = {
  notify: true,
  /** A dead node's job is taken over after 10 s, the least pg-boss allows. */
  heartbeatSeconds: 10,
  /** Far above any deadline of a generation: this only frees a slot whose handler hangs for ever. */
  expireInSeconds: 2 * 3600,
  /** A finished job says nothing that the event log does not. */
  deleteAfterSeconds: 3600,
}

/** The payload; `delaySeconds` is spent by then. */
export type JobData = Omit<AdvanceJob, 'delaySeconds'>

export async function createQueues(boss: PgBoss, { limit, delaySeconds }: RetryPolicy): Promise<void> {
  const backoff = delaySeconds > 0 ? { retryBackoff: true, retryDelayMax: 60 } : { retryBackoff: false }
  const retries = { retryDelay: delaySeconds, ...backoff }
  // What buries a generation only writes to the database: worth trying for as long as that may be away.
  await ensureQueue(boss, deadQueue, { ...queueOptions, ...retries, retryLimit: 20 })
  for (const lane of lanes) {
    await ensureQueue(boss, queueOf(lane), { ...queueOptions, ...retries, retryLimit: limit, deadLetter: deadQueue })
  }
  for (const name of [deadQueue, ...lanes.map(queueOf)]) await warm(boss, name)
}

/** Creating leaves an existing queue as it is, so a new release's settings are written as well. */
async function ensureQueue(boss: PgBoss, name: string, options: Parameters<PgBoss['createQueue']>[1] & object) {
  await boss.createQueue(name, options)
  await boss.updateQueue(name, options)
}

/**
 * pg-boss looks a queue up on the first send to it, on its own connection. Inside a transaction of the embedded
 * database, which has one session, that would wait for itself until the transaction times out. The look-up is kept
 * from then on, so it is done here. The job starts in the far future: nobody fetches it before it is gone.
 */
async function warm(boss: PgBoss, name: string): Promise<void> {
  const id = await boss.send(name, { warm: true }, { startAfter: 3600 })
  if (id !== null) await boss.deleteJob(name, id)
}
