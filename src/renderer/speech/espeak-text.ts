import type { ReadJapanese } from './japanese-reading.ts'
import { bareWord } from './prepare-script.ts'

/** A written word and where it stands in its piece (UTF-16 units). */
export interface WrittenWord {
  readonly word: string
  readonly from: number
  readonly to: number
}

/** A piece as the engine is given it. */
export interface EspeakText {
  readonly text: string
  /** For each code point of `text`, the place in the piece that it comes from. */
  readonly origin: readonly number[]
  readonly words: readonly WrittenWord[]
}

/** The engine obeys markup and reads [[…]] as phonemes, so neither may reach it. */
const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '[': ',',
  ']': ',',
  '{': ',',
  '}': ',',
  '*': ' ',
  _: ' ',
  '~': ' ',
  '^': ' ',
  '|': ' ',
  '\\': ' ',
}

/** Makes a clean piece (see cleanScript) safe for the engine, and remembers where everything stood. */
export function toEspeakText(piece: string, language: string): EspeakText {
  const { text, origin } = makeSafe(piece)
  return { text, origin, words: findWords(piece, language) }
}

/** A Japanese piece as it sounds; its words are those of the dictionary. */
export function toReadText(piece: string, read: ReadJapanese): EspeakText {
  let text = ''
  const origin: number[] = []
  const words: WrittenWord[] = []
  for (const { written, from, sound, leans } of read(piece)) {
    const sent = `${leans ? '' : ' '}${makeSafe(sound).text}`
    text += sent
    for (const _ of sent) origin.push(from)
    if (/[\p{L}\p{N}]/u.test(written)) words.push({ word: written, from, to: from + written.length })
  }
  return { text, origin, words }
}

function makeSafe(piece: string): Pick<EspeakText, 'text' | 'origin'> {
  let text = ''
  const origin: number[] = []
  let at = 0
  for (const character of piece) {
    const sent = replacements[character] ?? (character === '#' && !/\d/.test(piece[at + 1] ?? '') ? ' ' : character)
    text += sent
    for (const _ of sent) origin.push(at)
    at += character.length
  }
  return { text, origin }
}

/** Writing without blanks between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u

function findWords(piece: string, language: string): readonly WrittenWord[] {
  const words: WrittenWord[] = []
  for (const { 0: chunk, index } of piece.matchAll(/\S+/g)) {
    if (unspaced.test(chunk)) {
      for (const { segment, index: at, isWordLike } of new Intl.Segmenter(language, { granularity: 'word' }).segment(
        chunk,
      ))
        if (isWordLike) words.push({ word: segment, from: index + at, to: index + at + segment.length })
      continue
    }
    if (!/[\p{L}\p{N}]/u.test(chunk)) continue
    const word = bareWord(chunk)
    const from = index + chunk.indexOf(word)
    words.push({ word, from, to: from + word.length })
  }
  return words
}
