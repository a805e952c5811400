/**
 * A real nginx with the configuration that this project ships: the same files, with ports and paths of the test's own. It
 * listens once this has resolved. A watchdog holds the other end of a pipe to us: nginx and watch-nodes.sh end, and what they
 * wrote goes, on stop and also when the test process is killed. Uses the installed nginx; on a root Debian it installs one.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { aptInstall } from './apt-install.ts'

const run = promisify(execFile)
const shipped = fileURLToPath(new URL('../../nginx/', import.meta.url))

export interface NginxOptions {
  /** 'host:port' of the guide's three nodes, which weigh 3, 3 and 2. */
  readonly nodes: readonly [string, string, string]
  /** How often watch-nodes.sh asks the nodes. Null: it does not run, and each stays in the list whatever it answers. */
  readonly watchSeconds?: number | null
  /** Who may ask for /metrics and /health, as CIDR. By default this machine. */
  readonly operators?: string
}

export interface Nginx {
  readonly url: string
  readonly port: number
  /** host:port of those that are in its list; it has taken that a moment after. */
  live(): Promise<readonly string[]>
  /** What it logged: of requests one JSON object a line, and of errors. */
  logs(): Promise<{ readonly access: string; readonly error: string }>
  stop(): Promise<void>
}

export async function startNginx({
  nodes,
  watchSeconds = 1,
  operators = '127.0.0.1/32',
}: NginxOptions): Promise<Nginx> {
  const port = await freePort()
  const { home, command } = await prepare({ nodes, listen: `127.0.0.1:${port}`, operators })
  const list = join(home, 'conf.d/servers.list')
  const live = join(home, 'conf.d/servers.live')
  const watch = [join(shipped, 'watch-nodes.sh'), list, live]
  const isWatching = watchSeconds !== null
  const beside = isWatching ? ['sh', ...watch, ...command, '-s', 'reload'] : ['true']
  try {
    if (isWatching) await run('sh', [...watch, 'once'])
    else await cp(list, live)
    // It goes into the background itself, when it has taken its port.
    await run(command[0]!, command.slice(1))
  } catch (error) {
    await rm(home, { recursive: true })
    throw error
  }
  const watchdog = spawn('sh', ['-c', watchdogScript, home, ...beside], {
    env: { ...process.env, WATCH_SECONDS: String(watchSeconds ?? '') },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const removed = once(watchdog, 'exit')
  // Neither may keep the test process alive: its end is what the watchdog waits for.
  watchdog.unref()
  ;(watchdog.stdin as Socket).unref()
  const read = (name: string) => readFile(join(home, name), 'utf8').catch(() => '')
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    live: async () => [...(await readFile(live, 'utf8')).matchAll(/^server (\S+)/gm)].map(([, node]) => node!),
    logs: async () => ({ access: await read('access.log'), error: await read('error.log') }),
    async stop() {
      watchdog.ref()
      watchdog.stdin.end()
      await removed
    },
  }
}

/** What `nginx -t` says of the shipped configuration. @throws Error with its words where it is refused */
export async function checkNginxConfiguration(): Promise<string> {
  const node = '127.0.0.1:5000'
  const { home, command } = await prepare({
    nodes: [node, node, node],
    listen: `127.0.0.1:${await freePort()}`,
    operators: '::1',
  })
  try {
    await cp(join(home, 'conf.d/servers.list'), join(home, 'conf.d/servers.live'))
    const { stderr } = await run(command[0]!, [...command.slice(1), '-t'])
    return stderr
  } finally {
    await rm(home, { recursive: true })
  }
}

interface Place {
  readonly nodes: NginxOptions['nodes']
  readonly listen: string
  readonly operators: string
}

/** A home with everything but servers.live in it, and the command that runs nginx there. */
async function prepare({ nodes, listen, operators }: Place): Promise<{ home: string; command: readonly string[] }> {
  const program = await nginxForTests()
  const home = await mkdtemp(join(tmpdir(), 'nginx-'))
  // The workers are somebody else.
  await chmod(home, 0o755)
  const [NODE_1, NODE_2, NODE_3] = nodes
  const filled = { LISTEN: listen, OPERATOR_NETWORK: operators, NODE_1, NODE_2, NODE_3 }
  await layOut(home, filled, await versionOf(program))
  const place = ['-e', join(home, 'error.log'), '-c', join(home, 'nginx.conf'), '-g', `pid ${join(home, 'pid')};`]
  return { home, command: [program, ...place] }
}

/** $0 is the home, the rest a command to run beside nginx, which leads a process group of its own. */
const watchdogScript = `
"$@" & beside=$!
cat
kill "$beside" 2>/dev/null
kill -s KILL -- "-$(cat "$0/pid")"
rm -rf "$0"
`

/** The configuration as the official image would lay it out: templates filled into conf.d. @throws Error naming what was not filled */
async function layOut(home: string, filled: Readonly<Record<string, string>>, version: string): Promise<void> {
  await mkdir(join(home, 'conf.d'))
  const main = await readFile(join(shipped, 'nginx.conf'), 'utf8')
  const own = main
    .replaceAll('/var/cache/nginx', home)
    .replaceAll('/dev/stdout', join(home, 'access.log'))
    .replaceAll('/dev/stderr', join(home, 'error.log'))
  await writeFile(join(home, 'nginx.conf'), own)
  for (const name of await readdir(join(shipped, 'templates'))) {
    const template = await readFile(join(shipped, 'templates', name), 'utf8')
    const text = template.replace(/\$\{([A-Z_\d]+)\}/g, (whole, variable: string) => filled[variable] ?? whole)
    const left = /\$\{[A-Z_\d]+\}/.exec(text)
    if (left) throw new Error(`${name} needs ${left[0]}`)
    await writeFile(join(home, 'conf.d', name.replace(/\.template$/, '')), text)
  }
  if (isAtLeast(version, '1.27.4')) {
    await cp(join(shipped, 'since-1.27.4.conf'), join(home, 'conf.d/since-1.27.4.conf'))
  }
}

async function nginxForTests(): Promise<string> {
  const found = findNginx()
  if (found) return found
  await aptInstall('nginx-light', () => findNginx() !== null, 'These tests need nginx (1.22 or newer): install it.')
  return findNginx()!
}

function findNginx(): string | null {
  const folders = ['/usr/sbin', '/usr/local/sbin', ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)]
  return folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file)) ?? null
}

async function versionOf(program: string): Promise<string> {
  const { stderr } = await run(program, ['-v'])
  return /nginx\/([\d.]+)/.exec(stderr)?.[1] ?? '0'
}

function isAtLeast(version: string, wanted: string): boolean {
  return version.localeCompare(wanted, 'en', { numeric: true }) >= 0
}

/** nginx cannot take port 0 and say which it was. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
