/**
 * One process per data directory: PGlite lets two open the same files and then loses one side's commits.
 *
 * The lock is a file made whole and exclusively (written aside, then hard-linked). It names its holder by pid and start
 * time, so a reused pid does not pass for a living holder. Across hosts and pid namespaces (containers sharing a volume)
 * a pid says nothing; there the holder's heartbeat, the file's mtime, decides.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './log.ts'
import { pidNamespace, processStartedAt } from './process-start.ts'

interface Holder {
  readonly pid: number
  /** When the process started, in whatever form the system tells it; null where it does not. */
  readonly startedAt: string | null
  /** Host and, where there are any, pid namespace: inside it a pid means the same process to all. */
  readonly host: string
  readonly token: string
}

export interface ProcessLock {
  release(): Promise<void>
}

export interface LockTimes {
  /** How often the holder touches the file. */
  readonly heartbeatMs: number
  /** After so long without a touch a holder on another host counts as dead. */
  readonly foreignStaleMs: number
}

const usualTimes: LockTimes = { heartbeatMs: 3_000, foreignStaleMs: 15_000 }

/** @throws Error naming the holder when another living process has the lock. */
export async function acquireProcessLock(file: string, log: Log, times = usualTimes): Promise<ProcessLock> {
  await mkdir(dirname(file), { recursive: true })
  const me: Holder = {
    pid: process.pid,
    startedAt: processStartedAt(process.pid),
    host: pidNamespace(),
    token: randomUUID(),
  }
  const aside = `${file}.${me.token}`
  await writeFile(aside, JSON.stringify(me))
  try {
    for (;;) {
      if (await linkIfFree(aside, file)) break
      const text = await readFile(file, 'utf8').catch(() => null)
      if (text === null) continue
      await refuseIfAlive(file, text, log, times)
      log.warn({ file, holder: text }, 'taking over the lock of a process that is gone')
      await removeIfStill(file, text)
    }
  } finally {
    await rm(aside, { force: true })
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch((error) => log.error({ err: error, file }, 'the database lock cannot be refreshed'))
  }, times.heartbeatMs)
  heartbeat.unref()
  return {
    async release() {
      clearInterval(heartbeat)
      await removeIfStill(file, JSON.stringify(me))
    },
  }
}

function linkIfFree(aside: string, file: string): Promise<boolean> {
  return free(() => link(aside, file))
}

async function free(make: () => Promise<void>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function refuseIfAlive(file: string, text: string, log: Log, times: LockTimes): Promise<void> {
  const holder = readHolder(text)
  // A file that nobody here wrote (empty, cut, edited) is judged by its heartbeat as well.
  if (holder !== null && holder.host === pidNamespace()) {
    const startedAt = processStartedAt(holder.pid)
    const same =
      isAlive(holder.pid) && (startedAt === null || holder.startedAt === null || startedAt === holder.startedAt)
    if (same) throw inUse(file, `process ${holder.pid}`)
    return
  }
  const who = holder === null ? 'an unknown process' : `process ${holder.pid} on host ${holder.host}`
  const before = await touchedAt(file)
  const age = Date.now() - before
  if (age > times.foreignStaleMs) return
  log.warn({ file, holder: who }, 'the database lock names a holder elsewhere: waiting to see whether it is alive')
  const deadline = Date.now() + times.foreignStaleMs
  while (Date.now() < deadline) {
    await sleep(Math.min(times.heartbeatMs, 500))
    if ((await touchedAt(file)) !== before) throw inUse(file, who)
  }
}

/** A step that takes microseconds; one that is older was left by a process that died in the middle of it. */
const guardStaleMs = 5_000

/**
 * Removes the lock if it is still the one that was judged. One at a time, so that nobody removes the lock of whoever
 * was faster: between the look and the removal nobody else may remove.
 */
async function removeIfStill(file: string, text: string): Promise<void> {
  const guard = `${file}.guard`
  while (!(await createIfFree(guard))) {
    const made = await touchedAt(guard)
    if (made !== 0 && Date.now() - made > guardStaleMs) await rm(guard, { force: true })
    else await sleep(5)
  }
  try {
    const found = await readFile(file, 'utf8').catch(() => null)
    if (found === text) await rm(file)
  } finally {
    await rm(guard, { force: true })
  }
}

function createIfFree(file: string): Promise<boolean> {
  return free(() => writeFile(file, '', { flag: 'wx' }))
}

async function touchedAt(file: string): Promise<number> {
  const found = await stat(file).catch(() => null)
  return found?.mtimeMs ?? 0
}

function readHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    return typeof holder.pid === 'number' && typeof holder.host === 'string' ? (holder as Holder) : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function inUse(file: string, who: string): Error {
  return new Error(
    `The embedded database is in use by ${who} (lock file ${file}). Stop it first, give this one another DATA_DIR, ` +
      'or set DATABASE_URL to a PostgreSQL server, which many processes can share.',
  )
}
