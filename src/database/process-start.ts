import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A text that differs between two processes that had the same pid; null when there is no such process or no way to tell. */
export function processStartedAt(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // Field 22, counted after the command name, which is in parentheses and may hold spaces itself.
      const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19]
      return ticks === undefined ? null : `${boot}/${ticks}`
    }
    if (process.platform === 'win32') return null
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

/** Names the space in which pids are unique: the host, on Linux with its pid namespace (each container has one). */
export function pidNamespace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}
