import { setPriority } from 'node:os'

/** Before the child starts any thread or process of its own: they inherit it. */
export function lowerPriority(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return
  try {
    setPriority(pid, niceness)
  } catch {
    // Gone already, or not permitted: it works without.
  }
}
