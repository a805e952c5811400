/** POST /v1/text-to-speech: held to the contract, spoken by whoever was handed in, and paid for in credits. */
import type { Asked } from './answer-api.ts'
import { holdTo, readJson } from './check-body.ts'
import { rateOf, type SpeechBody, type SpeechModel, speechBody, speechModels } from './elevenlabs-body.ts'
import { Refusal, violation } from './refusal.ts'
import type { Ground } from './simulator.ts'
import { type Answer, strike } from './strike.ts'

export interface ToldSpeech {
  readonly sampleRate: number
  /** Mono. */
  readonly samples: Int16Array
  /** When each character of the text is said: three lists of one length. */
  readonly characters: readonly string[]
  readonly startSeconds: readonly number[]
  readonly endSeconds: readonly number[]
}

/** The voice behind the contract. */
export type TellSpeech = (request: {
  readonly text: string
  readonly voiceId: string
  readonly speed: number
}) => Promise<ToldSpeech>

export interface Account {
  readonly limit: number
  used: number
  /** By voice and words: nobody may find his there twice. */
  readonly paid: Record<string, { accepted: number; billedSeconds: number }>
}

export interface SpeechOptions {
  readonly ground: Ground
  readonly speak: TellSpeech
  readonly account: Account
  readonly voiceIds: readonly string[]
  readonly maxConcurrent: number
}

const maxBodyBytes = 1024 * 1024
const freeRates = [8000, 16_000, 22_050, 24_000]

export function createElevenLabsSpeech({ ground, speak, account, voiceIds, maxConcurrent }: SpeechOptions) {
  let atWork = 0

  const read = async ({ request, route, onMistake }: Asked) => {
    const [voiceId = ''] = route.ids
    const rate = rateOf(route.parameters.get('output_format') ?? 'mp3_44100_128')
    if (rate === null) throw wrong('query output_format', 'is none of the formats')
    const body = heldToFields(await readJson(request, maxBodyBytes), onMistake)
    const model = speechModels.find(({ id }) => id === body.model_id)
    if (!model) throw new Refusal({ status: 400, code: 'model_not_found', message: 'There is no such model.' })
    if (body.language_code !== undefined && model.id === 'eleven_multilingual_v2') {
      throw wrong('language_code', 'is not for this model')
    }
    return { voiceId, rate, body, model, ...ground.faults.read(body.text, 'text') }
  }

  /** What is refused though it is well asked. */
  const admit = ({ voiceId, rate, spoken, model }: Awaited<ReturnType<typeof read>>): number => {
    if (!voiceIds.includes(voiceId)) {
      throw new Refusal({ status: 404, code: 'voice_not_found', message: 'There is no such voice.' })
    }
    if (rate === 'other') {
      throw new Refusal({ status: 400, code: 'unsupported_output_format', message: 'The sandbox makes PCM only.' })
    }
    if (!freeRates.includes(rate as number)) {
      throw new Refusal({ status: 403, code: 'only_for_creator+', message: 'This format is not for your plan.' })
    }
    if (spoken.length > model.maxCharacters) {
      throw new Refusal({ status: 400, code: 'max_character_limit_exceeded', message: 'The text is too long.' })
    }
    if (account.used + costOf(spoken, model) > account.limit) throw quotaExceeded()
    if (atWork >= maxConcurrent) {
      throw new Refusal({ status: 429, code: 'too_many_concurrent_requests', message: 'Too many at once.' })
    }
    return rate as number
  }

  /** @param withTimes as JSON with the times of the characters; else the samples alone */
  return async (asked: Asked, withTimes: boolean): Promise<Answer> => {
    const submitted = await read(asked)
    const { voiceId, body, model, spoken, faults } = submitted
    const asker = `${voiceId} ${body.text}`
    const finish = strike(ground.faults.wire('submit', asker, faults))
    if (ground.faults.own('quota', asker, faults) !== null) throw quotaExceeded()
    const rate = admit(submitted)
    atWork += 1
    const atOnce = atWork
    try {
      const speech = await speak({ text: spoken, voiceId, speed: body.voice_settings?.speed ?? 1 })
      const samples = resample(speech, rate)
      const credits = costOf(spoken, model)
      account.used += credits
      const key = `${voiceId} ${spoken.slice(0, 80)}`
      const { accepted, billedSeconds } = account.paid[key] ?? { accepted: 0, billedSeconds: 0 }
      account.paid[key] = { accepted: accepted + 1, billedSeconds: billedSeconds + samples.length / rate }
      const headers = {
        'character-cost': String(credits),
        'history-item-id': `hist${account.used}`,
        'current-concurrent-requests': String(atOnce),
        'maximum-concurrent-requests': String(maxConcurrent),
      }
      const pcm = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
      if (!withTimes) return finish({ status: 200, body: pcm, headers: { ...headers, 'Content-Type': 'audio/pcm' } })
      const times = timesOf(speech, ground.faults.own('alignment', asker, faults))
      return finish({ status: 200, body: { audio_base64: pcm.toString('base64'), ...times }, headers })
    } finally {
      atWork -= 1
    }
  }
}

function costOf(text: string, { creditsPerCharacter }: SpeechModel): number {
  return Math.ceil([...text].length * creditsPerCharacter)
}

function quotaExceeded(): Refusal {
  return new Refusal({ status: 401, code: 'quota_exceeded', message: 'This request exceeds your quota.' })
}

/** It answers 422 for what other contracts call 400. */
function wrong(field: string, message: string): Refusal {
  return violation({ status: 422, code: 'value_error', field, message })
}

function heldToFields(value: unknown, onMistake: Asked['onMistake']): SpeechBody {
  try {
    return holdTo(speechBody, value, onMistake)
  } catch (error) {
    if (error instanceof Refusal) throw wrong(error.wire.field ?? 'body', error.wire.message)
    throw error
  }
}

/** `fault`: 'none' tells no times, 'spoken' only those of the normalised text, 'wrong' those of another text. */
function timesOf({ characters, startSeconds, endSeconds }: ToldSpeech, fault: string | null) {
  const alignment = {
    characters: fault === 'wrong' ? characters.map(() => 'x') : characters,
    character_start_times_seconds: startSeconds.map(toMilliseconds),
    character_end_times_seconds: endSeconds.map(toMilliseconds),
  }
  return {
    alignment: fault === 'none' || fault === 'spoken' ? null : alignment,
    normalized_alignment: fault === 'none' ? null : alignment,
  }
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

/** By straight lines between samples: a sandbox need not be a studio. */
function resample({ samples, sampleRate }: ToldSpeech, rate: number): Int16Array {
  if (rate === sampleRate) return samples
  const resampled = new Int16Array(Math.floor((samples.length * rate) / sampleRate))
  for (let i = 0; i < resampled.length; i++) {
    const at = (i * sampleRate) / rate
    const before = samples[Math.floor(at)] ?? 0
    resampled[i] = Math.round(before + ((samples[Math.floor(at) + 1] ?? before) - before) * (at % 1))
  }
  return resampled
}
