/** What is known of Runway's models: three that can speak, one way or another, and two that cannot. */
import { withSetPrice } from './account-shape.ts'
import type { Model, Price } from './model.ts'
import type { ModelFacts } from './model-facts.ts'

const provider = 'runway'

/** The vendor's names of its models. */
export const avatarModel = 'gwm1_avatars'
export const performanceModel = 'act_two'

/** Our ids. The avatar speaks either what it reads, in a voice of the vendor's, or what it hears. */
export const textAvatar = `${provider}/${avatarModel}`
export const audioAvatar = `${provider}/${avatarModel}-audio`
export const performer = `${provider}/${performanceModel}`

const listed = (micros: number): Price => ({
  micros,
  currency: 'USD',
  unit: 'second',
  label: 'list',
  source: "Runway's price list",
  from: '2026-04-21',
})
const seed: Price = {
  micros: 200_000,
  currency: 'INR',
  unit: 'second',
  label: 'seed',
  source: "the project's guide",
  from: '2025-09-13',
}

/** What it takes its price for is told after the work, in its own credits. */
export const creditMicros = 10_000

/** Those that can be called. @param languages primary subtags that our own voices speak */
export function runwayModels(
  price: Parameters<typeof withSetPrice>[0],
  languages: readonly string[],
): readonly Model[] {
  const shared = {
    provider,
    kind: 'video',
    languages,
    aspectRatios: ['1:1', '9:16', '16:9'],
    dedupesByKey: false,
    runsHere: false,
    // Nobody has measured it here, and the vendor says nothing of it.
    typicalWork: { startSeconds: 40, secondsPerSecond: { economy: 3, standard: 3, premium: 3 } },
  } as const
  const avatar = {
    ...shared,
    yields: 'talking-video',
    tier: 'premium',
    // Its longest video is not published; longer than a minute nothing is asked for here.
    seconds: { min: 0.3, max: 60 },
    // The shape of its pictures is not published either: it is told as an adjustment, not refused.
    aspectRatios: 'any',
    // Its list price is not published: after the work it says what it took.
    prices: withSetPrice(price, [seed]),
  } as const
  return [
    { ...avatar, id: textAvatar, name: 'Runway GWM-1 Avatars', drive: 'script' },
    { ...avatar, id: audioAvatar, name: 'Runway GWM-1 Avatars, from audio', drive: 'audio', takesRecordings: true },
    {
      ...shared,
      id: performer,
      name: 'Runway Act-Two',
      drive: 'performance',
      yields: 'silent-video',
      tier: 'standard',
      takesRecordings: true,
      seconds: { min: 3, max: 30 },
      prices: [listed(50_000)],
    },
  ]
}

const silent = {
  provider,
  kind: 'video',
  drive: 'script',
  yields: 'silent-video',
  languages: null,
  aspectRatios: ['1:1', '9:16', '16:9'],
  seconds: { min: 2, max: 10 },
  notes: 'A moving picture without sound: it cannot speak.',
} as const

/** What the registry tells, also of those that are no route for a talking photo. */
export function runwayFacts(
  price: Parameters<typeof withSetPrice>[0],
  languages: readonly string[],
): readonly ModelFacts[] {
  const notes: Readonly<Record<string, string>> = {
    [textAvatar]: 'Speaks with a voice of its own choice. Its longest video is not published.',
    [audioAvatar]: 'Speaks what it hears: our voice, or a recording.',
    [performer]: 'Follows a driving video, which our renderer makes; our voice is laid under it.',
  }
  return [
    ...runwayModels(price, languages).map((model) => ({ ...model, notes: notes[model.id]! })),
    {
      ...silent,
      id: `${provider}/gen4_turbo`,
      name: 'Runway Gen-4 Turbo',
      tier: 'standard',
      prices: [listed(50_000), seed],
    },
    { ...silent, id: `${provider}/gen4.5`, name: 'Runway Gen-4.5', tier: 'premium', prices: [listed(120_000), seed] },
  ]
}
