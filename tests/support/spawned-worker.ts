import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('worker-program.ts', import.meta.url))

export interface SpawnedWorker {
  readonly pid: number
  /** Resolves when the worker says a line that holds the key. */
  says(key: 'ready' | 'started'): Promise<void>
  /** kill -9, and waits for its end. */
  kill(): Promise<void>
}

export function spawnWorker(
  where: { readonly dataDir: string; readonly databaseUrl?: string },
  generationId?: string,
): SpawnedWorker {
  const args = ['--import', 'tsx', program, JSON.stringify(where), ...(generationId ? [generationId] : [])]
  // Without NODE_OPTIONS: the test runner's own are not for it.
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const heard = new Set<string>()
  const waiting: { key: string; resolve: () => void }[] = []
  createInterface(child.stdout).on('line', (line) => {
    for (const key of Object.keys(JSON.parse(line) as object)) heard.add(key)
    for (const { key, resolve } of waiting) if (heard.has(key)) resolve()
  })
  return {
    pid: child.pid ?? 0,
    says: (key) =>
      new Promise((resolve, reject) => {
        if (heard.has(key)) return resolve()
        waiting.push({ key, resolve })
        void ended.then(() => reject(new Error(`the worker ended before it said '${key}'`)))
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
