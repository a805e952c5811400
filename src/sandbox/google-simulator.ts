/**
 * A strict simulator of Google's video models: Veo by long-running operations, Gemini Omni by interactions, their files, their
 * models and their static webhooks.
 *
 *   const simulator = await createGoogleSimulator({ clock, makeMedia, key: 'k', webhookSecret: 'whsec_…' })
 *   const { apiUrl } = await simulator.listen()                     // the base URL: no path below it
 *   …
 *   expect(simulator.control.state().paid)                          // by model, picture and prompt: none of them twice
 *
 * What is spoken in a film stands in double quotes in its prompt; faults (`[[…]]`) may stand there too. Beside those of every
 * simulator: `fail:audio` (filtered for its sound), `fail:deadline|unavailable|overloaded|invalid` (an operation's error),
 * `fail:incomplete|budget_exceeded|requires_action` (an interaction's end), `http:429:code=per_day`, `http:503:code=front_end` (within an
 * array), `http:400:on=status` (in passing); of its own kind `retired:<model>`: that model is not there any more. `file:redirect`
 * leads from the API to a signed address at another origin, where the key must not come.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Asked } from './answer-api.ts'
import { holdTo, readJson } from './check-body.ts'
import type { RouteDeclaration } from './check-request.ts'
import { isWire } from './fault-book.ts'
import { geminiErrorBody, wrongGeminiKey } from './gemini-errors.ts'
import { interactionBody, type MadeBy, operationBody, operationNameOf } from './google-answers.ts'
import { type AskedClip, readOmni, readVeo, videoModels } from './google-bodies.ts'
import { createGoogleWebhooks } from './google-webhooks.ts'
import { createJobs, find, type Job } from './jobs.ts'
import { createMediaFiles, serveFile } from './media-files.ts'
import type { MakeMedia } from './media-maker.ts'
import { invalid, Refusal } from './refusal.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { type Answer, strike } from './strike.ts'

export interface GoogleSimulatorOptions extends SimulatorOptions {
  readonly makeMedia: MakeMedia
  /** 'whsec_' and base64, as `POST /v1beta/webhooks` answers it. */
  readonly webhookSecret: string
  /** How long a clip takes. Default: the least that is documented, 11 s. */
  readonly jobMs?: number
}

const [maxBytes, maxJobs] = [20 * 1024 * 1024, 1000]
const filesLiveMs = 2 * 24 * 60 * 60 * 1000
const [fps, kilobits] = [24, 4000]

const model = '([\\w.-]{1,100})'
const id = '([\\w-]{1,128})'
const route = (
  [method, path]: readonly [RouteDeclaration['method'], string],
  place: RouteDeclaration['place'],
  pattern: string,
  more: Pick<RouteDeclaration, 'query' | 'body'> = {},
): RouteDeclaration => ({
  name: `${method} ${path}`,
  method,
  place,
  pattern: new RegExp(`^/v1beta/${pattern}$`),
  ...more,
})

const routes = {
  predict: route(['POST', '/models/{model}:predictLongRunning'], 'submit', `models/${model}:predictLongRunning`),
  operation: route(['GET', '/models/{model}/operations/{id}'], 'status', `models/${model}/operations/${id}`),
  model: route(['GET', '/models/{model}'], 'health', `models/${model}`),
  interact: route(['POST', '/interactions'], 'submit', 'interactions'),
  interaction: route(['GET', '/interactions/{id}'], 'status', `interactions/${id}`, { query: ['stream'] }),
  cancel: route(['POST', '/interactions/{id}/cancel'], 'cancel', `interactions/${id}/cancel`, { body: 'own' }),
  download: route(['GET', '/files/{id}:download'], 'media', `files/${id}:download`, { query: ['alt'] }),
  webhooks: route(['POST', '/webhooks'], 'prepare', 'webhooks'),
} as const

const events = ['video.generated', 'interaction.completed', 'interaction.failed', 'interaction.requires_action', 'interaction.cancelled'] as const // biome-ignore format: one list
const webhookBody = z.strictObject({
  uri: z.url(),
  subscribed_events: z.array(z.enum(events)).min(1),
  name: z.string().optional(),
})

