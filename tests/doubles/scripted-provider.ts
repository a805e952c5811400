/** A provider that does what the test says, strictly to the port: it refuses what the core must never ask of it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimedScript } from '../../src/captions/time-script.ts'
import { VendorFailure } from '../../src/errors.ts'
import type { Model } from '../../src/providers/model.ts'
import type {
  CallContext,
  CallOutcome,
  Json,
  OperationStatus,
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
}

export interface ScriptedProvider extends Provider {
  /** Every `start`, in order. */
  readonly started: readonly ScriptedCall[]
  readonly polled: readonly Json[]
  readonly found: readonly string[]
  readonly cancelled: readonly Json[]
}

type Behaviour = (context: CallContext) => Promise<'finish' | { readonly operation: Json; readonly jobId?: string }>

export function createScriptedProvider(
  id: string,
  {
    start = async () => 'finish',
    status,
    calls = ['render'],
    model = {},
    words = true,
    limits = {},
    foreign = false,
    find,
    cancel,
  }: {
    readonly start?: Behaviour
    /** Answers of successive polls. */
    readonly status?: readonly (Exclude<OperationStatus, { kind: 'completed' }> | 'completed' | VendorFailure)[]
    readonly calls?: readonly string[]
    readonly model?: Partial<Model>
    readonly limits?: Partial<ProviderLimits>
    /** Its files are at addresses of its own. */
    readonly foreign?: boolean
    readonly find?: (key: string) => Promise<CallOutcome | null>
    readonly cancel?: () => Promise<boolean>
    /** False: it does not tell the times of its words. */
    readonly words?: boolean
  } = {},
): ScriptedProvider {
  const started: ScriptedCall[] = []
  const polled: Json[] = []
  const found: string[] = []
  const cancelled: Json[] = []
  const outputs = (scratch: string) => (foreign ? addresses(id) : writeOutputs(scratch, words))
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
    adjust: () => [],
    plan: () => ({ name: calls[0]! }),
    next: (_request, finished) => {
      const name = calls[finished.length]
      return name === undefined ? 'done' : { name }
    },
    async start(call, _request, context) {
      context.signal.throwIfAborted()
      started.push({ key: context.idempotencyKey, name: call.name })
      const outcome = await start(context)
      if (outcome !== 'finish') return { kind: 'operation', ...outcome }
      return { kind: 'finished', outputs: await outputs(context.scratch) }
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
