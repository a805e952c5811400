/**
 * The binding to pg-boss: jobs live in the same database as the rows, so a job is there exactly when the transaction
 * that wrote it committed. A job is a nudge, not the truth: it may run twice (a worker that froze and woke), and every
 * handler fences its writes with the row's version.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { fromPglite, fromPrisma, PgBoss, type PrismaTransactionLike, type WorkOptions } from 'pg-boss'
import type { AdvanceJob, Lane } from '../generations/ports.ts'
import { countJobs, type LaneCounts } from './count-jobs.ts'
import type { Log } from './log.ts'
import {
  createQueues,
  deadQueue,
  type JobData,
  lanes,
  priorityNumbers,
  queueOf,
  type RetryPolicy,
  usualRetries,
} from './queues.ts'
import { failOrphans } from './recover.ts'
import { createRunning } from './running.ts'

/** Structurally the database room's JobsConnection. */
export type JobsConnection =
  | { readonly kind: 'postgres'; readonly connectionString: string }
  | { readonly kind: 'embedded'; readonly pglite: PGlite }

/** One run of a job. */
export interface JobRun extends JobData {
  /** Runs before this one that failed or died; 0 for the first. */
  readonly retries: number
  /** No run follows when this one throws: the last chance to fail the generation for good. */
  readonly lastTry: boolean
}

/**
 * Returning completes the job, throwing has it run again later (except after `abort`, when it is dropped). On a signal
 * it must throw soon, unless its step is committed: a quiet return would complete a job whose work is not done.
 */
export type JobHandler = (job: JobRun, signal: AbortSignal) => Promise<void>

export interface Jobs {
  /** Writes the job inside the caller's Prisma transaction. */
  enqueue(tx: PrismaTransactionLike, job: AdvanceJob): Promise<void>
  work(lane: Lane, options: { readonly concurrency: number }, handler: JobHandler): Promise<void>
  /** Hands over jobs whose last run died with its process, so that the generation can be failed for good. */
  workDead(handler: (job: JobData) => Promise<void>): Promise<void>
  /** Aborts this process's running handlers of the work; their jobs are dropped. */
  abort(workId: string): void
  /**
   * Embedded only, before `work`: what still counts as active belonged to the process before us, so it runs again at
   * once. Answers how many. On PostgreSQL other nodes may be at work: 0, the heartbeat decides.
   */
  recover(): Promise<number>
  counts(): Promise<Readonly<Record<Lane, LaneCounts>>>
  /**
   * Takes no more jobs; the running ones go on. From the beginning of a drain: what is begun at its end would only be
   * broken off, and another node can have it at once.
   */
  rest(): Promise<void>
  /**
   * Takes no more jobs, waits `graceMs` for the running ones, then aborts them and waits for their handlers. An
   * aborted job is handed back untried: stopping does not use up its tries.
   */
  stop(options: { readonly graceMs: number }): Promise<void>
}

/** Seconds between looks for delayed jobs; the rest is woken by NOTIFY. 0.5 is the least pg-boss allows. */
const pollSeconds = 0.5

/**
 * Starts the queue and prepares its tables. Close it before the database.
 * @param shutdown aborts every running handler as soon as it fires; `stop` is still to be called
 */
export async function createJobs(options: {
  readonly connection: JobsConnection
  readonly log: Log
  readonly shutdown?: AbortSignal
  readonly retries?: RetryPolicy
}): Promise<Jobs> {
  const { connection, log, shutdown, retries = usualRetries } = options
  const boss = new PgBoss({
    ...(connection.kind === 'postgres'
      ? { connectionString: connection.connectionString, application_name: 'talking-photo jobs', max: 4 }
      : { db: fromPglite(connection.pglite), backend: 'pglite', monitorVacuum: false, reindex: false }),
    useListenNotify: true,
    schedule: false,
    // Embedded no other node can die, so nothing needs a look each second.
    superviseIntervalSeconds: connection.kind === 'postgres' ? 1 : 30,
    monitorIntervalSeconds: connection.kind === 'postgres' ? 1 : 30,
  })
  boss.on('error', (error) => log.error({ err: error }, 'the job queue reported an error'))
  boss.on('warning', (warning) => log.warn({ warning }, 'the job queue reported a warning'))
  await boss.start()
  try {
    await createQueues(boss, retries)
  } catch (error) {
    await boss.stop({ graceful: false })
    throw error
  }

  const send = async (job: AdvanceJob, tx?: PrismaTransactionLike) => {
    const { delaySeconds = 0, ...data } = job
    const id = await boss.send(queueOf(job.lane), data satisfies JobData, {
      priority: priorityNumbers[job.priority],
      ...(delaySeconds > 0 ? { startAfter: delaySeconds } : {}),
      ...(tx === undefined ? {} : { db: fromPrisma(tx) }),
    })
    if (id === null) throw new Error(`the queue refused the job of ${job.workId}`)
  }

  const running = createRunning({ handBack: (job) => send(job), log })
  // Fetching stops first: a worker that went on would fetch what was just handed back, for ever.
  const stopFetching = async () => {
    running.close()
    await Promise.all([...lanes.map(queueOf), deadQueue].map((queue) => boss.offWork(queue, { wait: false })))
  }
  const onShutdown = () => {
    void stopFetching().then(running.abortAll)
  }
  shutdown?.addEventListener('abort', onShutdown, { once: true })

  /** One job at a time. pg-boss would look for the next only at the next poll, so it is told to look at once. */
  const startWorker = async (lane: Lane, handler: JobHandler) => {
    let id: string | undefined
    id = await boss.work<JobData, void, WorkOptions & { includeMetadata: true }>(
      queueOf(lane),
      {
        batchSize: 1,
        includeMetadata: true,
        pollingIntervalSeconds: pollSeconds,
        notifyPollingIntervalSeconds: pollSeconds,
      },
      async ([job]) => {
        if (job === undefined) return
        // The embedded database answers within the same turn of the event loop: a long queue would let nobody else in.
        await nextTurn()
        const { data, retryCount } = job
        try {
          const lastTry = retryCount >= job.retryLimit
          await running.run({ ...data, retries: retryCount, lastTry }, job.signal, handler)
        } finally {
          if (id !== undefined) boss.notifyWorker(id)
        }
      },
    )
  }

  return {
    enqueue: (tx, job) => send(job, tx),

    async work(lane, { concurrency }, handler) {
      for (let n = 0; n < concurrency; n += 1) await startWorker(lane, handler)
    },

    async workDead(handler) {
      await boss.work<JobData>(
        deadQueue,
        { batchSize: 1, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 },
        async ([job]) => {
          if (job !== undefined) await handler(job.data)
        },
      )
    },

    abort: running.abort,

    recover: async () => (connection.kind === 'embedded' ? failOrphans(boss) : 0),

    counts: () => countJobs(boss),

    rest: stopFetching,

    async stop({ graceMs }) {
      shutdown?.removeEventListener('abort', onShutdown)
      await stopFetching()
      await running.drain(graceMs)
      await boss.stop({ graceful: true, timeout: 5_000, close: true })
    },
  }
}
