/**
 * What the mouth wants for each sound, in mouth units (see LipTrack), and how strongly it insists. `jawWeight` is the
 * dominance over the opening, `shapeWeight` over width, rounding and the rest: /uw/ holds its rounding against its
 * neighbours, /t/ and /h/ take theirs. `seal` marks sounds that are only themselves when the lips meet or the lower lip
 * touches the teeth; that is multiplied in after smoothing, so no neighbour can open it.
 */
export interface Viseme {
  readonly aperture: number
  readonly width: number
  readonly rounding: number
  readonly upperRaise: number
  readonly tongue: number
  readonly jawWeight: number
  readonly shapeWeight: number
  readonly seal: 'lips' | 'teeth' | null
}

/** Values follow the articulation classes: a lower vowel opens more, a front one spreads, a back rounded one purses. */
type Row = readonly [
  aperture: number,
  width: number,
  rounding: number,
  upperRaise: number,
  tongue: number,
  jawWeight: number,
  shapeWeight: number,
]

const vowels: Readonly<Record<string, Row>> = {
  aa: [0.32, 0.05, 0.05, 0.35, 0.1, 1.0, 0.6],
  ae: [0.3, 0.45, 0.0, 0.5, 0.25, 1.0, 0.8],
  ah: [0.24, 0.1, 0.05, 0.3, 0.25, 0.9, 0.5],
  ao: [0.29, -0.35, 0.5, 0.25, 0.15, 1.0, 0.9],
  aw: [0.29, -0.15, 0.35, 0.3, 0.2, 1.0, 0.8],
  ax: [0.16, 0.05, 0.05, 0.2, 0.35, 0.6, 0.35],
  axr: [0.15, -0.25, 0.35, 0.2, 0.45, 0.6, 0.6],
  ay: [0.29, 0.35, 0.0, 0.4, 0.35, 1.0, 0.7],
  eh: [0.24, 0.4, 0.0, 0.4, 0.4, 0.9, 0.7],
  er: [0.17, -0.3, 0.4, 0.2, 0.5, 0.8, 0.8],
  ey: [0.21, 0.55, 0.0, 0.4, 0.5, 0.9, 0.9],
  ih: [0.16, 0.4, 0.0, 0.3, 0.55, 0.7, 0.6],
  ix: [0.14, 0.3, 0.0, 0.25, 0.55, 0.6, 0.4],
  iy: [0.13, 0.85, 0.0, 0.35, 0.75, 0.8, 1.1],
  ow: [0.22, -0.6, 0.8, 0.2, 0.25, 0.9, 1.1],
  oy: [0.25, -0.4, 0.6, 0.25, 0.35, 0.9, 1.0],
  uh: [0.16, -0.45, 0.55, 0.15, 0.4, 0.7, 0.8],
  uw: [0.12, -0.85, 1.0, 0.15, 0.45, 0.8, 1.3],
  yy: [0.12, -0.7, 0.95, 0.2, 0.7, 0.8, 1.2],
  oe: [0.2, -0.5, 0.75, 0.25, 0.45, 0.9, 1.0],
}

