/**
 * Scratch space of one process: `<root>/<host>-<pid>`. A process that was killed cannot clean up, so whoever starts next
 * on the same host removes what belongs to processes that are gone.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

export interface TempRoot {
  readonly path: string
  /** Removes it with all that is in it. */
  release(): Promise<void>
}

export async function claimTempRoot(root: string): Promise<TempRoot> {
  const host = hostname().replaceAll(/[^A-Za-z0-9.]/g, '_')
  await mkdir(root, { recursive: true })
  for (const name of await readdir(root)) {
    const pid = name.startsWith(`${host}-`) ? Number(name.slice(host.length + 1)) : Number.NaN
    if (pid === process.pid || (Number.isInteger(pid) && !isAlive(pid))) {
      await rm(join(root, name), { recursive: true, force: true })
    }
  }
  const path = join(root, `${host}-${process.pid}`)
  await mkdir(path)
  return { path, release: () => rm(path, { recursive: true, force: true }) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
