/**
 * Runway: an avatar that is made of the photo speaks the words or our voice (`gwm1_avatars`), or the photo follows a driving
 * video that our renderer makes (`act_two`). Files go to an upload address of the moment first; the work is a task that is
 * looked at no more often than every 5 s, and its film lies at a signed address elsewhere. The vendor knows no idempotency
 * keys and sends no webhooks.
 */
import { stat } from 'node:fs/promises'
import { VendorFailure } from '../errors.ts'
import type { Ask, AskRequest } from '../network/ask.ts'
import type { SendForm } from '../network/send-form.ts'
import { limitsOf } from './account-shape.ts'
import type { CallContext, CallOutcome, Json, OperationStatus, Provider, SpeakingRequest } from './provider.ts'
import type { ProviderModule } from './provider-module.ts'
import { runwayAdjustments } from './runway-adjustments.ts'
import { estimateOf, readAvatar, readReply, readTask, refusal, vendorFailure } from './runway-answers.ts'
import { callAfter, firstCall, keptOf, operationSchema, type RunwayCall } from './runway-calls.ts'
import { audioAvatar, runwayFacts, runwayModels } from './runway-models.ts'
import {
  type RunwaySettings,
  readRunwaySettings,
  runwayEnvironment,
  runwayKeyNames,
  runwayMistakes,
} from './runway-settings.ts'
import {
  apiVersion,
  avatarBody,
  avatarReply,
  avatarVideoBody,
  performanceBody,
  presetVoice,
  taskReply,
  toRatio,
  uploadBody,
  uploadReply,
} from './runway-wire.ts'

const id = 'runway'
const askTimeoutMs = 30_000
const uploadTimeoutMs = 120_000
const probeTimeoutMs = 10_000
/** What it takes at an upload address. */
const mostUploadBytes = 200 * 1024 * 1024

export interface RunwayParts {
  readonly settings: RunwaySettings & { readonly key: string }
  readonly ask: Ask
  readonly sendForm: SendForm
  readonly genderOf: (voice: string) => 'female' | 'male' | null
  /** Primary subtags of our own voices; the vendor itself names no languages. */
  readonly languages: readonly string[]
  readonly now: () => Date
}

export const runway: ProviderModule = {
  id,
  environment: runwayEnvironment,
  mistakes: runwayMistakes,
  entry({ environment, ask, sendForm, genderOf = () => null, languages, now }) {
    const { key, ...settings } = readRunwaySettings(environment)
    const entry = { id, name: 'Runway', keyNames: runwayKeyNames, models: runwayFacts(settings, languages) }
    if (key === undefined) return { ...entry, provider: null, missing: `${runwayKeyNames[0]} is not set` }
    if (!sendForm) return { ...entry, provider: null, missing: 'files cannot be sent from here' }
    const provider = createRunwayProvider({ settings: { ...settings, key }, ask, sendForm, genderOf, languages, now })
    return { ...entry, provider, missing: null, defaultQuality: settings.DEFAULT_QUALITY }
  },
}

