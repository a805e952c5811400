/** The environment, read once, checked whole: every mistake is named before anything starts. Nobody else reads process.env. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Failure } from './errors.ts'
import { moneyEnvironment, moneyMistakes } from './money/money-environment.ts'
import { defaultPriority, providerIds, providersEnvironment, providersMistakes } from './providers/catalogue.ts'
import { routingEnvironment } from './routing/routing-environment.ts'
import type { Strategy } from './routing/strategies.ts'
import { readWatching, type WatchingConfig, watchingEnvironment } from './watching/watching-environment.ts'

const roles = ['web', 'worker'] as const
export type Role = (typeof roles)[number]

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)

/** 'host' or 'host:port', IPv6 in brackets. */
const hostAndPort = z
  .string()
  .refine((text) => URL.canParse(`http://${text}`) && /^(\[[\da-f:.]+\]|[a-z\d.-]+)(:\d+)?$/i.test(text), {
    error: 'must be host or host:port, separated by commas',
  })

/** One render keeps about two cores busy: the frames on one, the encoder on the other. */
const rendersForThisMachine = Math.max(1, Math.floor(availableParallelism() / 2))

const coreSchema = z
  .object({
    ENVIRONMENT: z.enum(['development', 'production', 'test']).default('development'),
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(5000),
    ROLES: list.pipe(z.array(z.enum(roles)).min(1)).default(['web', 'worker']),
    DATA_DIR: z.string().min(1).default('data'),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }).optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    REQUIRE_CONSENT: z.stringbool().default(true),
    MAX_UPLOAD_MB: z.coerce.number().min(1).max(1024).default(200),
    UPLOAD_PATIENCE_SECONDS: z.coerce.number().min(1).max(600).default(15),
    MAX_CONNECTIONS: z.coerce.number().int().min(1).max(100_000).default(1_000),
    RENDER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(rendersForThisMachine),
    MAX_QUEUED: z.coerce.number().int().min(0).max(100_000).default(1000),
    STEP_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(16),
    PROVIDER_PRIORITY: list.default([...defaultPriority]),
    OUTBOUND_ALLOW_HOSTS: list.pipe(z.array(hostAndPort)).default([]),
    PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
    BREAKER_FAILURES: z.coerce.number().int().min(1).max(1000).default(3),
    BREAKER_OPEN_SECONDS: z.coerce.number().min(1).max(3600).default(30),
    CACHE_ENABLED: z.stringbool().default(true),
    CACHE_TTL_SECONDS: z.coerce.number().int().min(1).max(31_536_000).default(3600),
    CACHE_TYPE: z.enum(['memory', 'redis']).default('memory'),
    REDIS_CACHE_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
    CACHE_POLICY: z.enum(['lru', 'lfu', 'ttl']).default('lru'),
    CACHE_MAX_ENTRIES: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
    CACHE_MAX_MB: z.coerce.number().min(1).max(4096).default(64),
    MODELS_FILE: z.string().min(1).optional(),
    FFMPEG_PATH: z.string().min(1).optional(),
    PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
    DRAIN_SECONDS: z.coerce.number().min(0).max(600).default(0),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number().min(0).max(3600).default(10),
    FAILPOINT: z.string().min(1).optional(),
  })
  .extend(routingEnvironment.shape)
  .extend(moneyEnvironment.shape)
  .extend(watchingEnvironment.shape)

const environmentSchema = z.object({ ...coreSchema.shape, ...providersEnvironment.shape })

export type Environment = z.infer<typeof coreSchema>

/** Names a `.env` file may hold; `.env.example` is held to this list by a test. */
export const environmentNames: readonly string[] = Object.keys(environmentSchema.shape).filter(
  (name) => name !== 'PATH',
)

export interface Config {
  readonly environment: 'development' | 'production' | 'test'
  readonly host: string
  readonly port: number
  readonly roles: readonly Role[]
  /** Absolute; everything written lies below it. */
  readonly dataDir: string
  /** Undefined: the embedded database in dataDir. */
  readonly databaseUrl: string | undefined
  readonly logLevel: Environment['LOG_LEVEL']
  readonly requireConsent: boolean
  readonly maxUploadBytes: number
  /** How long a body may come slower than 1 KB/s. */
  readonly uploadPatienceMs: number
  readonly maxConnections: number
  /** Renders at once on this machine. */
  readonly renderConcurrency: number
  /** Generations that may wait for a render; the next is refused. */
  readonly maxQueued: number
  /** Other steps at once in this process. */
  readonly stepConcurrency: number
  readonly providerPriority: readonly string[]
  /** Absolute; what it says of models counts instead of what is known. Undefined: nothing is changed. */
  readonly modelsFile: string | undefined
  /** How models are ranked where a request does not say. */
  readonly routingStrategy: Strategy
  /** Shares of the draws by provider id; those not named weigh 1. */
  readonly providerWeights: Readonly<Record<string, number>>
  /** ISO 4217: what is counted in. */
  readonly currency: string
  /** What one unit of another currency is worth, as a decimal. */
  readonly fxRates: Readonly<Record<string, string>>
  /** ISO day of the rates. */
  readonly fxDate: string | undefined
  /** Hosts ('host' or 'host:port') from which files may be fetched although they are not public, and over plain http. */
  readonly outboundAllowHosts: readonly string[]
  /** Where the world reaches this installation; vendors are told to send word there. */
  readonly publicUrl: string | undefined
  /** Failures within a minute after which nothing is sent to a model for a while. */
  readonly breakerFailures: number
  readonly breakerOpenMs: number
  /** Whether an equal request is answered with the video that is there. */
  readonly cacheEnabled: boolean
  /** How old that video may be. */
  readonly cacheTtlMs: number
  /** Which entry of this process's own cache makes room: the one unused for longest, the one used least, or the one that ends first. */
  readonly cachePolicy: 'lru' | 'lfu' | 'ttl'
  /** Bounds of this process's own cache. */
  readonly cacheMaxEntries: number
  readonly cacheMaxBytes: number
  /** Undefined: nothing is shared through Redis. */
  readonly redisUrl: string | undefined
  /** Undefined: the encoder that came with the packages. */
  readonly ffmpegPath: string | undefined
  /** Where programs are looked for. */
  readonly searchPath: string
  /** How long a stopping server says that it is not ready while it still serves. */
  readonly drainMs: number
  readonly shutdownGraceMs: number
  /** For tests of recovery: the named point at which this process kills itself. */
  readonly failpoint: string | undefined
  readonly watching: WatchingConfig
  readonly providers: z.infer<typeof providersEnvironment>
}

