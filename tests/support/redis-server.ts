/**
 * A real Redis for tests, that keeps nothing on disk, on a port of its own that stays its own while it is stopped. A watchdog
 * holds the other end of a pipe to us and ends it when the pipe closes: on remove, and also when the test process is killed.
 * Uses the installed server; on a root Debian without one it installs the package first.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { aptInstall } from './apt-install.ts'

export interface RedisServer {
  /** redis://127.0.0.1:<port>, the same through every stop and start. */
  readonly url: string
  readonly port: number
  /** Kills it: every connection is cut, and what it held is gone. */
  stop(): Promise<void>
  /** Again, empty; where it runs, nothing. */
  start(): Promise<void>
  /** Its connections stay open and nothing is answered. */
  freeze(): void
  thaw(): void
  /** What it answers: `command('CONFIG', 'SET', 'maxmemory', '1mb')`. @throws what it refuses, or when it is away */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>
  /** Stops it and takes its folder away. */
  remove(): Promise<void>
}

export async function startRedis(): Promise<RedisServer> {
  const program = findProgram() ?? (await installProgram())
  const home = await mkdtemp(join(tmpdir(), 'redis-'))
  const pidFile = join(home, 'pid')
  const watchdog = spawn('sh', ['-c', 'cat; kill -9 "$(cat "$0/pid")" 2>/dev/null; cd /; rm -rf "$0"', home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const removed = once(watchdog, 'exit')
  // Neither may keep the test process alive: its end is what the watchdog waits for.
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()

  let server: ChildProcess | null = null
  const run = async (port: number) => {
    const settings = { port, bind: '127.0.0.1', dir: home, pidfile: pidFile, save: '', appendonly: 'no' }
    const started = spawn(
      program,
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    await ready(started)
    server = started
  }
  const stop = async () => {
    if (!server) return
    const [ended, gone] = [server, once(server, 'exit')]
    server = null
    ended.ref()
    ended.kill('SIGKILL')
    await gone
    await rm(pidFile, { force: true })
  }
  const remove = async () => {
    await stop()
    watchdog.ref()
    watchdog.stdin.end()
    await removed
  }
  try {
    const port = await onFreePort(run)
    const url = `redis://127.0.0.1:${port}`
    return {
      url,
      port,
      stop,
      async start() {
        if (!server) await run(port)
      },
      freeze: () => void server?.kill('SIGSTOP'),
      thaw: () => void server?.kill('SIGCONT'),
      command: (name, ...args) => ask(url, name, args),
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * Below the ports that the system hands out: while Redis is stopped nobody is given its port, and who knocks there is not
 * connected to himself.
 */
async function onFreePort(run: (port: number) => Promise<void>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(15_000, 32_000)
    try {
      await run(port)
      return port
    } catch (error) {
      if (tries === 10) throw error
    }
  }
}

/** Until it takes connections. @throws Error with what it said, when it ends before that */
async function ready(server: ChildProcess): Promise<void> {
  const stdout = server.stdout as Socket
  stdout.setEncoding('utf8')
  let said = ''
  await new Promise<void>((resolve, reject) => {
    stdout.on('data', (text: string) => {
      if (said.includes('Ready to accept connections')) return
      said += text
      if (said.includes('Ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`redis-server ended: ${said}`)))
  })
  server.unref()
  stdout.unref()
}

async function ask(url: string, name: string, args: readonly (string | number)[]): Promise<unknown> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, commandTimeout: 5_000 })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}

function findProgram(): string | null {
  const folders = ['/usr/bin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)]
  return folders.map((folder) => join(folder, 'redis-server')).find((file) => existsSync(file)) ?? null
}

async function installProgram(): Promise<string> {
  await aptInstall('redis-server', () => findProgram() !== null, 'These tests need Redis: install redis-server.')
  return findProgram()!
}