export function createRunwayProvider(parts: RunwayParts): Provider {
  const { settings, ask, sendForm, genderOf, languages, now } = parts
  const request = (more: Pick<AskRequest, 'method' | 'path' | 'json' | 'signal'>, timeoutMs = askTimeoutMs) =>
    ask({
      ...more,
      timeoutMs,
      baseUrl: settings.API_BASE_URL,
      headers: { authorization: `Bearer ${settings.key}`, 'x-runway-version': apiVersion },
    })
  const post = (path: string, json: unknown, signal: AbortSignal) => request({ method: 'POST', path, json, signal })
  const onOne = (method: 'GET' | 'DELETE', kind: 'avatars' | 'tasks', which: string, signal: AbortSignal) =>
    request({ method, path: `/v1/${kind}/${encodeURIComponent(which)}`, signal })

  const upload = async (
    file: { path: string; name: string; type: string },
    signal: AbortSignal,
  ): Promise<CallOutcome> => {
    const { size } = await stat(file.path)
    if (size > mostUploadBytes) throw new VendorFailure('too-large', { cause: new Error(`${size} bytes to upload`) })
    const place = readReply(uploadReply, await post('/v1/uploads', uploadBody(file.name), signal), now())
    const { uploadUrl: url, fields, runwayUri } = place
    await sendForm({ url, fields, file, maxBytes: mostUploadBytes, timeoutMs: uploadTimeoutMs, signal })
    return { kind: 'finished', outputs: [], keeps: { uri: runwayUri } }
  }

  const startTask = async (
    path: string,
    body: unknown,
    signal: AbortSignal,
    avatarId?: string,
  ): Promise<CallOutcome> => {
    const answer = await post(path, body, signal)
    const reply = readReply(taskReply, answer, now())
    const { id: task } = reply
    if (task === undefined) throw vendorFailure('bad-answer', answer, 'names no task')
    const operation = { task, ...(avatarId !== undefined && { avatarId }) }
    return { kind: 'operation', operation, jobId: task, ...estimateOf(reply) }
  }

  const startAvatar = async (image: string, speaking: SpeakingRequest, signal: AbortSignal): Promise<CallOutcome> => {
    const voice = presetVoice(genderOf(speaking.voice))
    const answer = await post('/v1/avatars', avatarBody({ workId: speaking.workId, image, voice }), signal)
    const avatar = readReply(avatarReply, answer, now()).id
    if (avatar === undefined) throw vendorFailure('bad-answer', answer, 'names no avatar')
    const status = readAvatar(answer, now())
    if (status.kind === 'failed') throw status.failure
    if (status.kind === 'completed') return { ...status, kind: 'finished', jobId: avatar }
    return { kind: 'operation', operation: { avatar }, jobId: avatar }
  }

  /** Of an attempt that is over anyhow: that it could not be deleted is nobody's failure. */
  const forgetQuietly = async (avatarId: string | undefined, signal: AbortSignal): Promise<void> => {
    if (avatarId === undefined) return
    await onOne('DELETE', 'avatars', avatarId, signal).catch((error: unknown) => {
      if (!(error instanceof VendorFailure)) throw error
    })
  }

  const makeVideo = async (speaking: SpeakingRequest, { ended, signal }: CallContext): Promise<CallOutcome> => {
    const avatarId = keptOf(ended, 'avatar')
    const speech =
      speaking.model === audioAvatar
        ? { audio: keptOf(ended, 'upload-speech') }
        : { text: speaking.script, voice: presetVoice(genderOf(speaking.voice)) }
    try {
      return await startTask('/v1/avatar_videos', avatarVideoBody(avatarId, speech), signal, avatarId)
    } catch (error) {
      // It was refused for good: no later call will need the avatar.
      if (error instanceof VendorFailure && ['bad-input', 'policy', 'credit'].includes(error.fault))
        await forgetQuietly(avatarId, signal)
      throw error
    }
  }

  const forget = async (avatarId: string, signal: AbortSignal): Promise<CallOutcome> => {
    const answer = await onOne('DELETE', 'avatars', avatarId, signal)
    if (answer.status !== 404 && (answer.status < 200 || answer.status >= 300)) throw refusal(answer, now())
    return { kind: 'finished', outputs: [] }
  }

  return {
    id,
    models: runwayModels(settings, languages),
    limits: limitsOf(settings),
    // It wants to be asked no more often than every 5 s.
    polling: { firstSeconds: 6, everySeconds: 5, growth: 1.3, slowestSeconds: 15 },

    adjust: (asked) => runwayAdjustments(asked, genderOf),
    plan: firstCall,
    next: callAfter,

    async start(call, speaking, context): Promise<CallOutcome> {
      const { ended, material, signal } = context
      switch (call.name as RunwayCall) {
        case 'upload-photo':
          return upload({ path: speaking.photo.path, name: 'photo.jpg', type: 'image/jpeg' }, signal)
        case 'upload-speech':
          return upload({ path: madeFor(material.voiceTrack), name: 'speech.wav', type: 'audio/wav' }, signal)
        case 'upload-performance':
          return upload({ path: madeFor(material.drivingVideo), name: 'performance.mp4', type: 'video/mp4' }, signal)
        case 'avatar':
          return startAvatar(keptOf(ended, 'upload-photo'), speaking, signal)
        case 'video':
          return makeVideo(speaking, context)
        case 'perform': {
          const [image, video] = [keptOf(ended, 'upload-photo'), keptOf(ended, 'upload-performance')]
          const body = performanceBody({ image, video, ratio: toRatio(speaking) })
          return startTask('/v1/character_performance', body, signal)
        }
        case 'forget-avatar':
          return forget(keptOf(ended, 'avatar'), signal)
      }
    },

    async status(operation, { signal }): Promise<OperationStatus> {
      const about = operationSchema.parse(operation)
      if ('avatar' in about) {
        const made = readAvatar(await onOne('GET', 'avatars', about.avatar, signal), now())
        if (made.kind === 'failed') await forgetQuietly(about.avatar, signal)
        return made
      }
      const found = readTask(await onOne('GET', 'tasks', about.task, signal), now())
      if (found.kind === 'failed' && found.failure.fault !== 'bad-output') await forgetQuietly(about.avatarId, signal)
      return found
    },

    async cancel(operation: Json, { signal }): Promise<boolean> {
      const about = operationSchema.parse(operation)
      if ('avatar' in about) {
        const { status } = await onOne('DELETE', 'avatars', about.avatar, signal)
        return status >= 200 && status < 300
      }
      // Deleting a task that is done deletes its film, which was paid.
      const found = readTask(await onOne('GET', 'tasks', about.task, signal), now())
      if (found.kind !== 'pending') return false
      const answer = await onOne('DELETE', 'tasks', about.task, signal)
      if (answer.status === 404) return false
      if (answer.status < 200 || answer.status >= 300) throw refusal(answer, now())
      await forgetQuietly(about.avatarId, signal)
      return true
    },

    async probe({ signal }) {
      const { status } = await request({ method: 'GET', path: '/v1/organization', signal }, probeTimeoutMs)
      return { status }
    },
  }
}

function madeFor(material: { readonly path: string } | undefined): string {
  if (!material) throw new Error('nothing was made for this call')
  return material.path
}
