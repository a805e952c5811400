/**
 * A strict simulator of ElevenLabs' text to speech: with and without the times of the characters, voices, models and the account with its
 * credits. The voice is handed in. Streaming, other formats than PCM, and everything that is not speech are not simulated.
 *
 *   const simulator = await createElevenLabsSimulator({ clock, key: 'k', speak })
 *   const { apiUrl } = await simulator.listen()                     // without a path: /v1 and /v2 are below it
 *
 * Faults of its own: `[[quota]]` (401, the credits are used up), `[[alignment:none]]` `spoken` `wrong` (what it tells of the characters).
 */
import type { ApiContract, Asked } from './answer-api.ts'
import type { RouteDeclaration } from './check-request.ts'
import { speechModels } from './elevenlabs-body.ts'
import { elevenLabsErrorBody, wrongElevenLabsKey } from './elevenlabs-errors.ts'
import { type Account, createElevenLabsSpeech, type TellSpeech } from './elevenlabs-speech.ts'
import { Refusal, violation } from './refusal.ts'
import { createSimulator, type Ground, type Simulator, type SimulatorOptions } from './simulator.ts'
import { type Answer, strike } from './strike.ts'

export interface ElevenLabsSimulatorOptions extends SimulatorOptions {
  readonly speak: TellSpeech
  /** Of the account. Default: a free plan's ten thousand. */
  readonly credits?: number
  /** Default: a free plan's two. */
  readonly maxConcurrent?: number
}

const voices = [
  { voice_id: '21m00Tcm4TlvDq8ikWAM', name: 'Rachel', gender: 'female' },
  // Of the sandbox alone: no id of a man's voice is documented.
  { voice_id: 'sandboxVoiceOfAMan00', name: 'Sandbox man', gender: 'male' },
] as const
/** A man's voice that the simulator has. */
export const sandboxMaleVoice = voices[1].voice_id

const speechQuery = ['output_format', 'enable_logging', 'optimize_streaming_latency']
const routes: readonly RouteDeclaration[] = [
  {
    method: 'POST',
    name: 'POST /v1/text-to-speech/{voice_id}/with-timestamps',
    place: 'submit',
    pattern: /^\/v1\/text-to-speech\/([A-Za-z0-9]{1,64})\/with-timestamps$/,
    query: speechQuery,
  },
  {
    method: 'POST',
    name: 'POST /v1/text-to-speech/{voice_id}',
    place: 'submit',
    pattern: /^\/v1\/text-to-speech\/([A-Za-z0-9]{1,64})$/,
    query: speechQuery,
  },
  {
    method: 'GET',
    name: 'GET /v2/voices',
    place: 'prepare',
    pattern: /^\/v2\/voices$/,
    query: ['page_size', 'next_page_token', 'search', 'voice_type', 'category'],
  },
  { method: 'GET', name: 'GET /v1/voices', place: 'prepare', pattern: /^\/v1\/voices$/ },
  {
    method: 'GET',
    name: 'GET /v1/voices/{voice_id}',
    place: 'prepare',
    pattern: /^\/v1\/voices\/([A-Za-z0-9]{1,64})$/,
  },
  { method: 'GET', name: 'GET /v1/models', place: 'health', pattern: /^\/v1\/models$/ },
  { method: 'GET', name: 'GET /v1/user/subscription', place: 'health', pattern: /^\/v1\/user\/subscription$/ },
]

/** What its own client names itself with, and what fetch adds for it. */
const clientHeaders = [
  ...['language', 'sdk-name', 'sdk-version', 'runtime', 'runtime-version'].map((name) => `x-fern-${name}`),
  'pragma',
  'cache-control',
]

export function createElevenLabsSimulator(options: ElevenLabsSimulatorOptions): Promise<Simulator> {
  const { credits = 10_000, maxConcurrent = 2, speak } = options
  const traits = { ownFaults: ['quota', 'alignment'], switches: ['errorShape'] } as const
  return createSimulator({ name: 'elevenlabs', ...options }, traits, (ground) => {
    const account: Account = { limit: credits, used: 0, paid: {} }
    return {
      ...createElevenLabsApi(ground, { account, speak, maxConcurrent }),
      requestIdHeader: 'request-id',
      paid: () => ({ ...account.paid }),
    }
  })
}

