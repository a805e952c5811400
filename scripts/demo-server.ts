/** The real server of a demo, in a process of its own, and how it is spoken to. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly hint?: string
  readonly errors?: readonly { field: string; message: string }[]
}

export interface DemoServer {
  /** Its base URL, once it listens. */
  readonly listening: Promise<string>
  stop(): Promise<void>
}

/** @param environment beside what every demo needs */
export function startServer(dataDir: string, logFile: string, environment: NodeJS.ProcessEnv = {}): DemoServer {
  const child: ChildProcess = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/main.js')], {
    cwd: dataDir,
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: '',
      LOG_LEVEL: 'info',
      FAILPOINT: '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  child.stderr?.pipe(log, { end: false })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const lines = createInterface({ input: child.stdout! })
  const listening = new Promise<string>((found, failed) => {
    lines.on('line', (line) => {
      log.write(`${line}\n`)
      const url = startedUrl(line)
      if (url) found(url)
    })
    child.once('exit', (code) =>
      failed(new Error(`The server ended with code ${code} before it listened; see ${logFile}`)),
    )
  })
  return {
    listening,
    async stop() {
      child.kill('SIGTERM')
      await exited
      log.end()
    },
  }
}

function startedUrl(line: string): string | null {
  if (!line.includes('"started"')) return null
  const entry = JSON.parse(line) as { event?: string; url?: string }
  return entry.event === 'started' && entry.url ? entry.url : null
}

/** @throws with the problem's words */
export async function json<T>(response: Response): Promise<T> {
  const body: unknown = await response.json()
  if (response.ok) return body as T
  const { title, detail, hint, errors = [] } = body as Problem
  throw new Error(
    [detail ?? title, ...errors.map(({ field, message }) => `  ${field}: ${message}`), hint].filter(Boolean).join('\n'),
  )
}

export async function download(url: string, file: string): Promise<void> {
  const response = await fetch(url)
  if (!response.ok || !response.body) throw new Error(`The video could not be read: HTTP ${response.status}`)
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file))
}
