/**
 * The veo3 contract: one POST takes photo and script, its job is polled until there is an address with the film. The factory
 * speaks it to any account that keeps to it: a second one, or another region, is another id with settings of its own.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { VendorFailure } from '../errors.ts'
import type { Ask, AskRequest } from '../network/ask.ts'
import { limitsOf } from './account-shape.ts'
import { type Model, sentSeconds } from './model.ts'
import type {
  AskedSettings,
  CallOutcome,
  CallPlan,
  Json,
  OperationStatus,
  Provider,
  SettingAdjustment,
} from './provider.ts'
import type { ProviderModule } from './provider-module.ts'
import { readEnd, readReply, requestIdOf, secondsUntil, toProgress, vendorFailure } from './veo3-answers.ts'
import { readVeo3Settings, type Veo3Settings, veo3Environment, veo3Mistakes, veo3Prices } from './veo3-settings.ts'
import { createVeo3Webhook } from './veo3-webhook.ts'
import { generatePayload, nearestAspectRatio, toGeneratePayload } from './veo3-wire.ts'

export interface Veo3Parts {
  readonly id: string
  readonly name: string
  readonly settings: Veo3Settings & { readonly API_KEY: string }
  readonly ask: Ask
  /** Primary subtags in which the length of speech can be foretold; the contract itself names no languages. */
  readonly languages: readonly string[]
  readonly now: () => Date
}

const generateCall: CallPlan = { name: 'generate' }

/** What is kept of a job until it ends. */
const operationSchema = z.strictObject({ jobId: z.string(), callId: z.string() })

/** The photo travels in the body. */
const submitTimeoutMs = 60_000
const lookTimeoutMs = 30_000
/** The guide's. */
const probeTimeoutMs = 10_000

/** What is known of its model, also where there is no key. */
export function veo3Model({
  id,
  name,
  settings,
  languages,
}: Pick<Veo3Parts, 'id' | 'name' | 'languages'> & { readonly settings: Veo3Settings }): Model {
  return {
    id: `${id}/veo3-talking`,
    name: `${name} talking photo`,
    provider: id,
    kind: 'video',
    drive: 'script',
    yields: 'talking-video',
    tier: 'standard',
    seconds: { min: 15, max: Math.min(60, settings.MAX_DURATION_SECONDS), whole: true },
    lengthToleranceSeconds: 1,
    languages,
    aspectRatios: ['1:1', '9:16', '16:9'],
    dedupesByKey: settings.IDEMPOTENT,
    runsHere: false,
    prices: veo3Prices(settings),
    // The guide's one sample: 47 s for 30 s of standard video.
    typicalWork: { startSeconds: 17, secondsPerSecond: { economy: 1, standard: 1, premium: 1 } },
  }
}

/** An account that speaks the contract, with variables of its own. */
export function veo3Account({
  id,
  name,
  prefix,
  onlyWithKey = false,
}: {
  readonly id: string
  readonly name: string
  readonly prefix: string
  /** Whether it is there only when its key is. */
  readonly onlyWithKey?: boolean
}): ProviderModule {
  return {
    id,
    environment: veo3Environment(prefix),
    mistakes: (environment) => veo3Mistakes(environment, prefix),
    entry({ environment, ask, languages, now }) {
      const { API_KEY, ...settings } = readVeo3Settings(environment, prefix)
      const models = [veo3Model({ id, name, settings, languages })]
      const entry = { id, name, keyNames: [`${prefix}API_KEY`], models }
      if (API_KEY === undefined) {
        return onlyWithKey ? null : { ...entry, provider: null, missing: `${prefix}API_KEY is not set` }
      }
      const provider = createVeo3Provider({ id, name, settings: { ...settings, API_KEY }, ask, languages, now })
      return { ...entry, provider, missing: null, defaultQuality: settings.DEFAULT_QUALITY }
    },
  }
}

