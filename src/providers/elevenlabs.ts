/**
 * ElevenLabs as a voice: one synchronous request makes the speech of a script and tells when each of its characters is said. There
 * is no key by which a repeated request would be known and nothing to look it up by, so an answer that never came is not asked for
 * again; what was spoken once is kept and taken again for the same words.
 */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { VendorFailure } from '../errors.ts'
import type { Ask, AskRequest } from '../network/ask.ts'
import { elevenLabsRefusal, lacksPermission, readSpeech, requestIdOf } from './elevenlabs-answers.ts'
import {
  type ElevenLabsSettings,
  elevenLabsEnvironment,
  elevenLabsMistakes,
  elevenLabsModel,
  mostCharacters,
  prefix,
  readElevenLabsSettings,
  setMicrosPerCharacter,
  usdMicrosPerCredit,
} from './elevenlabs-settings.ts'
import { wavOfPcm } from './pcm-wav.ts'
import type { AskedSettings, CallOutcome, CallPlan, CallResult, Provider, SettingAdjustment } from './provider.ts'
import type { ProviderModule, ProviderParts } from './provider-module.ts'

const id = 'elevenlabs'
const keyName = `${prefix}API_KEY`

/** Every plan may ask for it; 44.1 kHz are for some. */
const sampleRate = 24_000
/** Its own client waits for 240 s. */
const speakTimeoutMs = 240_000
const lookTimeoutMs = 10_000
/** Base64 of a quarter of an hour. */
const mostAnswerBytes = 64 * 1024 * 1024
const speeds = { min: 0.7, max: 1.2 }

export interface ElevenLabsParts extends Pick<ProviderParts, 'languages' | 'now' | 'genderOf'> {
  readonly settings: ElevenLabsSettings & { readonly API_KEY: string }
  readonly ask: Ask
}

export const elevenLabs: ProviderModule = {
  id,
  environment: elevenLabsEnvironment,
  mistakes: elevenLabsMistakes,
  entry({ environment, ask, languages, now, genderOf }) {
    const { API_KEY, ...settings } = readElevenLabsSettings(environment)
    const models = [elevenLabsModel(settings, languages)]
    const entry = { id, name: 'ElevenLabs', keyNames: [keyName], models }
    if (API_KEY === undefined) return { ...entry, provider: null, missing: `${keyName} is not set` }
    const parts = { settings: { ...settings, API_KEY }, ask, languages, now, ...(genderOf && { genderOf }) }
    return { ...entry, provider: createElevenLabsProvider(parts), missing: null }
  },
}

