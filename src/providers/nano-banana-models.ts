/** What is known of Google's image models, as routes for a talking photo and beside them. */
import type { Model, Price } from './model.ts'
import type { ModelFacts } from './model-facts.ts'

const provider = 'nano-banana'

/** USD micros for one token. */
export interface TokenRates {
  readonly input: number
  readonly output: number
}

/** The larger one where it costs no more: what is seen between the lips is a small part of the picture. */
export type ImageSize = '1K' | '2K'

interface ImageModel extends Pick<Model, 'id' | 'name' | 'tier' | 'prices'> {
  readonly rates: TokenRates
  readonly imageSize: ImageSize
  /** Of one edit, between the 5 s and the 40 s that are told of them. */
  readonly callSeconds: number
  readonly notes: string
}

/** A picture is 1120 tokens; the photo and the words that go with it are seldom more than 1400. */
const perEdit = ({ input, output }: TokenRates) => perCall(1400 * input + 1120 * output)

const perCall = (micros: number): Price => ({
  micros,
  currency: 'USD',
  unit: 'call',
  label: 'list',
  source: "Google's price list, by public catalogues",
  from: '2026-08-21',
})

/** Edits of one photo: the mouth shapes that are asked for. */
export const editsPerVideo = 4

/** Seen by eye on three faces, with edits that our own renderer drew for the simulator. */
const whatItIs =
  'An image model: our renderer animates its pictures of the mouth, with our voice. Compared so far with simulated edits only: at best ' +
  'equal to the local renderer.'

const liteRates: TokenRates = { input: 0.25, output: 30 }
const flashRates: TokenRates = { input: 0.5, output: 60 }
/** The rate of its images is not published apart: a picture of up to 2K is 0.134 USD, and 1120 tokens. */
const proRates: TokenRates = { input: 2, output: 120 }

const imageModels: readonly ImageModel[] = [
  {
    id: `${provider}/gemini-3.1-flash-lite-image`,
    name: 'Nano Banana 2 Lite',
    tier: 'economy',
    rates: liteRates,
    imageSize: '1K',
    callSeconds: 8,
    prices: [
      perEdit(liteRates),
      {
        micros: 39_000,
        currency: 'INR',
        unit: 'second',
        label: 'seed',
        source: "the project's guide",
        from: '2025-09-13',
      },
    ],
    notes: `${whatItIs} The guide quotes it per second of video.`,
  },
  {
    id: `${provider}/gemini-3.1-flash-image`,
    name: 'Nano Banana 2',
    tier: 'standard',
    rates: flashRates,
    imageSize: '1K',
    callSeconds: 12,
    prices: [perEdit(flashRates)],
    notes: whatItIs,
  },
  {
    id: `${provider}/gemini-3-pro-image`,
    name: 'Nano Banana Pro',
    tier: 'premium',
    rates: proRates,
    imageSize: '2K',
    callSeconds: 20,
    prices: [perEdit(proRates)],
    notes: whatItIs,
  },
]

/** @param languages of our own voices, which speak for it */
export function nanoBananaModels(languages: readonly string[]): readonly Model[] {
  return imageModels.map(({ rates: _, imageSize: __, callSeconds, notes: ___, ...facts }) => ({
    ...facts,
    provider,
    kind: 'image',
    drive: 'key-frames',
    yields: 'key-frames',
    calls: editsPerVideo,
    takesRecordings: true,
    seconds: { min: 0.3, max: 60 },
    languages,
    aspectRatios: 'any',
    dedupesByKey: false,
    runsHere: false,
    // What comes after the edits is a render of our own.
    typicalWork: {
      startSeconds: editsPerVideo * callSeconds + 2,
      secondsPerSecond: { economy: 0.2, standard: 0.4, premium: 0.8 },
    },
  }))
}

/** Known, and not called: ended by its vendor, or known by hearsay only. Nothing is ever sent to another one in its place. */
const uncalled = {
  provider,
  kind: 'image',
  drive: 'key-frames',
  yields: 'key-frames',
  calls: editsPerVideo,
  seconds: null,
  languages: null,
  aspectRatios: 'any',
} as const

export function nanoBananaFacts(languages: readonly string[]): readonly ModelFacts[] {
  return [
    ...nanoBananaModels(languages).map((model) => ({
      ...model,
      notes: imageModels.find(({ id }) => id === model.id)!.notes,
    })),
    {
      ...uncalled,
      id: `${provider}/gemini-2.5-flash-image`,
      name: 'Nano Banana',
      tier: 'economy',
      prices: [perCall(39_000)],
      retires: { on: '2026-10-02', replacedBy: `${provider}/gemini-3.1-flash-image` },
      notes: 'The first of its name. Its vendor may have ended it from that day on.',
    },
    {
      ...uncalled,
      id: `${provider}/gemini-3-pro-image-preview`,
      name: 'Nano Banana Pro (preview)',
      tier: 'premium',
      prices: [],
      retires: { on: '2026-06-25', replacedBy: `${provider}/gemini-3-pro-image` },
    },
    {
      ...uncalled,
      id: `${provider}/gemini-nano-banana-2.1`,
      name: 'Nano Banana 2.1',
      tier: 'standard',
      prices: [],
      notes: 'New in October 2026; neither its price nor what it takes was confirmed, so it is not called.',
    },
  ]
}

/** Undefined for those that are not called. */
export function callFacts(model: string): Pick<ImageModel, 'rates' | 'imageSize'> | undefined {
  return imageModels.find(({ id }) => id === model)
}
