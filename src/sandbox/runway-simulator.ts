/**
 * A strict simulator of Runway's API for what lets a photo speak: uploads, avatars, their videos, performances, tasks and the
 * organization. Used like createVeo3Simulator; docs/sandbox.md lists the faults of its own. `avatars()` names those that nobody
 * has deleted yet.
 *
 * What the vendor does not publish is the sandbox's own here and nowhere else: what an avatar's video costs, how large it is, how
 * long an avatar takes to be made.
 */
import type { IncomingMessage } from 'node:http'
import type { Asked } from './answer-api.ts'
import { holdTo, imageTypeOf, readJson } from './check-body.ts'
import type { Route, RouteDeclaration } from './check-request.ts'
import { createJobs } from './jobs.ts'
import { createMediaFiles } from './media-files.ts'
import type { MakeMedia, MediaRequest } from './media-maker.ts'
import { invalid, Refusal } from './refusal.ts'
import { createRunwayAvatars } from './runway-avatars.ts'
import { apiVersion, avatarBody, avatarVideoBody, performanceBody, uploadBody } from './runway-bodies.ts'
import { createRunwayTasks } from './runway-tasks.ts'
import { createRunwayUploads, secondsOfMp4, secondsOfWav } from './runway-uploads.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { type Answer, strike } from './strike.ts'

export interface RunwaySimulatorOptions extends SimulatorOptions {
  readonly makeMedia: MakeMedia
  /** How long a task takes once it runs. Default 12 s. */
  readonly jobMs?: number
  /** How long an avatar is made; 0: it is ready in the answer. Default 4 s. */
  readonly avatarMs?: number
  /** Tasks that run at once. Default 2. */
  readonly maxRunning?: number
  /** Tasks in 24 hours. Default 200. */
  readonly maxDaily?: number
  /** Default 1 000 000. */
  readonly credits?: number
  /** As createVeo3Simulator's. */
  readonly waitForMedia?: boolean
}

export type RunwaySimulator = Simulator & { readonly avatars: () => readonly string[] }

const id = '([\\w-]{1,128})'
const routes: readonly RouteDeclaration[] = [
  { method: 'POST', name: 'POST /v1/uploads', place: 'prepare', pattern: /^\/v1\/uploads$/ },
  { method: 'POST', name: 'POST /v1/avatars', place: 'prepare', pattern: /^\/v1\/avatars$/ },
  { method: 'GET', name: 'GET /v1/avatars/{id}', place: 'prepare', pattern: new RegExp(`^/v1/avatars/${id}$`) },
  { method: 'DELETE', name: 'DELETE /v1/avatars/{id}', place: 'prepare', pattern: new RegExp(`^/v1/avatars/${id}$`) },
  { method: 'POST', name: 'POST /v1/avatar_videos', place: 'submit', pattern: /^\/v1\/avatar_videos$/ },
  { method: 'POST', name: 'POST /v1/character_performance', place: 'submit', pattern: /^\/v1\/character_performance$/ },
  { method: 'GET', name: 'GET /v1/tasks/{id}', place: 'status', pattern: new RegExp(`^/v1/tasks/${id}$`) },
  { method: 'DELETE', name: 'DELETE /v1/tasks/{id}', place: 'cancel', pattern: new RegExp(`^/v1/tasks/${id}$`) },
  { method: 'GET', name: 'GET /v1/organization', place: 'health', pattern: /^\/v1\/organization$/ },
]

/** What the vendor's own SDK says of itself. */
const sdkHeaders = ['lang', 'package-version', 'os', 'arch', 'runtime', 'runtime-version', 'retry-count', 'timeout']

/** Everything but a media file; a data URI of 5 MB fits. */
const mostBodyBytes = 12 * 1024 * 1024
const charactersPerSecond = 15
const avatarSize = { width: 960, height: 960 }