export function createElevenLabsProvider({ settings, ask, languages, now, genderOf }: ElevenLabsParts): Provider {
  const { MODEL, VOICE_FEMALE, VOICE_MALE } = settings
  const model = elevenLabsModel(settings, languages)
  const request = (more: Omit<AskRequest, 'baseUrl' | 'headers'>) =>
    ask({ ...more, baseUrl: settings.API_BASE_URL, headers: { 'xi-api-key': settings.API_KEY } })
  const look = (path: string, signal: AbortSignal) =>
    request({ method: 'GET', path, timeoutMs: lookTimeoutMs, signal, maxResponseBytes: 4 * 1024 * 1024 })
  const voiceFor = (voice: string) => (genderOf?.(voice) === 'male' ? (VOICE_MALE ?? VOICE_FEMALE) : VOICE_FEMALE)
  const voiceCall = ({ script, voice, speed }: Pick<AskedSettings, 'script' | 'voice' | 'speed'>): CallPlan => ({
    name: 'voice',
    reuseKey: hashOf(['voice', MODEL, voiceFor(voice), spokenSpeed(speed), sampleRate, script]),
  })

  return {
    id,
    models: [model],
    limits: {
      requestsPerMinute: settings.RATE_LIMIT_RPM,
      maxConcurrent: settings.MAX_CONCURRENT_REQUESTS,
      timeoutSeconds: settings.TIMEOUT_SECONDS,
      maxFileBytes: mostAnswerBytes,
    },

    adjust(asked) {
      const isOther = genderOf?.(asked.voice) === 'male' && VOICE_MALE === undefined
      return adjustments(asked, {
        voiceId: voiceFor(asked.voice),
        why: isOther
          ? 'No male voice of this provider is set up here.'
          : 'This provider has voices of its own; one of the same kind is taken.',
      })
    },
    plan: voiceCall,
    next: (speaking, ended) => (ended.length > 0 ? 'done' : voiceCall(speaking)),

    async start(_call, { script, voice, speed }, { signal, scratch }): Promise<CallOutcome> {
      const most = mostCharacters(MODEL)
      if (most !== null && script.length > most) {
        throw new VendorFailure('bad-input', { cause: new Error(`${script.length} characters, ${most} are taken`) })
      }
      const answer = await request({
        method: 'POST',
        path: `/v1/text-to-speech/${voiceFor(voice)}/with-timestamps?output_format=pcm_${sampleRate}`,
        json: { text: script, model_id: MODEL, voice_settings: { speed: spokenSpeed(speed) } },
        timeoutMs: speakTimeoutMs,
        maxResponseBytes: mostAnswerBytes,
        signal,
      })
      const { pcm, characters, credits } = readSpeech(answer, now())
      const [speech, times] = [join(scratch, 'voice.wav'), join(scratch, 'characters.json')]
      await writeFile(speech, wavOfPcm(pcm, sampleRate))
      // Lists without entries say that the speech is of this script, and nothing of its times.
      await writeFile(times, JSON.stringify(characters))
      const requestId = requestIdOf(answer)
      return {
        kind: 'finished',
        outputs: [
          { role: 'speech', file: speech },
          { role: 'characters', file: times },
        ],
        ...costOf(settings, script, credits),
        ...(requestId !== null && { requestId }),
      }
    },

    async knows(asked, { signal }) {
      const answer = await look('/v1/models', signal)
      if (answer.status < 200 || answer.status >= 300) throw elevenLabsRefusal(answer, now())
      const listed = z.array(z.object({ model_id: z.string() })).safeParse(answer.json).data
      // A list that cannot be read says nothing against the model.
      return listed?.some(({ model_id }) => `${id}/${model_id}` === asked) ?? true
    },

    async probe({ signal }) {
      const account = await look('/v1/user/subscription', signal)
      if (!lacksPermission(account)) return { status: account.status }
      const { status } = await look('/v1/models', signal)
      return { status }
    },
  }
}

function spokenSpeed(speed: number): number {
  return Math.min(speeds.max, Math.max(speeds.min, speed))
}

/** By what this installation pays for a character, else by the credits that the answer says it took. */
function costOf(settings: ElevenLabsSettings, script: string, credits: number | null): Pick<CallResult, 'cost'> {
  const set = setMicrosPerCharacter(settings)
  if (set) return { cost: { micros: set.micros * [...script].length, currency: set.currency } }
  return credits === null ? {} : { cost: { micros: Math.ceil(credits * usdMicrosPerCredit), currency: 'USD' } }
}

function adjustments(
  { voice, speed, pitchSemitones }: AskedSettings,
  { voiceId, why }: { readonly voiceId: string; readonly why: string },
): readonly SettingAdjustment[] {
  const used = spokenSpeed(speed)
  return [
    { setting: 'voice', asked: voice, used: `${id}:${voiceId}`, why },
    ...(used === speed
      ? []
      : [
          {
            setting: 'voice_settings.speed',
            asked: speed,
            used,
            why: `This voice speaks at ${speeds.min} to ${speeds.max} times its own speed.`,
          },
        ]),
    ...(pitchSemitones === 0
      ? []
      : [
          {
            setting: 'voice_settings.pitch',
            asked: pitchSemitones,
            used: 0,
            why: 'This provider does not change the pitch of its voices.',
          },
        ]),
  ]
}

function hashOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
