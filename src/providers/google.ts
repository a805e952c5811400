/**
 * Google's video models in two wires: Veo by long-running operations, Gemini Omni by interactions. Either makes clips of a few
 * seconds that begin with a picture: the photo, then what the clip before ended with. There is no key by which a repeated
 * submission would be known, and nothing to look it up by.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { VendorFailure } from '../errors.ts'
import type { Answer, Ask, AskRequest } from '../network/ask.ts'
import type { OpenFile } from '../network/open-file.ts'
import { limitsOf } from './account-shape.ts'
import { geminiFailure, geminiRefusal } from './gemini-answers.ts'
import { googleAdjustments, shapeFor } from './google-adjustments.ts'
import { callOf, clipPrompt, clipsOf, indexOfCall } from './google-clips.ts'
import { googleFacts, googleModels, wireOf } from './google-models.ts'
import {
  type GoogleClip,
  interactionId,
  isUnknownInteraction,
  omniReply,
  omniRequest,
  readOmniEnd,
  toOmniRequest,
} from './google-omni.ts'
import {
  type GoogleSettings,
  googleEnvironment,
  googleKeyNames,
  googleMistakes,
  googleUrl,
  readGoogleSettings,
} from './google-settings.ts'
import { operationName, readVeoEnd, toVeoRequest, veoReply, veoRequest } from './google-veo.ts'
import { createGoogleWebhook } from './google-webhook.ts'
import type { CallOutcome, CallResult, Json, OperationStatus, Provider } from './provider.ts'
import type { ProviderModule } from './provider-module.ts'

const id = 'google'

/** What is kept of a clip until it is done. */
const operationSchema = z.discriminatedUnion('wire', [
  z.strictObject({ wire: z.literal('veo'), name: operationName }),
  z.strictObject({ wire: z.literal('omni'), id: interactionId }),
])
const openedSchema = z.strictObject({ path: z.string() })

/** The picture travels in the body. */
const submitTimeoutMs = 60_000
const lookTimeoutMs = 30_000
/** As it travels, in base64; what a request may hold is not documented for these, 20 MB elsewhere at this vendor. */
const mostImageCharacters = 14_000_000

export interface GoogleParts {
  readonly settings: GoogleSettings
  readonly ask: Ask
  readonly openFile?: OpenFile
  /** Primary subtags in which the length of speech can be foretold. */
  readonly languages: readonly string[]
  readonly now: () => Date
}

export const google: ProviderModule = {
  id,
  environment: googleEnvironment,
  mistakes: googleMistakes,
  entry({ environment, ask, openFile, languages, now }) {
    const settings = readGoogleSettings(environment)
    const entry = { id, name: 'Google', keyNames: googleKeyNames, models: googleFacts(languages) }
    if (!settings) return { ...entry, provider: null, missing: `${googleKeyNames[0]} is not set` }
    const provider = createGoogleProvider({ settings, ask, ...(openFile && { openFile }), languages, now })
    return { ...entry, provider, missing: null, defaultQuality: settings.DEFAULT_QUALITY }
  },
}