function createElevenLabsApi(
  ground: Ground,
  {
    account,
    speak,
    maxConcurrent,
  }: { readonly account: Account; readonly speak: TellSpeech; readonly maxConcurrent: number },
): ApiContract {
  const voiceIds = voices.map(({ voice_id }) => voice_id)
  const say = createElevenLabsSpeech({ ground, speak, account, voiceIds, maxConcurrent })

  const look = ({ route }: Asked): Answer => {
    const finish = strike(ground.faults.wire(route.place, '', []))
    switch (route.name) {
      case 'GET /v2/voices':
        return finish({ status: 200, body: searchVoices(route.parameters) })
      case 'GET /v1/voices':
        return finish({ status: 200, body: { voices: voices.map(voiceBody) } })
      case 'GET /v1/voices/{voice_id}': {
        const voice = voices.find(({ voice_id }) => voice_id === route.ids[0])
        if (!voice) throw new Refusal({ status: 404, code: 'voice_not_found', message: 'There is no such voice.' })
        return finish({ status: 200, body: voiceBody(voice) })
      }
      case 'GET /v1/models':
        return finish({ status: 200, body: speechModels.map(modelBody) })
      default:
        return finish({ status: 200, body: subscriptionBody(account) })
    }
  }

  return {
    basePath: '',
    routes,
    rules: { key: { header: 'xi-api-key', refusal: wrongElevenLabsKey }, headers: clientHeaders },
    answer: async (asked) =>
      asked.route.method === 'POST' ? say(asked, asked.route.name.endsWith('with-timestamps')) : look(asked),
    errorBody: (error, requestId) => elevenLabsErrorBody(error, ground.switches.errorShape, requestId),
  }
}

function searchVoices(query: URLSearchParams) {
  const size = Number(query.get('page_size') ?? 10)
  if (!(Number.isInteger(size) && size >= 1 && size <= 100)) {
    throw violation({ status: 422, code: 'value_error', field: 'query page_size', message: 'must be 1 to 100' })
  }
  const from = Number(query.get('next_page_token') ?? 0)
  const wanted = (query.get('search') ?? '').toLowerCase()
  const found = voices.filter(({ name }) => name.toLowerCase().includes(wanted))
  const hasMore = from + size < found.length
  return {
    voices: found.slice(from, from + size).map(voiceBody),
    has_more: hasMore,
    total_count: found.length,
    next_page_token: hasMore ? String(from + size) : null,
  }
}

function voiceBody({ voice_id, name, gender }: (typeof voices)[number]) {
  return {
    voice_id,
    name,
    category: 'premade',
    labels: { accent: 'american', gender, age: 'young' },
    settings: null,
    verified_languages: [],
  }
}

function modelBody({ id, name, creditsPerCharacter, maxCharacters }: (typeof speechModels)[number]) {
  return {
    model_id: id,
    name,
    can_do_text_to_speech: true,
    token_cost_factor: creditsPerCharacter,
    maximum_text_length_per_request: maxCharacters,
    languages: [{ language_id: 'en', name: 'English' }],
    model_rates: { character_cost_multiplier: creditsPerCharacter },
  }
}

function subscriptionBody({ used, limit }: Account) {
  return {
    tier: 'free',
    character_count: used,
    character_limit: limit,
    max_credit_limit_extension: 0,
    can_extend_character_limit: false,
    allowed_to_extend_character_limit: false,
    next_character_count_reset_unix: 1_796_083_200,
    voice_slots_used: 0,
    professional_voice_slots_used: 0,
    professional_voice_slots_used_in_workspace: 0,
    voice_limit: 3,
    voice_add_edit_counter: 0,
    professional_voice_limit: 0,
    can_extend_voice_limit: false,
    can_use_instant_voice_cloning: false,
    can_use_professional_voice_cloning: false,
    currency: 'usd',
    current_overage: { amount: '0', currency: 'usd' },
    status: 'free',
    billing_period: null,
    open_invoices: [],
    has_open_invoices: false,
    character_refresh_period: 'monthly_period',
  }
}
