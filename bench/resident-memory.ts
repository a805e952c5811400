/** Resident memory of this process's children and theirs; linux only, elsewhere it reports 0. */
import { readFileSync } from 'node:fs'

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

function isRenderer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('render-child')
  } catch {
    return false
  }
}

/** Megabytes of the render processes of this one, and of their ffmpegs. */
export function rendererMemoryMb(): { readonly node: number; readonly ffmpeg: number } {
  const renderers = childrenOf(process.pid).filter(isRenderer)
  const sum = (pids: readonly number[]): number => pids.reduce((total, pid) => total + residentMb(pid), 0)
  return { node: sum(renderers), ffmpeg: sum(renderers.flatMap(childrenOf)) }
}

/** Looks every 20 ms until it is stopped; the highest values seen, megabytes. */
export function watchMemory(): { stop(): { node: number; ffmpeg: number; both: number } } {
  const peak = { node: 0, ffmpeg: 0, both: 0 }
  const timer = setInterval(() => {
    const { node, ffmpeg } = rendererMemoryMb()
    peak.node = Math.max(peak.node, node)
    peak.ffmpeg = Math.max(peak.ffmpeg, ffmpeg)
    peak.both = Math.max(peak.both, node + ffmpeg)
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}