export function createGoogleProvider({ settings, ask, openFile, languages, now }: GoogleParts): Provider {
  const models = googleModels(languages)
  const headers = { 'x-goog-api-key': settings.key }
  const request = (more: Omit<AskRequest, 'baseUrl' | 'headers'>) =>
    ask({ ...more, baseUrl: settings.API_BASE_URL, headers })
  const modelOf = (model: string) => {
    const found = models.find((each) => each.id === model)
    if (!found) throw new Error(`${model} is not a model of this provider`)
    return found
  }
  const lookAtModel = (model: string, signal: AbortSignal) =>
    request({ method: 'GET', path: `/v1beta/models/${idAtGoogle(model)}`, timeoutMs: lookTimeoutMs, signal })
  const refused = (answer: Answer) => (isSuccess(answer) ? null : geminiRefusal(answer, now()))

  const submit = async (clip: GoogleClip, signal: AbortSignal) => {
    const isVeo = wireOf(`${id}/${clip.model}`) === 'veo'
    const body = isVeo ? veoRequest.safeParse(toVeoRequest(clip)) : omniRequest.safeParse(toOmniRequest(clip))
    if (!body.success) throw new VendorFailure('bad-input', { cause: body.error })
    const path = isVeo ? `/v1beta/models/${clip.model}:predictLongRunning` : '/v1beta/interactions'
    const answer = await request({ method: 'POST', path, json: body.data, timeoutMs: submitTimeoutMs, signal })
    const refusal = refused(answer)
    if (refusal) throw refusal
    return { answer, isVeo }
  }

  return {
    id,
    models,
    limits: limitsOf(settings),
    polling: { firstSeconds: 10, everySeconds: 10, growth: 1.2, slowestSeconds: 20 },

    adjust: (asked) => googleAdjustments(asked, modelOf(asked.model)),
    plan: (speaking) => callOf(clipsOf(speaking, modelOf(speaking.model)), 0),
    next(speaking, ended) {
      const clips = clipsOf(speaking, modelOf(speaking.model))
      return ended.length < clips.length ? callOf(clips, ended.length) : 'done'
    },

    async start(call, speaking, { signal, material }): Promise<CallOutcome> {
      const clips = clipsOf(speaking, modelOf(speaking.model))
      const index = indexOfCall(call.name, clips)
      const picture = index === 0 ? speaking.photo.path : material.lastFrame
      if (picture === undefined) throw new Error(`${call.name} has no picture to go on from`)
      const image = await readFile(picture)
      if ((image.length / 3) * 4 > mostImageCharacters)
        throw new VendorFailure('too-large', { cause: new Error(`the picture is ${image.length} bytes`) })
      const { answer, isVeo } = await submit(
        {
          model: idAtGoogle(speaking.model),
          prompt: clipPrompt(clips[index]!, index, speaking),
          image,
          seconds: clips[index]!.seconds,
          aspectRatio: shapeFor(speaking),
        },
        signal,
      )
      if (isVeo) {
        const { name } = veoReply.safeParse(answer.json).data ?? {}
        if (name === undefined) throw geminiFailure('bad-answer', answer, 'names no operation')
        return { kind: 'operation', operation: { wire: 'veo', name }, jobId: name }
      }
      const reply = omniReply.safeParse(answer.json).data
      if (reply?.id === undefined) throw geminiFailure('bad-answer', answer, 'names no interaction')
      const end = readOmniEnd(answer, reply)
      if (end && 'failure' in end) throw end.failure
      if (end) return { kind: 'finished', jobId: reply.id, ...resultOf(end, settings.API_BASE_URL) }
      return { kind: 'operation', operation: { wire: 'omni', id: reply.id }, jobId: reply.id }
    },

    async status(operation, { signal }): Promise<OperationStatus> {
      const kept = operationSchema.parse(operation)
      const path = kept.wire === 'veo' ? `/v1beta/${kept.name}` : `/v1beta/interactions/${kept.id}`
      const answer = await request({ method: 'GET', path, timeoutMs: lookTimeoutMs, signal })
      const isUnknown = kept.wire === 'veo' ? answer.status === 404 : isUnknownInteraction(answer)
      if (isUnknown)
        return { kind: 'failed', failure: geminiFailure('vendor-failed', answer, 'does not know the clip') }
      const refusal = refused(answer)
      // Interactions answer so in passing: the clip is made, and billed, all the same.
      if (refusal?.fault === 'bad-input' && kept.wire === 'omni')
        throw geminiFailure('server-error', answer, 'is a bad request, for now')
      if (refusal) throw refusal
      const end = kept.wire === 'veo' ? readVeo(answer) : readOmni(answer)
      if (!end) return { kind: 'pending', progress: null }
      return 'failure' in end ? end : { kind: 'completed', ...resultOf(end, settings.API_BASE_URL) }
    },

    async open(output, { signal }) {
      if (!openFile) throw new Error('nothing is opened here')
      const { path } = openedSchema.parse(output)
      return openFile({ baseUrl: settings.API_BASE_URL, path, headers, signal })
    },

    async cancel(operation, { signal }): Promise<boolean> {
      const kept = operationSchema.parse(operation)
      // Veo's operations go on, and are billed, whatever is asked.
      if (kept.wire === 'veo') return false
      const path = `/v1beta/interactions/${kept.id}/cancel`
      const answer = await request({ method: 'POST', path, timeoutMs: lookTimeoutMs, signal })
      if (answer.status === 400 || answer.status === 404 || answer.status === 409) return false
      const refusal = refused(answer)
      if (refusal) throw refusal
      return omniReply.safeParse(answer.json).data?.status === 'cancelled'
    },

    ...(settings.WEBHOOK_SECRET.length > 0 && { webhook: createGoogleWebhook(settings.WEBHOOK_SECRET) }),

    async knows(model, { signal }) {
      const answer = await lookAtModel(model, signal)
      if (answer.status === 404) return false
      const refusal = refused(answer)
      if (refusal) throw refusal
      return true
    },

    async probe({ signal }) {
      const { status } = await lookAtModel(models[0]!.id, signal)
      return { status }
    },
  }
}

function readVeo(answer: Answer) {
  const reply = veoReply.safeParse(answer.json).data
  if (!reply) throw geminiFailure('bad-answer', answer, 'is no JSON object')
  return readVeoEnd(answer, reply)
}

function readOmni(answer: Answer) {
  const reply = omniReply.safeParse(answer.json).data
  if (!reply) throw geminiFailure('bad-answer', answer, 'is no JSON object')
  return readOmniEnd(answer, reply)
}

/** A file of the API is opened with the key, wherever the API is configured to be; one elsewhere is anybody's. */
function resultOf(
  { uri, cost }: { readonly uri: string; readonly cost?: NonNullable<CallResult['cost']> },
  configuredUrl: string,
): CallResult {
  const path = pathAtApi(uri, [new URL(configuredUrl).origin, googleUrl])
  const output = path === null ? { url: uri } : { opened: { path } satisfies Json }
  return { outputs: [{ role: 'video', ...output }], ...(cost && { cost }) }
}

function pathAtApi(uri: string, origins: readonly string[]): string | null {
  if (!URL.canParse(uri)) return null
  const { origin, pathname, searchParams } = new URL(uri)
  if (!origins.includes(origin) || !/^\/v1(beta)?\/files\/[\w-]{1,200}(:download)?$/.test(pathname)) return null
  return `${pathname.replace(/(:download)?$/, ':download')}?alt=${searchParams.get('alt') ?? 'media'}`
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

function idAtGoogle(model: string): string {
  return model.slice(id.length + 1)
}
