/** Models of providers that this build cannot call: the registry tells that they exist, what they cost, and why they are not available. */
import type { ModelFacts } from './model-facts.ts'

const listed = { label: 'list', currency: 'USD' } as const
const seedPrice = {
  micros: 200_000,
  currency: 'INR',
  unit: 'second',
  label: 'seed',
  source: "the project's guide",
  from: '2025-09-13',
} as const
const runwayList = { ...listed, unit: 'second', source: "Runway's price list", from: '2026-04-21' } as const

const runwayVideo = {
  provider: 'runway',
  kind: 'video',
  languages: null,
  aspectRatios: ['1:1', '9:16', '16:9'],
} as const

export const knownModels: readonly ModelFacts[] = [
  {
    ...runwayVideo,
    id: 'runway/gen4_turbo',
    name: 'Runway Gen-4 Turbo',
    drive: 'script',
    yields: 'silent-video',
    tier: 'standard',
    seconds: { min: 2, max: 10 },
    prices: [{ ...runwayList, micros: 50_000 }, seedPrice],
    notes: 'A moving picture without sound: it cannot speak.',
  },
  {
    ...runwayVideo,
    id: 'runway/gen4.5',
    name: 'Runway Gen-4.5',
    drive: 'script',
    yields: 'silent-video',
    tier: 'premium',
    seconds: { min: 2, max: 10 },
    prices: [{ ...runwayList, micros: 120_000 }, seedPrice],
    notes: 'A moving picture without sound: it cannot speak.',
  },
  {
    ...runwayVideo,
    id: 'runway/act_two',
    name: 'Runway Act-Two',
    drive: 'performance',
    yields: 'silent-video',
    tier: 'standard',
    seconds: { min: 3, max: 30 },
    prices: [{ ...runwayList, micros: 50_000 }],
    notes: 'Follows a driving video of a person, not a voice.',
  },
  {
    ...runwayVideo,
    id: 'runway/gwm1_avatars',
    name: 'Runway GWM-1 Avatars',
    drive: 'audio',
    yields: 'talking-video',
    tier: 'premium',
    seconds: null,
    prices: [],
    notes: 'Its price and its longest video are not published.',
  },
]
