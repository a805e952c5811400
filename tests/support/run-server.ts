/** A real server for a test: the built program in a process of its own, on a free port, in a data directory of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export interface LogEntry {
  readonly event?: string
  readonly [key: string]: unknown
}

export interface TestServer {
  /** Base URL; '' in a process without the web role. */
  readonly url: string
  readonly pid: number
  /** Every log line so far, parsed. */
  readonly log: readonly LogEntry[]
  /** Resolves with the exit code or signal. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** SIGTERM, then waits. Answers the exit code. */
  stop(): Promise<number | NodeJS.Signals>
  /** SIGKILL, then waits. */
  kill(): Promise<void>
}

/** A server of a test lives for seconds: half of what its start takes would be to compile the embedded database's code for a long life. */
const shortLife = ['--liftoff-only']

/** @throws when the server ends before it has started, with its last words. */
export async function runServer(
  dataDir: string,
  environment: NodeJS.ProcessEnv = {},
  program: string = resolve('dist/main.js'),
): Promise<TestServer> {
  const child: ChildProcess = spawn(process.execPath, [...shortLife, '--enable-source-maps', program], {
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: LogEntry[] = []
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = new Promise<number | NodeJS.Signals>((done) =>
    child.once('exit', (code, signal) => done(signal ?? code ?? 0)),
  )
  const url = await new Promise<string>((found, failed) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const entry = parse(line)
      log.push(entry)
      if (entry.event === 'started') found(String(entry.url ?? ''))
    })
    void exited.then((code) =>
      failed(
        new Error(
          `the server ended (${code}) before it had started:\n${stderr}\n${JSON.stringify(log.slice(-5), null, 1)}`,
        ),
      ),
    )
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return {
    url,
    pid: child.pid!,
    log,
    exited,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL')
    },
  }
}

function parse(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry
  } catch {
    return { text: line }
  }
}

export async function makeDataDir(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'talking-photo-test-')))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** All files below `media` and `tmp` of a data directory, relative to it. */
export async function filesIn(dataDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of ['media', 'tmp']) {
    const entries = await readdir(join(dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries)
      if (entry.isFile()) found.push(join(entry.parentPath, entry.name).slice(dataDir.length + 1))
  }
  return found.sort()
}

/** Command lines of the processes that work in the data directory: the server, its children, its encoder. Zombies are none. */
export async function processesOf(dataDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => null)
    if (directory !== dataDir) continue
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command) found.push(`${pid} ${command.replaceAll('\0', ' ')}`)
  }
  return found
}

/** Looks again until it holds; the test's own timeout ends a wait that never does. */
export async function eventually<T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    await new Promise((again) => setTimeout(again, 50))
  }
}

/** Kilobytes of resident memory of a process. */
export function residentKilobytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim())
}