/** @throws Failure INVALID_REQUEST 'configuration-invalid' whose message names every wrong variable. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const values = coreSchema.parse(given)
  const halves = providersMistakes(parsed.data)
  if (halves.length > 0) throw invalid(halves)
  if (values.FAILPOINT !== undefined && values.ENVIRONMENT === 'production') {
    throw invalid(['FAILPOINT: kills the process on purpose and has no place in production'])
  }
  if (values.DATABASE_URL === undefined && new Set(values.ROLES).size < roles.length) {
    throw invalid([
      'ROLES: the embedded database serves one process, which must do all; set DATABASE_URL to divide the work',
    ])
  }
  const strangers = Object.keys(values.PROVIDER_WEIGHTS).filter((name) => !providerIds.includes(name))
  const mistakes = [
    ...strangers.map((name) => `PROVIDER_WEIGHTS: '${name}' is no provider; there are ${providerIds.join(', ')}`),
    ...moneyMistakes(values),
    ...(values.CACHE_TYPE === 'redis' && values.REDIS_CACHE_URL === undefined
      ? ['REDIS_CACHE_URL: must be set where CACHE_TYPE is redis']
      : []),
  ]
  if (mistakes.length > 0) throw invalid(mistakes)
  return Object.freeze({
    environment: values.ENVIRONMENT,
    host: values.HOST,
    port: values.PORT,
    roles: values.ROLES,
    dataDir: resolve(values.DATA_DIR),
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    requireConsent: values.REQUIRE_CONSENT,
    maxUploadBytes: values.MAX_UPLOAD_MB * 1024 * 1024,
    uploadPatienceMs: values.UPLOAD_PATIENCE_SECONDS * 1000,
    maxConnections: values.MAX_CONNECTIONS,
    renderConcurrency: values.RENDER_CONCURRENCY,
    maxQueued: values.MAX_QUEUED,
    stepConcurrency: values.STEP_CONCURRENCY,
    providerPriority: values.PROVIDER_PRIORITY,
    modelsFile: values.MODELS_FILE === undefined ? undefined : resolve(values.MODELS_FILE),
    routingStrategy: values.ROUTING_STRATEGY,
    providerWeights: values.PROVIDER_WEIGHTS,
    currency: values.CURRENCY,
    fxRates: values.FX_RATES,
    fxDate: values.FX_DATE,
    outboundAllowHosts: values.OUTBOUND_ALLOW_HOSTS,
    publicUrl: values.PUBLIC_URL,
    breakerFailures: values.BREAKER_FAILURES,
    breakerOpenMs: values.BREAKER_OPEN_SECONDS * 1000,
    cacheEnabled: values.CACHE_ENABLED,
    cacheTtlMs: values.CACHE_TTL_SECONDS * 1000,
    cachePolicy: values.CACHE_POLICY,
    cacheMaxEntries: values.CACHE_MAX_ENTRIES,
    cacheMaxBytes: values.CACHE_MAX_MB * 1024 * 1024,
    redisUrl: values.CACHE_TYPE === 'redis' ? values.REDIS_CACHE_URL : undefined,
    ffmpegPath: values.FFMPEG_PATH,
    searchPath: values.PATH,
    drainMs: values.DRAIN_SECONDS * 1000,
    shutdownGraceMs: values.SHUTDOWN_GRACE_SECONDS * 1000,
    failpoint: values.FAILPOINT,
    watching: readWatching(values, secretsOf(given)),
    providers: providersEnvironment.parse(given),
  })
}

function invalid(mistakes: readonly string[]): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'configuration-invalid',
    message: `The environment is not right:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`,
    hint: '.env.example lists every variable with its meaning.',
  })
}

/** Values of variables that are named like secrets, and the password of the database. */
function secretsOf(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = Object.entries(given).flatMap(([name, value]) => (secretName.test(name) && value ? [value] : []))
  const { password } = URL.canParse(given.DATABASE_URL ?? '') ? new URL(given.DATABASE_URL!) : { password: '' }
  // Whatever is shorter would strike out ordinary words.
  return [...named, decodeURIComponent(password)].filter((value) => value.length >= 6)
}

const secretName = /^[A-Z0-9_]*(KEY|SECRET|TOKEN|PASSWORD)$/

/** The process environment with what a `.env` file in the working directory adds; what is set already wins. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile('.env')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return process.env
}
