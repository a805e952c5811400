/**
 * A cluster for tests: PostgreSQL, Redis, simulated vendors and several processes of the server on one data directory, each
 * on a port that stays its own when it is started again.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { currentFfmpeg } from './current-ffmpeg.ts'
import { type Nginx, startNginx } from './nginx.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { type LogEntry, makeDataDir, runServer, type TestServer } from './run-server.ts'
import { openVendors, type Vendors } from './sandbox.ts'

const vendorNames = ['veo3', 'veo3-backup'] as const

export interface ClusterNode {
  /** Base URL, the same in every life of it; '' without the web role. */
  readonly url: string
  readonly port: number
  /** Every line that it logged, in all of its lives. */
  log(): readonly LogEntry[]
  /** The process as it is now. */
  process(): TestServer
  /** A new life, at the same port. */
  start(): Promise<void>
  /** SIGTERM, then waits. @returns the exit code */
  stop(): Promise<number | NodeJS.Signals>
  /** SIGKILL, then waits. */
  kill(): Promise<void>
  /** SIGSTOP: it does nothing, and everything that it holds stays open. Its children go on. */
  freeze(): void
  /** SIGCONT. */
  wake(): void
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[]
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  readonly vendors: Vendors<(typeof vendorNames)[number]>
  readonly databaseUrl: string
  readonly dataDir: string
  /** The shipped nginx in front of the first three nodes; ends with the cluster. */
  openFront(watchSeconds?: number): Promise<Nginx>
  /** One more; the caller starts it. */
  addNode(environment?: NodeJS.ProcessEnv): Promise<ClusterNode>
  /** Ends everything, frozen nodes too. */
  close(): Promise<void>
}

export interface ClusterOptions {
  /** One for each node, e.g. ROLES; all are started at the same moment. Default: three that do everything. */
  readonly nodes?: readonly NodeJS.ProcessEnv[]
  /** Of every node. */
  readonly environment?: NodeJS.ProcessEnv
  /** How long a vendor takes for a film. */
  readonly jobMs?: number
}

export async function startCluster({
  nodes: wanted = [{}, {}, {}],
  environment = {},
  jobMs = 300,
}: ClusterOptions = {}): Promise<Cluster> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  const keep = async <T>(opening: Promise<T>, closer: (opened: T) => Promise<unknown>): Promise<T> => {
    const opened = await opening
    closers.push(() => closer(opened))
    return opened
  }
  try {
    const postgres = await keep(startPostgres(), (opened) => opened.stop())
    const redis = await keep(startRedis(), (opened) => opened.remove())
    const data = await keep(makeDataDir(), (opened) => opened.remove())
    const vendors = await keep(openVendors(vendorNames, { jobMs }), (opened) => opened.close())
    const databaseUrl = await postgres.createDatabase()
    const common = {
      ...vendors.environment,
      FFMPEG_PATH: await currentFfmpeg(),
      MALLOC_ARENA_MAX: '1',
      DATABASE_URL: databaseUrl,
      CACHE_TYPE: 'redis',
      REDIS_CACHE_URL: redis.url,
      RENDER_CONCURRENCY: '1',
      SHUTDOWN_GRACE_SECONDS: '2',
      ...environment,
    }
    const nodes: ClusterNode[] = []
    closers.push(async () => {
      for (const node of nodes) node.wake()
      await Promise.all(nodes.map((node) => node.kill()))
    })
    const ports = await freePorts(wanted.length)
    // Vendors send word to whichever node; it is woken by any.
    const firstWeb = wanted.findIndex(({ ROLES = 'web' }) => ROLES.includes('web'))
    const addNode = async (own: NodeJS.ProcessEnv = {}, port?: number) => {
      const PUBLIC_URL = `http://127.0.0.1:${ports[firstWeb]}`
      const node = createNode(data.path, port ?? (await freePorts(1))[0]!, { PUBLIC_URL, ...common, ...own })
      nodes.push(node)
      return node
    }
    for (const [index, own] of wanted.entries()) await addNode(own, ports[index])
    await Promise.all(nodes.map((node) => node.start()))
    const openFront = (watchSeconds = 1) => {
      const [first, second, third] = nodes.map((node) => `127.0.0.1:${node.port}`) as [string, string, string]
      return keep(startNginx({ nodes: [first, second, third], watchSeconds }), (opened) => opened.stop())
    }
    return { nodes, postgres, redis, vendors, databaseUrl, dataDir: data.path, openFront, addNode, close }
  } catch (error) {
    await close()
    throw error
  }
}

function createNode(dataDir: string, port: number, environment: NodeJS.ProcessEnv): ClusterNode {
  const lives: TestServer[] = []
  const isWeb = (environment.ROLES ?? 'web').includes('web')
  const now = (): TestServer => {
    const life = lives.at(-1)
    if (!life) throw new Error('this node was never started')
    return life
  }
  return {
    url: isWeb ? `http://127.0.0.1:${port}` : '',
    port,
    log: () => lives.flatMap(({ log }) => log),
    process: now,
    async start() {
      lives.push(await runServer(dataDir, { ...environment, PORT: String(port) }))
    },
    stop: () => now().stop(),
    kill: async () => {
      await lives.at(-1)?.kill()
    },
    freeze: () => process.kill(now().pid, 'SIGSTOP'),
    wake() {
      const pid = lives.at(-1)?.pid
      try {
        if (pid !== undefined) process.kill(pid, 'SIGCONT')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
  }
}

/** Below those that the system hands out, so that a node that is down keeps its own. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
