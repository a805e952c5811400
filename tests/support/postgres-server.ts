/**
 * A real PostgreSQL for tests, on a unix socket in a directory of its own: no port to clash. A watchdog holds the other
 * end of a pipe to us and removes everything when it closes: on stop, and also when the test process is killed.
 * Uses the installed server; on a root Debian without one it installs the package first.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { aptInstall } from './apt-install.ts'

const run = promisify(execFile)

export interface PostgresServer {
  /** Of the maintenance database; give each test file one of its own with createDatabase. */
  readonly url: string
  createDatabase(): Promise<string>
  /** Every connection is cut. 'fast' (default) ends what is under way first; 'immediate' is a crash. */
  restart(mode?: 'fast' | 'immediate'): Promise<void>
  stop(): Promise<void>
}

/** The server that TEST_POSTGRES_URL names (stop and restart then leave it alone), else one just for the caller. */
export async function postgresForTests(): Promise<Pick<PostgresServer, 'createDatabase' | 'stop'>> {
  const url = process.env.TEST_POSTGRES_URL
  if (!url) return startPostgres()
  const made: string[] = []
  return {
    async createDatabase() {
      const created = await createDatabase(url)
      made.push(created)
      return created
    },
    async stop() {
      for (const created of made) {
        await execute(url, `DROP DATABASE IF EXISTS "${new URL(created).pathname.slice(1)}" WITH (FORCE)`)
      }
    },
  }
}

export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms() ?? (await installPrograms())
  const owner = unprivilegedUser()
  const home = await mkdtemp(join(tmpdir(), 'postgres-'))
  if (owner) await chown(home, owner.uid, owner.gid)
  await chmod(home, 0o700)
  const data = join(home, 'data')
  const call = (program: string, ...args: string[]) => run(join(programs, program), args, { cwd: home, ...owner })
  const settings = [
    "listen_addresses=''",
    `unix_socket_directories='${home}'`,
    // What it acknowledged outlives its own crash, though not the machine's.
    'fsync=off',
    'full_page_writes=off',
    'shared_buffers=32MB',
    'max_connections=200',
    // Not UTC, so that code which forgets the time zone is found out.
    'timezone=Asia/Kolkata',
  ]
  const start = () =>
    call(
      'pg_ctl',
      'start',
      '-w',
      '-s',
      '-D',
      data,
      '-l',
      join(home, 'log'),
      '-o',
      settings.map((s) => `-c ${s}`).join(' '),
    )
  const watchdog = spawn(
    'sh',
    ['-c', 'cat; "$0" stop -w -s -D "$1/data" -m immediate; cd /; rm -rf "$1"', join(programs, 'pg_ctl'), home],
    { cwd: home, stdio: ['pipe', 'ignore', 'ignore'], detached: true, ...owner },
  )
  const removed = once(watchdog, 'exit')
  const remove = async () => {
    watchdog.ref()
    watchdog.stdin.end()
    await removed
  }
  // Neither may keep the test process alive: its end is what the watchdog waits for.
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(home)}`
  try {
    await call('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C')
    await start()
  } catch (error) {
    await remove()
    throw error
  }
  return {
    url,
    createDatabase: () => createDatabase(url),
    async restart(mode = 'fast') {
      await call('pg_ctl', 'stop', '-w', '-s', '-D', data, '-m', mode)
      await start()
    },
    stop: remove,
  }
}

async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE "${name}"`)
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The folder that holds initdb, pg_ctl and postgres. */
function findPrograms(): string | null {
  const debian = '/usr/lib/postgresql'
  const packaged = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, 'bin'))
    : []
  const folders = [...packaged, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)]
  return folders.find((folder) => ['initdb', 'pg_ctl'].every((name) => existsSync(join(folder, name)))) ?? null
}

async function installPrograms(): Promise<string> {
  await aptInstall(
    'postgresql',
    () => findPrograms() !== null,
    'These tests need PostgreSQL: install it (initdb and pg_ctl), or set TEST_POSTGRES_URL.',
  )
  return findPrograms()!
}

/** PostgreSQL refuses to run as root. Null when we are not. */
function unprivilegedUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const idOf = (flag: string, user: string) =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }))
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', user), gid: idOf('-g', user) }
    } catch {}
  }
  throw new Error('No unprivileged user to run PostgreSQL as.')
}
