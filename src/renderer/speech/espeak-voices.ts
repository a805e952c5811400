import type { Voice } from '../ports.ts'
import { espeakLanguages } from './espeak-languages.ts'

/** A voice of the engine under our name for it. */
export interface EspeakVoice extends Voice {
  /** 'fr', or 'fr+f2': the engine's language file and a variant of its voice. */
  readonly engineName: string
  /** Characters of this language that fill a second at speed 1. */
  readonly charactersPerSecond: number
  /** The Unicode scripts whose letters it reads, Latin apart: every voice reads that, the others in English. */
  readonly scripts: readonly string[]
}

/** The engine's own voice is a man's; variant f2 has the pitch (about 200 Hz) and the formants of a woman's. */
const variants = [
  { ending: '', engineEnding: '', gender: 'male', nameEnding: '' },
  { ending: '-f', engineEnding: '+f2', gender: 'female', nameEnding: ', female' },
] as const

/**
 * Every voice, two for each language, the plain one first. Left out of what the engine has: invented languages, and those that it
 * mostly spells out or misreads: Burmese, Cherokee, Hakka, Konkani, Odia, Shan, Thai.
 */
export const espeakVoices: readonly EspeakVoice[] = espeakLanguages.flatMap(
  ({ engineName, language, name, scripts, charactersPerSecond }) =>
    variants.map((variant) => ({
      id: `${language.toLowerCase()}-espeak${variant.ending}`,
      name: `${name}${variant.nameEnding}`,
      language,
      gender: variant.gender,
      engine: 'espeak' as const,
      engineName: `${engineName}${variant.engineEnding}`,
      scripts,
      charactersPerSecond,
    })),
)
