/** What the queue must hold in both databases. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Database } from '../../src/database/open-database.ts'
import type { AdvanceJob } from '../../src/generations/ports.ts'
import { createJobs, type JobRun, type Jobs } from '../../src/jobs/create-jobs.ts'
import { sampleId } from '../support/sample-rows.ts'
import { until } from '../support/until.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

export interface JobsHarness {
  readonly database: Database
  close(): Promise<void>
}

export function describeJobs(name: string, open: () => Promise<JobsHarness>): void {
  describe(`the queue (${name})`, () => {
    let harness: JobsHarness
    const started: Jobs[] = []

    beforeAll(async () => {
      harness = await open()
    })
    afterAll(() => harness?.close())
    afterEach(async () => {
      for (const jobs of started.splice(0)) await jobs.stop({ graceMs: 0 })
      await harness.database.prisma.$executeRaw`DELETE FROM pgboss.job`
    })

    /** Fails and dies at once where the product would wait between two tries. */
    const start = async (limit = 2, shutdown?: AbortSignal) => {
      const jobs = await createJobs({
        connection: harness.database.jobsConnection,
        log: quiet,
        retries: { limit, delaySeconds: 0 },
        ...(shutdown ? { shutdown } : {}),
      })
      started.push(jobs)
      return jobs
    }
    const stop = async (jobs: Jobs, graceMs: number) => {
      started.splice(started.indexOf(jobs), 1)
      await jobs.stop({ graceMs })
    }
    const job = (given: Partial<AdvanceJob> = {}): AdvanceJob => ({
      workId: sampleId('gen'),
      version: 1,
      lane: 'quick',
      priority: 'normal',
      ...given,
    })
    const enqueue = (jobs: Jobs, wanted: AdvanceJob) =>
      harness.database.prisma.$transaction((tx) => jobs.enqueue(tx, wanted))
    const pending = async (jobs: Jobs) => {
      const { quick } = await jobs.counts()
      return quick.waiting + quick.delayed + quick.active
    }
    const aborted = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    /** A handler that notes what it was given and waits to be aborted. */
    const patient = () => {
      const runs: JobRun[] = []
      const reasons: unknown[] = []
      return {
        runs,
        reasons,
        handler: async (run: JobRun, signal: AbortSignal) => {
          runs.push(run)
          await aborted(signal).catch((reason: unknown) => {
            reasons.push(reason)
            throw reason
          })
        },
      }
    }

    it('runs a job with what it was given', async () => {
      const jobs = await start()
      const { runs, handler } = patient()
      await jobs.work('quick', { concurrency: 1 }, handler)
      const wanted = job({ version: 7, priority: 'high' })
      await enqueue(jobs, wanted)
      await until(() => runs.length === 1, 'the job starts')
      expect(runs[0]).toEqual({ ...wanted, retries: 0, lastTry: false })
      expect((await jobs.counts()).quick.active).toBe(1)
    })

    it('forgets a job whose transaction was rolled back', async () => {
      const jobs = await start()
      const failing = harness.database.prisma.$transaction(async (tx) => {
        await jobs.enqueue(tx, job())
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await pending(jobs)).toBe(0)
    })

    it('enqueues inside a transaction from the very first job on', async () => {
      // The embedded database has one session: any look-up outside of tx would wait for the transaction to time out.
      const jobs = await start()
      await harness.database.prisma.$transaction(
        async (tx) => {
          await jobs.enqueue(tx, job({ lane: 'quick' }))
          await jobs.enqueue(tx, job({ lane: 'render' }))
        },
        { timeout: 3_000 },
      )
      const counts = await jobs.counts()
      expect([counts.quick.waiting, counts.render.waiting]).toEqual([1, 1])
    })

    it('holds a delayed job back', async () => {
      const jobs = await start()
      const ran: number[] = []
      await jobs.work('quick', { concurrency: 1 }, async (run) => void ran.push(run.version))
      await enqueue(jobs, job({ version: 2, delaySeconds: 1 }))
      await enqueue(jobs, job({ version: 1 }))
      await until(() => ran.length > 0, 'the first job runs')
      expect((await jobs.counts()).quick.delayed).toBe(1)
      await until(() => ran.length === 2, 'the delayed job runs')
      expect(ran).toEqual([1, 2])
    })

    it('takes high before normal before low, and each in order', async () => {
      const jobs = await start()
      for (const [version, priority] of [
        [1, 'low'],
        [2, 'normal'],
        [3, 'high'],
        [4, 'normal'],
      ] as const) {
        await enqueue(jobs, job({ version, priority }))
      }
      const ran: number[] = []
      await jobs.work('quick', { concurrency: 1 }, async (run) => void ran.push(run.version))
      await until(() => ran.length === 4, 'all jobs run')
      expect(ran).toEqual([3, 2, 4, 1])
    })

    it('keeps the lanes apart', async () => {
      const jobs = await start()
      const ran: string[] = []
      await jobs.work('render', { concurrency: 1 }, async (run) => void ran.push(run.lane))
      await enqueue(jobs, job({ lane: 'quick' }))
      await enqueue(jobs, job({ lane: 'render' }))
      await until(() => ran.length === 1, 'the render job runs')
      expect(ran).toEqual(['render'])
      expect((await jobs.counts()).quick.waiting).toBe(1)
    })

    it('never runs more at once than it may', async () => {
      const jobs = await start()
      let now = 0
      let most = 0
      let done = 0
      await jobs.work('quick', { concurrency: 2 }, async () => {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        done += 1
      })
      for (let n = 0; n < 8; n += 1) await enqueue(jobs, job())
      await until(() => done === 8, 'all jobs run')
      expect(most).toBeLessThanOrEqual(2)
    })

    it('works through a long queue without waiting between jobs, and lets timers in', async () => {
      const jobs = await start()
      const many = 60
      await harness.database.prisma.$transaction(async (tx) => {
        for (let version = 1; version <= many; version += 1) await jobs.enqueue(tx, job({ version }))
      })
      let ran = 0
      let turns = 0
      const timer = setInterval(() => {
        if (ran > 0 && ran < many) turns += 1
      }, 1)
      await jobs.work('quick', { concurrency: 1 }, async () => {
        ran += 1
      })
      // One worker that looked twice a second would need half a minute.
      await until(() => ran === many, 'all jobs run', 15_000)
      clearInterval(timer)
      expect(turns).toBeGreaterThan(0)
    })

    it('tries a failing job again, says which try is the last, and then buries it', async () => {
      const jobs = await start(2)
      const tries: (readonly [number, boolean])[] = []
      const buried: unknown[] = []
      await jobs.workDead(async (dead) => void buried.push(dead))
      await jobs.work('quick', { concurrency: 1 }, async ({ retries, lastTry }) => {
        tries.push([retries, lastTry])
        throw new Error('does not work')
      })
      const wanted = job()
      await enqueue(jobs, wanted)
      await until(() => buried.length === 1, 'the job is buried')
      expect(tries).toEqual([
        [0, false],
        [1, false],
        [2, true],
      ])
      expect(buried).toEqual([wanted])
      expect(await pending(jobs)).toBe(0)
    })

    it('drops the jobs of a generation that was aborted, and no others', async () => {
      const jobs = await start()
      const { runs, reasons, handler } = patient()
      await jobs.work('quick', { concurrency: 2 }, handler)
      const [cancelled, other] = [job(), job()]
      await enqueue(jobs, cancelled)
      await enqueue(jobs, other)
      await until(() => runs.length === 2, 'both jobs start')
      jobs.abort(cancelled.workId)
      await until(async () => (await pending(jobs)) === 1, 'the aborted job is gone')
      expect(reasons).toHaveLength(1)
      expect((await jobs.counts()).quick.active).toBe(1)
    })

    it('lets running jobs end when it stops in time', async () => {
      const jobs = await start()
      let finish: () => void = () => {}
      let wasAborted = false
      const begun = new Promise<void>((resolve) => {
        void jobs.work('quick', { concurrency: 1 }, async (_, signal) => {
          resolve()
          await new Promise<void>((end) => {
            finish = end
          })
          wasAborted = signal.aborted
        })
      })
      await enqueue(jobs, job())
      await begun
      const stopping = stop(jobs, 10_000)
      finish()
      await stopping
      expect(wasAborted).toBe(false)
      expect(await pending(await start())).toBe(0)
    })

    it('takes no more jobs once it rests, and still enqueues and ends what it has', async () => {
      const resting = await start()
      let finish: () => void = () => {}
      const taken: string[] = []
      await resting.work('quick', { concurrency: 2 }, async ({ workId }) => {
        taken.push(workId)
        await new Promise<void>((end) => {
          finish = end
        })
      })
      const [first, second] = [job(), job()]
      await enqueue(resting, first)
      await until(() => taken.length === 1, 'the job starts')
      await resting.rest()
      await enqueue(resting, second)
      finish()
      await until(async () => (await pending(resting)) === 1, 'the first job is done')
      await stop(resting, 10_000)
      const other = await start()
      const { runs, handler } = patient()
      await other.work('quick', { concurrency: 1 }, handler)
      await until(() => runs.length === 1, 'the second job starts elsewhere')
      expect(runs[0]).toMatchObject({ workId: second.workId, retries: 0 })
      expect(taken).toEqual([first.workId])
    })

    it('gives back untried what it had to abort when it stopped', async () => {
      const first = await start()
      const { runs, handler } = patient()
      await first.work('quick', { concurrency: 1 }, handler)
      const wanted = job({ priority: 'low' })
      await enqueue(first, wanted)
      await until(() => runs.length === 1, 'the job starts')
      await stop(first, 0)
      const second = await start()
      const again = patient()
      await second.work('quick', { concurrency: 1 }, again.handler)
      await until(() => again.runs.length === 1, 'the job starts again')
      expect(again.runs[0]).toEqual({ ...wanted, retries: 0, lastTry: false })
    })

    it('aborts running jobs as soon as the process is told to end', async () => {
      const ending = new AbortController()
      const jobs = await start(2, ending.signal)
      const { runs, reasons, handler } = patient()
      await jobs.work('quick', { concurrency: 1 }, handler)
      await enqueue(jobs, job())
      await until(() => runs.length === 1, 'the job starts')
      ending.abort()
      await until(() => reasons.length === 1, 'the handler is aborted')
      await stop(jobs, 10_000)
      expect((await (await start()).counts()).quick.waiting).toBe(1)
    })
  })
}
