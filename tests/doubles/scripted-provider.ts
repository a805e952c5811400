/** A provider that does what the test says, strictly to the port: it refuses what the core must never ask of it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimedScript } from '../../src/captions/time-script.ts'
import { VendorFailure } from '../../src/errors.ts'
import type { Model } from '../../src/providers/model.ts'
import type {
  CallContext,
  CallOutcome,
  CallPlan,
  CallResult,
  Json,
  Material,
  OperationStatus,
  OutputRole,
  Provider,
  ProviderLimits,
  ProviderOutput,
} from '../../src/providers/provider.ts'

export const scriptedModel = (id: string, facts: Partial<Model> = {}): Model => ({
  id: `${id}/model`,
  name: id,
  provider: id,
  kind: 'video',
  drive: 'script',
  yields: 'talking-video',
  tier: 'standard',
  seconds: { min: 1, max: 60 },
  languages: ['en'],
  aspectRatios: 'any',
  dedupesByKey: true,
  runsHere: false,
  prices: [{ micros: 150_000, currency: 'INR', unit: 'second', label: 'list', source: 'test', from: '2026-01-01' }],
  typicalWork: { startSeconds: 0, secondsPerSecond: { economy: 1, standard: 1, premium: 1 } },
  ...facts,
})

export interface ScriptedCall {
  readonly key: string
  readonly name: string
  /** What it was told of the calls before it. */
  readonly ended: CallContext['ended']
  /** What it was handed, by name: the bytes of each file. */
  readonly material: Readonly<Record<string, string>>
}

export interface ScriptedProvider extends Provider {
  /** Every `start`, in order. */
  readonly started: readonly ScriptedCall[]
  readonly polled: readonly Json[]
  readonly found: readonly string[]
  readonly cancelled: readonly Json[]
}

type Behaviour = (
  context: CallContext,
  call: CallPlan,
) => Promise<'finish' | { readonly operation: Json; readonly jobId?: string }>

export function createScriptedProvider(
  id: string,
  {
    start = async () => 'finish',
    status,
    calls = ['render'],
    yields = () => 'video',
    result = () => ({}),
    mostLost = Number.POSITIVE_INFINITY,
    model = {},
    words = true,
    limits = {},
    foreign = false,
    adjusted = [],
    find,
    cancel,
  }: {
    readonly start?: Behaviour
    /** Answers of successive polls. */
    readonly status?: readonly (Exclude<OperationStatus, { kind: 'completed' }> | 'completed' | VendorFailure)[]
    readonly calls?: readonly (string | CallPlan)[]
    /** The role of what a call yields; 'nothing' for one that yields no file. */
    readonly yields?: (name: string) => OutputRole | 'nothing'
    /** What a call keeps for later ones, and what it says that it costs. */
    readonly result?: (name: string) => Pick<CallResult, 'keeps' | 'cost'>
    /** Lost calls that are one too many. */
    readonly mostLost?: number
    readonly model?: Partial<Model>
    readonly limits?: Partial<ProviderLimits>
    /** Its files are at addresses of its own. */
    readonly foreign?: boolean
    readonly find?: (key: string) => Promise<CallOutcome | null>
    readonly cancel?: () => Promise<boolean>
    /** What it does otherwise than asked. */
    readonly adjusted?: ReturnType<Provider['adjust']>
    /** False: it does not tell the times of its words. */
    readonly words?: boolean
  } = {},
): ScriptedProvider {
  const started: ScriptedCall[] = []
  const polled: Json[] = []
  const found: string[] = []
  const cancelled: Json[] = []
  const plans = calls.map((call) => (typeof call === 'string' ? { name: call } : call))
  const outputs = async (scratch: string, name = plans[0]!.name): Promise<readonly ProviderOutput[]> => {
    const role = yields(name)
    if (foreign) return addresses(id)
    if (role === 'nothing') return []
    if (role === 'video' && plans.length === 1) return writeOutputs(scratch, words)
    const file = join(scratch, role)
    await writeFile(file, `the ${role} of ${name} by ${id}`)
    return [{ role, file }]
  }
  const answers = [...(status ?? [])]
  return {
    id,
    started,
    polled,
    found,
    cancelled,
    models: [scriptedModel(id, model)],
    limits: { requestsPerMinute: null, maxConcurrent: null, timeoutSeconds: 300, maxFileBytes: 1_000_000, ...limits },
    polling: { firstSeconds: 2, everySeconds: 2, growth: 1, slowestSeconds: 2 },
    adjust: () => adjusted,
    plan: () => plans[0]!,
    next: (_request, ended) => {
      if (ended.filter(({ state }) => state === 'lost').length > mostLost) return 'hopeless'
      return plans[ended.length] ?? 'done'
    },
    async start(call, _request, context) {
      context.signal.throwIfAborted()
      const { idempotencyKey: key, ended } = context
      started.push({ key, name: call.name, ended, material: await bytesOf(context.material) })
      const outcome = await start(context, call)
      if (outcome !== 'finish') return { kind: 'operation', ...outcome }
      return { kind: 'finished', outputs: await outputs(context.scratch, call.name), ...result(call.name) }
    },
    ...(status
      ? {
          async status(operation: Json, { scratch }: { readonly scratch: string }): Promise<OperationStatus> {
            polled.push(operation)
            const answer = answers.shift()
            if (answer === undefined) throw new Error('polled once too often')
            if (answer instanceof VendorFailure) throw answer
            return answer === 'completed' ? { kind: 'completed', outputs: await outputs(scratch) } : answer
          },
        }
      : {}),
    ...(find && {
      async find(key: string) {
        found.push(key)
        return find(key)
      },
    }),
    ...(cancel && {
      async cancel(operation: Json) {
        cancelled.push(operation)
        return cancel()
      },
    }),
  }
}

async function bytesOf({ voiceTrack, drivingVideo, lastFrame }: Material): Promise<Readonly<Record<string, string>>> {
  const paths = { voiceTrack: voiceTrack?.path, drivingVideo: drivingVideo?.path, lastFrame }
  const bytes: Record<string, string> = {}
  for (const [name, path] of Object.entries(paths)) if (path !== undefined) bytes[name] = await readFile(path, 'utf8')
  return bytes
}

const addresses = (id: string): readonly ProviderOutput[] => [
  { role: 'video', url: `https://files.${id}.example/video.mp4` },
]

/** What the scripted provider says that it said. */
export const scriptedWords: TimedScript = {
  words: [
    { text: 'Hello ', startMs: 100, endMs: 500 },
    { text: 'there.', startMs: 500, endMs: 1100 },
  ],
  durationMs: 1500,
}

async function writeOutputs(scratch: string, words: boolean): Promise<readonly ProviderOutput[]> {
  const outputs = [
    { role: 'video' as const, file: join(scratch, 'video.mp4') },
    { role: 'thumbnail' as const, file: join(scratch, 'thumbnail.jpg') },
    ...(words ? [{ role: 'words' as const, file: join(scratch, 'words.json') }] : []),
  ]
  for (const { role, file } of outputs) {
    await writeFile(file, role === 'words' ? JSON.stringify(scriptedWords) : `bytes of the ${role}`)
  }
  return outputs
}