export async function createRunwaySimulator(options: RunwaySimulatorOptions): Promise<RunwaySimulator> {
  const { jobMs = 12_000, avatarMs = 4000, maxRunning = 2, maxDaily = 200, credits = 1_000_000 } = options
  let avatarIds = (): readonly string[] => []
  const ownFaults = ['throttled', 'quota', 'credits', 'avatar', 'upload']
  const simulator = await createSimulator({ name: 'runway', ...options }, { ownFaults }, (ground) => {
    const { clock, random, directory, faults, records, log } = ground
    const jobs = createJobs({
      name: ground.name,
      clock,
      makeMedia: options.makeMedia,
      directory,
      jobMs: jobMs * ground.profile.slowness,
      maxJobs: 1000,
      waitForMedia: options.waitForMedia ?? true,
      random,
      onMediaFailed: (jobId, error) => log({ event: 'media_failed', jobId, error: String(error) }),
    })
    const newId = () => uuidOf(random)
    const uploads = createRunwayUploads(ground)
    const avatars = createRunwayAvatars({ clock, faults, newId, avatarMs })
    avatarIds = avatars.list
    const tasks = createRunwayTasks({ ground, jobs, newId, key: options.key, maxRunning, maxDaily, credits })
    const answerMedia = createMediaFiles({
      clock,
      jobs,
      faults,
      records,
      find: tasks.findOutput,
      redirectTo: () => `${ground.apiUrl()}/v1/organization`,
    })

    const readVideo = async (asked: Asked) => {
      const body = holdTo(avatarVideoBody, await readJson(asked.request, mostBodyBytes), asked.onMistake)
      const { speech } = body
      const photo = avatars.imageOf(body.avatar.avatarId)
      if (speech.type === 'text') {
        const { spoken, faults: ordered } = faults.read(speech.text, 'speech.text')
        const seconds = Math.max(1, spoken.length / charactersPerSecond)
        return { model: body.model, ordered, media: filmOf({ photo, script: spoken, seconds, ...avatarSize }) }
      }
      const sound = uploads.take(speech.audio, 'audio')
      const seconds = secondsOfWav(sound) ?? 5
      const media = filmOf({ photo, script: '', speech: sound, seconds, ...avatarSize })
      return { model: body.model, ordered: [], media }
    }
    const readPerformance = async (asked: Asked) => {
      const body = holdTo(performanceBody, await readJson(asked.request, mostBodyBytes), asked.onMistake)
      const { character, reference, ratio = '1280:720' } = body
      const photo = uploads.take(character.uri, character.type)
      const performance = uploads.take(reference.uri, 'video')
      const seconds = secondsOfMp4(performance) ?? 0
      if (seconds < 3 || seconds > 30) {
        throw new Refusal({ status: 400, code: 'invalid_asset', message: 'The reference must last 3 to 30 seconds.' })
      }
      const [width = 0, height = 0] = ratio.split(':').map(Number)
      return {
        model: body.model,
        ordered: [],
        media: filmOf({ photo, script: '', performance, seconds, width, height }),
      }
    }

    const submit = async (asked: Asked, read: typeof readVideo | typeof readPerformance): Promise<Answer> => {
      const { model, ordered, media } = await read(asked)
      const finish = strike(faults.wire('submit', asked.requestId, ordered))
      const task = tasks.accept({ model, media, requestId: asked.requestId, faults: ordered })
      const estimate = model === 'act_two' && { estimatedCost: tasks.estimateOf(task) }
      return finish({ status: 200, body: { id: task, ...estimate } })
    }

    const prepare = async ({ request, route, onMistake }: Asked): Promise<Answer> => {
      const [which = ''] = route.ids
      const finish = strike(faults.wire('prepare', '', []))
      switch (route.name) {
        case 'POST /v1/uploads': {
          const { filename } = holdTo(uploadBody, await readJson(request, mostBodyBytes), onMistake)
          return finish({ status: 200, body: uploads.open(filename) })
        }
        case 'POST /v1/avatars': {
          const body = holdTo(avatarBody, await readJson(request, mostBodyBytes), onMistake)
          const avatar = avatars.create(body, uploads.take(body.referenceImage, 'image'))
          return finish({ status: 200, body: avatars.describe(avatar) })
        }
        case 'DELETE /v1/avatars/{id}':
          avatars.delete(which)
          return finish({ status: 204 })
        default:
          return finish({ status: 200, body: avatars.describe(which) })
      }
    }

    const onTask = async ({ ids: [which = ''], place }: Route): Promise<Answer> => {
      const job = tasks.get(which)
      const finish = strike(faults.wire(place, job?.id ?? '', job?.wireFaults ?? []))
      if (!job) throw new Refusal({ status: 404, code: 'not_found', message: 'Task not found.' })
      if (place === 'cancel') {
        tasks.delete(job)
        return finish({ status: 204 })
      }
      tasks.look(job)
      return finish({ status: 200, body: await tasks.describe(job) })
    }

    const organization = () => ({
      creditBalance: tasks.balance(),
      tier: {
        maxMonthlyCreditSpend: 10_000,
        models: { act_two: { maxConcurrentGenerations: maxRunning, maxDailyGenerations: maxDaily } },
      },
      usage: { models: { act_two: { dailyGenerations: tasks.today() } } },
    })

    return {
      basePath: '',
      routes,
      rules: {
        key: { header: 'authorization', prefix: 'Bearer ' },
        headers: ['x-runway-version', ...sdkHeaders.map((name) => `x-stainless-${name}`)],
      },
      check: checkVersion,
      async answer(asked) {
        switch (asked.route.place) {
          case 'submit':
            return submit(asked, asked.route.name.endsWith('avatar_videos') ? readVideo : readPerformance)
          case 'prepare':
            return prepare(asked)
          case 'health':
            return strike(faults.wire('health', '', []))({ status: 200, body: organization() })
          default:
            return onTask(asked.route)
        }
      },
      errorBody: ({ message, field, code }) => {
        const issues = field === undefined ? undefined : [{ code, path: field.split('.'), message }]
        const error = issues ? 'Validation of body failed' : message
        return { type: 'application/json', text: JSON.stringify({ error, ...(issues && { issues }) }) }
      },
      answerMedia: (request, response) =>
        request.url?.startsWith('/ephemeral/') ? uploads.receive(request, response) : answerMedia(request, response),
      // None is documented.
      requestIdHeader: null,
      jobs,
    }
  })
  return Object.assign(simulator, { avatars: () => avatarIds() })
}

function checkVersion(request: IncomingMessage): void {
  const version = request.headers['x-runway-version']
  if (version === apiVersion) return
  throw invalid('header x-runway-version', version === undefined ? 'is missing' : `must be ${apiVersion}`)
}

type Film = Pick<MediaRequest, 'photo' | 'script' | 'seconds' | 'width' | 'height' | 'speech' | 'performance'>

function filmOf(film: Film): Omit<MediaRequest, 'defect' | 'directory' | 'signal'> {
  return {
    photoFormat: imageTypeOf(film.photo) ?? 'image/jpeg',
    voice: { speed: 1, pitch: 0 },
    lipSync: true,
    animationStrength: 1,
    fps: 24,
    maxKilobitsPerSecond: 4000,
    ...film,
  }
}

function uuidOf(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}
