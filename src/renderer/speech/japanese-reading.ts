/**
 * How Japanese is read aloud: the engine knows kana only, so kanji are looked up in a dictionary (IPADIC, in WebAssembly, about
 * 120 MB once loaded: only where a Japanese script is spoken). It also tells particles as they sound (は as ワ) and long vowels.
 */
import { notSpeakable } from './speakable.ts'

/** A written word and how it sounds. */
export interface ReadWord {
  readonly written: string
  /** Place in the text, UTF-16 units. */
  readonly from: number
  /** Kana, or what stands there where it needs no reading (digits, Latin letters, marks). */
  readonly sound: string
  /** It leans on the word before it: a particle, an ending. */
  readonly leans: boolean
}

export type ReadJapanese = (text: string) => readonly ReadWord[]

/** What the dictionary tells of a word; an unknown one has no pronunciation. */
interface Token {
  readonly surface: string
  readonly pronunciation?: string
  readonly partOfSpeech: string
  readonly partOfSpeechSubcategory1?: string
}

/** Read otherwise after a number than alone. */
const counters: Readonly<Record<string, string>> = {
  月: 'ガツ',
  日: 'ニチ',
  人: 'ニン',
  分: 'フン',
  本: 'ホン',
  年: 'ネン',
}

let loaded: Promise<ReadJapanese> | undefined

/** Loads the dictionary once a process. */
export function loadJapaneseReading(): Promise<ReadJapanese> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<ReadJapanese> {
  const { TokenizerBuilder } = await import('lindera-wasm-nodejs-ipadic')
  const builder = new TokenizerBuilder()
  builder.setDictionary('embedded://ipadic')
  const tokenizer = builder.build()
  return (text) => readWords(text, tokenizer.tokenize(text) as readonly Token[])
}

function readWords(text: string, tokens: readonly Token[]): readonly ReadWord[] {
  const words: ReadWord[] = []
  let at = 0
  for (const token of tokens) {
    const from = text.indexOf(token.surface, at)
    if (from === -1) continue
    at = from + token.surface.length
    const before = words.at(-1)
    const counted = before && /\d$/.test(before.written) ? counters[token.surface] : undefined
    const { surface, partOfSpeech, partOfSpeechSubcategory1: kind } = token
    const leans = counted !== undefined || /^(助詞|助動詞)$/.test(partOfSpeech) || kind === '接尾' || kind === '非自立'
    words.push({ written: surface, from, sound: counted ?? soundOf(token), leans })
  }
  return words
}

/** @throws Failure 'script-not-speakable' for kanji that the dictionary does not know */
function soundOf({ surface, pronunciation }: Token): string {
  if (pronunciation !== undefined && pronunciation !== '*') return pronunciation
  const unknown = surface.match(/\p{Script=Han}/u)?.[0]
  if (unknown === undefined) return surface
  throw notSpeakable(`It is not known how "${surface}" is read.`, 'Write it in kana.')
}
