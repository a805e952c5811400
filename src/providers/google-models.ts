/**
 * Google's video models. Each makes clips of a few seconds from the photo and the words; longer scripts are several clips. Of
 * those that are surely ended only the date is kept; the previews of Veo 3.1 may be ended any day from 2026-10-22 on, which only
 * asking tells (`knows`).
 */
import type { Model, Price } from './model.ts'
import type { ModelFacts } from './model-facts.ts'

/** How its calls travel. */
export type GoogleWire = 'veo' | 'omni'

const common = {
  provider: 'google',
  kind: 'video',
  drive: 'script',
  yields: 'clips',
  aspectRatios: ['9:16', '16:9'],
} as const

/** Of all clips together; the longest speech that can be asked for here. */
const seconds = { min: 1, max: 60 } as const
const veoClips = [4, 6, 8] as const

const perSecond = (micros: number, from: string): Price => ({
  micros,
  currency: 'USD',
  unit: 'second',
  label: 'list',
  source: "Google's price list for 720p, by public catalogues",
  from,
})

const called = [
  {
    id: 'google/gemini-omni-1.1-flash',
    name: 'Google Gemini Omni 1.1 Flash',
    tier: 'standard',
    // It makes 3 to 10 s.
    clipSeconds: [4, 6, 8, 10],
    prices: [perSecond(100_000, '2026-08-28')],
  },
  {
    id: 'google/veo-3.1-generate-preview',
    name: 'Google Veo 3.1',
    tier: 'premium',
    clipSeconds: veoClips,
    prices: [perSecond(400_000, '2026-08-21')],
  },
  {
    id: 'google/veo-3.1-fast-generate-preview',
    name: 'Google Veo 3.1 Fast',
    tier: 'standard',
    clipSeconds: veoClips,
    prices: [perSecond(100_000, '2026-08-21')],
  },
  {
    id: 'google/veo-3.1-lite-generate-preview',
    name: 'Google Veo 3.1 Lite',
    tier: 'economy',
    clipSeconds: veoClips,
    prices: [perSecond(50_000, '2026-08-21')],
  },
] as const satisfies readonly Pick<Model, 'id' | 'name' | 'tier' | 'clipSeconds' | 'prices'>[]

/** @param languages in which the length of speech can be foretold; Google names none, and evaluates English only */
export function googleModels(languages: readonly string[]): readonly Model[] {
  return called.map((model) => ({
    ...common,
    ...model,
    seconds,
    languages,
    dedupesByKey: false,
    runsHere: false,
    // Documented for a clip: 11 s at least, 6 min at most. The figure for a second is a guess between, until it is measured.
    typicalWork: { startSeconds: 15, secondsPerSecond: { economy: 4, standard: 4, premium: 4 } },
  }))
}

export function wireOf(model: string): GoogleWire {
  return model.startsWith('google/veo-') ? 'veo' : 'omni'
}

const ended = { ...common, languages: null } as const
const veoEnd = '2026-06-30'

/** What cannot be called: ended, or too little is known of it. */
const onlyKnown: readonly ModelFacts[] = [
  {
    ...common,
    id: 'google/gemini-omni-1.2-flash',
    name: 'Google Gemini Omni 1.2 Flash',
    tier: 'standard',
    seconds: null,
    languages: null,
    prices: [],
    notes:
      'Newer than 1.1; neither its price nor its lengths are published where they could be read, so it is not asked.',
  },
  {
    ...ended,
    id: 'google/gemini-omni-flash-preview',
    name: 'Google Gemini Omni Flash (preview)',
    tier: 'standard',
    seconds: { min: 3, max: 10 },
    retires: { on: '2026-09-30', replacedBy: 'google/gemini-omni-1.1-flash' },
    prices: [],
  },
  {
    ...ended,
    id: 'google/veo-3.0-generate-001',
    name: 'Google Veo 3',
    tier: 'premium',
    seconds: { min: 4, max: 8 },
    retires: { on: veoEnd, replacedBy: 'google/veo-3.1-generate-preview' },
    prices: [
      perSecond(400_000, '2026-08-21'),
      { ...perSecond(125_000, '2025-09-13'), label: 'seed', source: "the project's guide" },
    ],
  },
  {
    ...ended,
    id: 'google/veo-3.0-fast-generate-001',
    name: 'Google Veo 3 Fast',
    tier: 'standard',
    seconds: { min: 4, max: 8 },
    retires: { on: veoEnd, replacedBy: 'google/veo-3.1-fast-generate-preview' },
    prices: [perSecond(150_000, '2026-08-21')],
  },
  {
    ...ended,
    id: 'google/veo-2.0-generate-001',
    name: 'Google Veo 2',
    yields: 'silent-video',
    tier: 'standard',
    seconds: { min: 5, max: 8 },
    retires: { on: veoEnd, replacedBy: 'google/veo-3.1-generate-preview' },
    prices: [perSecond(350_000, '2026-08-21')],
    notes: 'A moving picture without sound: it could not speak.',
  },
]

const notes: Readonly<Record<GoogleWire, string>> = {
  omni: 'Clips of at most 10 s in 720p, joined here.',
  veo: 'Clips of at most 8 s in 720p, joined here. A preview that Google may end any day from 2026-10-22 on.',
}

export function googleFacts(languages: readonly string[]): readonly ModelFacts[] {
  return [...googleModels(languages).map((model) => ({ ...model, notes: notes[wireOf(model.id)] })), ...onlyKnown]
}