const consonants: Readonly<Record<string, Row>> = {
  b: [0.0, 0.0, 0.0, 0.0, 0.3, 1.6, 0.3],
  p: [0.0, 0.0, 0.0, 0.0, 0.3, 1.6, 0.3],
  m: [0.0, 0.0, 0.0, 0.0, 0.3, 1.6, 0.3],
  f: [0.05, 0.15, 0.0, 0.35, 0.3, 1.4, 0.7],
  v: [0.05, 0.15, 0.0, 0.35, 0.3, 1.4, 0.7],
  th: [0.1, 0.15, 0.0, 0.3, 0.9, 0.9, 0.4],
  dh: [0.1, 0.15, 0.0, 0.3, 0.9, 0.8, 0.4],
  t: [0.08, 0.2, 0.0, 0.25, 0.85, 0.7, 0.3],
  d: [0.08, 0.2, 0.0, 0.25, 0.85, 0.7, 0.3],
  dx: [0.1, 0.15, 0.0, 0.25, 0.8, 0.4, 0.2],
  n: [0.09, 0.15, 0.0, 0.25, 0.85, 0.6, 0.3],
  nx: [0.1, 0.15, 0.0, 0.25, 0.8, 0.4, 0.2],
  l: [0.12, 0.1, 0.0, 0.25, 0.9, 0.6, 0.4],
  el: [0.13, 0.05, 0.1, 0.25, 0.85, 0.6, 0.4],
  em: [0.0, 0.0, 0.0, 0.0, 0.3, 1.6, 0.3],
  en: [0.09, 0.15, 0.0, 0.25, 0.85, 0.6, 0.3],
  s: [0.05, 0.4, 0.0, 0.3, 0.7, 1.1, 0.6],
  z: [0.05, 0.4, 0.0, 0.3, 0.7, 1.1, 0.6],
  sh: [0.07, -0.45, 0.65, 0.35, 0.65, 1.1, 1.1],
  zh: [0.07, -0.45, 0.65, 0.35, 0.65, 1.1, 1.1],
  ch: [0.06, -0.4, 0.6, 0.35, 0.7, 1.1, 1.0],
  jh: [0.06, -0.4, 0.6, 0.35, 0.7, 1.1, 1.0],
  k: [0.12, 0.1, 0.0, 0.2, 0.5, 0.5, 0.2],
  g: [0.12, 0.1, 0.0, 0.2, 0.5, 0.5, 0.2],
  ng: [0.12, 0.1, 0.0, 0.2, 0.5, 0.5, 0.2],
  hh: [0.16, 0.05, 0.0, 0.2, 0.3, 0.2, 0.1],
  hv: [0.16, 0.05, 0.0, 0.2, 0.3, 0.2, 0.1],
  r: [0.11, -0.35, 0.5, 0.2, 0.5, 0.8, 0.8],
  w: [0.06, -0.85, 1.0, 0.1, 0.35, 1.1, 1.3],
  wh: [0.06, -0.85, 1.0, 0.1, 0.35, 1.1, 1.3],
  y: [0.1, 0.65, 0.0, 0.3, 0.8, 0.7, 0.9],
  bh: [0.03, 0.0, 0.1, 0.1, 0.3, 1.3, 0.4],
  sy: [0.06, 0.2, 0.2, 0.3, 0.8, 1.1, 0.6],
  kh: [0.14, 0.05, 0.0, 0.2, 0.35, 0.4, 0.2],
}

/** The resting mouth: closed, not pressed. Its weak shape lets the first sound prepare itself in the silence. */
const silences: Readonly<Record<string, Row>> = {
  pau: [0.0, 0.0, 0.0, 0.0, 0.3, 0.9, 0.3],
  'h#': [0.0, 0.0, 0.0, 0.0, 0.3, 0.9, 0.3],
  brth: [0.1, 0.0, 0.0, 0.2, 0.3, 0.9, 0.3],
}

/** Diphthongs move: the second part of the sound aims at this vowel. */
const glides: Readonly<Record<string, string>> = { ay: 'iy', ey: 'iy', oy: 'iy', aw: 'uw', ow: 'uw' }

const lipSeals = new Set(['b', 'p', 'm', 'em'])
const teethSeals = new Set(['f', 'v'])

/**
 * The symbols of flite's CMU phone set and their visemes, and what English lacks: 'yy' and 'oe' (front rounded vowels), 'bh' (a
 * fricative of both lips), 'sy' (between s and sh), 'kh' (a fricative of the throat).
 */
export const visemes: ReadonlyMap<string, Viseme> = new Map(
  Object.entries({ ...vowels, ...consonants, ...silences }).map(([phone, row]) => {
    const [aperture, width, rounding, upperRaise, tongue, jawWeight, shapeWeight] = row
    const seal = lipSeals.has(phone) ? 'lips' : teethSeals.has(phone) ? 'teeth' : null
    return [phone, { aperture, width, rounding, upperRaise, tongue, jawWeight, shapeWeight, seal }] as const
  }),
)

const neutral: Viseme = {
  aperture: 0.12,
  width: 0.05,
  rounding: 0,
  upperRaise: 0.2,
  tongue: 0.4,
  jawWeight: 0.3,
  shapeWeight: 0.2,
  seal: null,
}

/** A sound that no table knows (another engine's) moves the mouth a little and yields to its neighbours. */
export function visemeOf(phone: string): Viseme {
  return visemes.get(phone) ?? neutral
}

/** Where a diphthong ends, or null. */
export function glideOf(phone: string): Viseme | null {
  const target = glides[phone]
  return target === undefined ? null : visemeOf(target)
}

export function isVowel(phone: string): boolean {
  return phone in vowels
}

export function isSilence(phone: string): boolean {
  return phone in silences
}