export function createVeo3Provider(parts: Veo3Parts): Provider {
  const { id, settings, ask, now } = parts
  const model = veo3Model(parts)
  const request = (
    more: Pick<AskRequest, 'method' | 'path' | 'timeoutMs' | 'signal' | 'json'>,
    headers: Record<string, string> = {},
  ) =>
    ask({
      ...more,
      baseUrl: settings.API_BASE_URL,
      headers: { authorization: `Bearer ${settings.API_KEY}`, ...headers },
    })
  const onJob = (method: 'GET' | 'DELETE', path: string, operation: Json, signal: AbortSignal) => {
    const { jobId, callId } = operationSchema.parse(operation)
    const filled = path.replace('{job_id}', encodeURIComponent(jobId))
    return request({ method, path: filled, timeoutMs: lookTimeoutMs, signal }, { 'x-request-id': callId })
  }

  return {
    id,
    models: [model],
    limits: limitsOf(settings),
    polling: { firstSeconds: 10, everySeconds: 5, growth: 1.5, slowestSeconds: 15 },

    adjust: (asked) => adjustments(asked, model),
    plan: () => generateCall,
    next: (_request, ended) => (ended.length > 0 ? 'done' : generateCall),

    async start(_call, speaking, { idempotencyKey, signal, callbackUrl }): Promise<CallOutcome> {
      const photo = await readFile(speaking.photo.path)
      // Without a secret nobody could tell a webhook of theirs from anybody's.
      const where = settings.WEBHOOK_SECRET.length > 0 ? callbackUrl : null
      const payload = generatePayload.safeParse(toGeneratePayload(speaking, photo, { model, callbackUrl: where }))
      if (!payload.success) throw new VendorFailure('bad-input', { cause: payload.error })
      const answer = await request(
        { method: 'POST', path: settings.GENERATE_PATH, json: payload.data, timeoutMs: submitTimeoutMs, signal },
        { 'idempotency-key': idempotencyKey, 'x-request-id': idempotencyKey },
      )
      const reply = readReply(answer, now())
      const requestId = reply.request_id ?? requestIdOf(answer)
      const names = {
        ...(requestId !== null && { requestId }),
        ...(reply.job_id !== undefined && { jobId: reply.job_id }),
      }
      const ended = readEnd(answer, reply)
      if (ended?.kind === 'failed') throw ended.failure
      if (ended) return { ...ended, kind: 'finished', ...names }
      if (reply.job_id === undefined) throw vendorFailure('bad-answer', answer, 'names no job')
      const etaSeconds = secondsUntil(reply.estimated_completion_time, now())
      return {
        kind: 'operation',
        operation: { jobId: reply.job_id, callId: idempotencyKey },
        ...(etaSeconds !== null && { etaSeconds }),
        ...names,
      }
    },

    async status(operation, { signal }): Promise<OperationStatus> {
      const answer = await onJob('GET', settings.STATUS_PATH, operation, signal)
      if (answer.status === 404 || answer.status === 410) {
        return { kind: 'failed', failure: vendorFailure('vendor-failed', answer, 'does not know the job') }
      }
      const reply = readReply(answer, now())
      return readEnd(answer, reply) ?? { kind: 'pending', progress: toProgress(reply) }
    },

    async cancel(operation, { signal }): Promise<boolean> {
      const answer = await onJob('DELETE', '/video/jobs/{job_id}', operation, signal)
      if (answer.status === 404 || answer.status === 405) return false
      return readReply(answer, now(), {}).status !== 'completed'
    },

    ...(settings.WEBHOOK_SECRET.length > 0 && { webhook: createVeo3Webhook(settings.WEBHOOK_SECRET) }),

    async probe({ signal }) {
      const { status } = await request({ method: 'GET', path: '/health', timeoutMs: probeTimeoutMs, signal })
      return { status }
    },
  }
}

function adjustments(asked: AskedSettings, model: Model): readonly SettingAdjustment[] {
  const { speechSeconds, aspectRatio, photo, voice, language, burnSubtitles } = asked
  const seconds = sentSeconds(model, speechSeconds)
  const told: (SettingAdjustment | false)[] = [
    speechSeconds < model.seconds.min && {
      setting: 'duration',
      asked: Math.round(speechSeconds * 10) / 10,
      used: seconds,
      why: `This provider makes no video shorter than ${seconds} seconds; that is what it takes its price for.`,
    },
    aspectRatio === null && {
      setting: 'aspect_ratio',
      asked: null,
      used: nearestAspectRatio(photo),
      why: "This provider knows three shapes; this one is the nearest to the photo's own.",
    },
    photo.face !== 0 && {
      setting: 'face',
      asked: photo.face,
      used: null,
      why: 'This provider chooses by itself which face speaks.',
    },
    { setting: 'voice', asked: voice, used: null, why: 'This provider speaks with a voice of its own choice.' },
    language !== 'en' && {
      setting: 'language',
      asked: language,
      used: null,
      why: 'This provider is told the words, not the language, and names none that it speaks.',
    },
    burnSubtitles && {
      setting: 'burn_subtitles',
      asked: true,
      used: false,
      why: 'This provider does not write into the picture.',
    },
  ]
  return told.filter((adjustment) => adjustment !== false)
}
