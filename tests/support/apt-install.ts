/** Installs what a test needs on a root Debian. Test files run beside each other, and apt lets only one in: they queue up. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const lock = join(tmpdir(), 'talking-photo-apt.lock')

/** @param isThere asked again once it is our turn: another test may have installed it. @throws Error with `needed` where it cannot be installed */
export async function aptInstall(name: string, isThere: () => boolean, needed: string): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(needed)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, maxBuffer: 64 * 1024 * 1024 }
  if (isThere()) return
  await apt('apt-get update && apt-get install -y --no-install-recommends "$0"', [name], options)
  if (!isThere()) throw new Error(`apt-get installed ${name}, but it was not found.`)
}

/** A line of shell, alone among all tests of this machine. */
export async function apt(
  line: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly maxBuffer?: number } = {},
): Promise<void> {
  await run('flock', [lock, 'sh', '-c', line, ...args], options)
}
