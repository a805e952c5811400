/** Memory of a server and of what it started, from /proc. */
import { readdir, readFile, writeFile } from 'node:fs/promises'

/** The process and its children, their children too. */
export async function processTree(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // The command in brackets may hold blanks and brackets of its own.
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const tree = [pid]
  for (const each of tree) for (const [child, parent] of parents) if (parent === each) tree.push(child)
  return tree
}

/** Peak resident memory since the start or the last `forgetPeaks`, megabytes, of all of them together. */
export async function peakMegabytes(pid: number): Promise<number> {
  let kilobytes = 0
  for (const each of await processTree(pid)) {
    const status = await readFile(`/proc/${each}/status`, 'utf8').catch(() => '')
    kilobytes += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0)
  }
  return kilobytes / 1024
}

/** From now on `peakMegabytes` counts afresh. */
export async function forgetPeaks(pid: number): Promise<void> {
  for (const each of await processTree(pid)) await writeFile(`/proc/${each}/clear_refs`, '5').catch(() => {})
}