export function createGoogleSimulator(options: GoogleSimulatorOptions): Promise<Simulator> {
  return createSimulator({ name: 'google', ...options }, { ownFaults: ['retired'] }, (ground) => {
    const { clock, random, directory, faults, records, log, profile } = ground
    const madeBy = new Map<string, MadeBy>()
    // Small letters and digits: the vendor's own library takes anything else for the end of a file's name.
    let count = 0
    const newId = () => `clip${++count}x${Math.floor(random() * 0x10000).toString(16)}`
    const jobs = createJobs({
      name: ground.name,
      clock,
      makeMedia: options.makeMedia,
      directory,
      jobMs: (options.jobMs ?? 11_000) * profile.slowness,
      maxJobs,
      waitForMedia: true,
      random,
      onMediaFailed: (jobId, error) => log({ event: 'media_failed', jobId, error: String(error) }),
    })
    const webhooks = createGoogleWebhooks({ secret: options.webhookSecret, clock, jobs })
    const bodyOf = (job: Job, by: MadeBy) =>
      (by.wire === 'veo' ? operationBody : interactionBody)(job, jobs.stateOf(job), by)

    const checkModel = (name: string, wire?: MadeBy['wire']): void => {
      const found = Object.hasOwn(videoModels, name) ? videoModels[name] : undefined
      const isHere = found && (wire === undefined || found.wire === wire) && faults.own('retired', '', []) !== name
      if (isHere) return
      const message = `models/${name} is not found for API version v1beta, or is not supported for this method.`
      throw new Refusal({ status: 404, code: 'not_found', message })
    }

    const submit = async (asked: Asked, by: MadeBy, clip: AskedClip): Promise<Answer> => {
      const { spoken, faults: ordered } = faults.read(clip.prompt, 'prompt')
      const hash = createHash('sha256').update(clip.image.bytes).update(clip.prompt).digest('hex').slice(0, 16)
      const paidFor = `${by.model} ${hash}`
      const finish = strike(faults.wire('submit', paidFor, ordered))
      if (!jobs.makeRoom()) throw new Refusal({ status: 429, code: 'rate_limited', message: 'Too many are under way.' })
      const job = jobs.accept({
        id: newId(),
        paidFor,
        requestId: asked.requestId,
        media: {
          photo: clip.image.bytes,
          photoFormat: clip.image.type,
          script: /"([^"]+)"/.exec(spoken)?.[1]?.trim() || spoken,
          voice: { speed: 1, pitch: 0 },
          lipSync: true,
          animationStrength: 1,
          seconds: clip.seconds,
          width: clip.width,
          height: clip.height,
          fps,
          maxKilobitsPerSecond: kilobits,
        },
        effects: faults.job(paidFor, ordered).map(({ job: effect }) => effect),
        wireFaults: ordered.filter(isWire).filter(({ on }) => on !== 'submit'),
      })
      madeBy.set(job.id, by)
      webhooks.follow(job, by)
      if (by.wire === 'veo') return finish({ status: 200, body: { name: operationNameOf(job, by) } })
      if (find(job.effects, 'sync')) await job.files
      return finish({ status: 200, body: bodyOf(job, by) })
    }

    const onJob = async (place: 'status' | 'cancel', jobId: string, wire: MadeBy['wire']): Promise<Answer> => {
      const job = jobs.get(jobId)
      const by = madeBy.get(jobId)
      const finish = strike(faults.wire(place, jobId, job?.wireFaults ?? []))
      if (!job || by?.wire !== wire) {
        if (wire === 'veo') throw new Refusal({ status: 404, code: 'not_found', message: 'Operation not found.' })
        throw new Refusal({ status: 400, code: 'invalid_request', message: 'Invalid interaction name' })
      }
      if (place === 'cancel') jobs.cancel(job)
      await jobs.settledState(job)
      return finish({ status: 200, body: bodyOf(job, by) })
    }

    const download = async ({ request, route: { ids, parameters } }: Asked): Promise<Answer> => {
      const job = jobs.get(ids[0] ?? '')
      const fault = faults.wire('media', job?.id ?? '', job?.wireFaults ?? [])
      const cutsHalfway = fault?.wire.kind === 'cut' || fault?.wire.kind === 'broken-json'
      if (!cutsHalfway) strike(fault)
      const defect = job && find(job.effects, 'file')?.defect
      const state = job && jobs.stateOf(job)
      const files = state?.status === 'completed' ? await job?.files : null
      const isOld = clock.now().getTime() > (state?.endedMs ?? 0) + filesLiveMs
      if (!job || !files || defect === 'missing' || defect === 'expired' || isOld)
        throw new Refusal({ status: 404, code: 'not_found', message: 'The file is not there, or not any more.' })
      if (parameters.get('alt') !== 'media')
        return { status: 200, body: { name: `files/${job.id}`, mimeType: 'video/mp4' } }
      const serving = { request, file: files.video, type: 'video/mp4', cutsHalfway, defect, clock }
      const redirectTo = () => `${ground.mediaUrl()}/signed/${job.id}.mp4?token=${createHash('sha256').update(job.id).digest('hex').slice(0, 24)}` // biome-ignore format: one address
      return { status: 200, serve: (response: ServerResponse) => serveFile({ ...serving, response, redirectTo }) }
    }

    const register = async ({ request, onMistake }: Asked): Promise<Answer> => {
      const body = holdTo(webhookBody, await readJson(request, maxBytes), onMistake)
      if (!webhooks.register(body.uri, body.subscribed_events))
        throw new Refusal({ status: 429, code: 'rate_limited', message: 'There are too many webhooks.' })
      const { name = 'webhook' } = body
      return { status: 200, body: { ...body, name, new_signing_secret: options.webhookSecret } }
    }

    const answer = async (asked: Asked): Promise<Answer> => {
      const [first = '', second = ''] = asked.route.ids
      switch (asked.route.name) {
        case routes.predict.name: {
          const json = await readJson(asked.request, maxBytes)
          checkModel(first, 'veo')
          const clip = readVeo.toClip(holdTo(readVeo.schema, json, asked.onMistake), first)
          return submit(asked, { wire: 'veo', model: first }, clip)
        }
        case routes.interact.name: {
          const body = holdTo(readOmni.schema, await readJson(asked.request, maxBytes), asked.onMistake)
          checkModel(body.model, 'omni')
          return submit(asked, { wire: 'omni', model: body.model }, readOmni.toClip(body))
        }
        case routes.operation.name:
          return onJob('status', second, 'veo')
        case routes.interaction.name:
          return onJob('status', first, 'omni')
        case routes.cancel.name:
          return onJob('cancel', first, 'omni')
        case routes.download.name:
          return download(asked)
        case routes.webhooks.name:
          return register(asked)
        default: {
          checkModel(first)
          const body = { name: `models/${first}`, displayName: first }
          return strike(faults.wire('health', '', []))({ status: 200, body })
        }
      }
    }

    return {
      basePath: '',
      routes: Object.values(routes),
      // The vendor's own library names itself in a second header, and sends a cookie header with nothing in it.
      rules: { key: { header: 'x-goog-api-key', refusal: wrongGeminiKey }, headers: ['x-goog-api-client', 'cookie'] },
      check({ headers }, { parameters }) {
        if (headers.cookie) throw invalid('header cookie', 'is not in the contract')
        if ((parameters.get('stream') ?? 'false') !== 'false') throw invalid('query stream', 'is not simulated')
      },
      requestIdHeader: null,
      answer,
      errorBody: geminiErrorBody,
      answerMedia: createMediaFiles({
        clock,
        jobs,
        faults,
        records,
        find(url) {
          const job = jobs.get(/^\/signed\/([\w-]{1,128})\.mp4\?token=[\da-f]{24}$/.exec(url)?.[1] ?? '')
          // The step was made: the second address is an honest one.
          return job ? { job: { ...job, effects: [] }, isVideo: true } : null
        },
        redirectTo: ground.apiUrl,
      }),
      jobs,
      deliveries: webhooks.deliveries,
      settled: webhooks.settled,
      close: webhooks.close,
    }
  })
}
