import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { acquireProcessLock, type LockTimes } from '../../../src/database/process-lock.ts'
import { pidNamespace, processStartedAt } from '../../../src/database/process-start.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

/** Above what the kernel gives out (4,194,304 at most): never a living process. */
const deadPid = 4_200_000

describe('the lock of the embedded database', () => {
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'))
    file = join(folder, 'db.lock')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const leave = (holder: object) => writeFile(file, JSON.stringify({ startedAt: null, token: 'theirs', ...holder }))
  const take = async (times?: LockTimes) => {
    const lock = await acquireProcessLock(file, log, times)
    await lock.release()
  }

  it('refuses a second holder, saying who has it and what to do', async () => {
    const lock = await acquireProcessLock(file, log)
    const second = acquireProcessLock(file, log)
    await expect(second).rejects.toThrow(`in use by process ${process.pid}`)
    await expect(second).rejects.toThrow('DATA_DIR')
    await lock.release()
  })

  it('is free after release, with no file left', async () => {
    await take()
    await take()
    expect(await readdir(folder)).toEqual([])
  })

  it('makes the folder it lies in', async () => {
    file = join(folder, 'new', 'db.lock')
    await take()
  })

  it('is taken over from a process that is gone', async () => {
    await leave({ pid: deadPid, host: pidNamespace() })
    await take()
  })

  it('is taken over when another process has got the pid meanwhile', async () => {
    await leave({ pid: process.pid, host: pidNamespace(), startedAt: 'another boot/1' })
    await take()
  })

  it('is not taken from a living process of the same pid and start', async () => {
    await leave({ pid: process.pid, host: pidNamespace(), startedAt: processStartedAt(process.pid) })
    await expect(take()).rejects.toThrow('in use')
  })

  it('is given to exactly one of many who find the same dead holder', async () => {
    for (let round = 0; round < 20; round += 1) {
      await leave({ pid: deadPid, host: pidNamespace() })
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acquireProcessLock(file, log)))
      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      expect(won).toHaveLength(1)
      for (const lock of won) await lock.release()
      expect(await readdir(folder)).toEqual([])
    }
  })

  it('is taken over from another host once its heartbeat is old', async () => {
    await leave({ pid: 1, host: 'elsewhere' })
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(file, longAgo, longAgo)
    await take()
  })

  it('is taken over from another host whose heartbeat stays away', async () => {
    await leave({ pid: 1, host: 'elsewhere' })
    await take({ heartbeatMs: 10, foreignStaleMs: 100 })
  })

  it('is not taken from another host whose heart beats', async () => {
    await leave({ pid: 1, host: 'elsewhere' })
    const beat = setInterval(() => void utimes(file, new Date(), new Date()), 20)
    await expect(take({ heartbeatMs: 10, foreignStaleMs: 5_000 })).rejects.toThrow('process 1 on host elsewhere')
    clearInterval(beat)
  })

  it('judges a file that makes no sense by its heartbeat', async () => {
    await writeFile(file, '{"pid":')
    await take({ heartbeatMs: 10, foreignStaleMs: 100 })
  })

  it('is not held up for ever by a process that died while it removed a lock', async () => {
    await leave({ pid: deadPid, host: pidNamespace() })
    await writeFile(`${file}.guard`, '')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(`${file}.guard`, longAgo, longAgo)
    await take()
  })

  it('leaves a lock alone that was taken over meanwhile', async () => {
    const lock = await acquireProcessLock(file, log)
    await leave({ pid: deadPid, host: 'elsewhere' })
    await lock.release()
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: deadPid })
  })
})
