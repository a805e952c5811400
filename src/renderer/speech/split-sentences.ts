/** Why a piece ends: it sets the pause after it. `space` and `clause` are cuts that we made in an overlong sentence. */
export type PieceEnd = 'paragraph' | 'sentence' | 'clause' | 'space'

export interface Piece {
  readonly text: string
  readonly end: PieceEnd
}

/** Longest text spoken at once, characters: about 17 s of speech, 25 MB of engine memory. */
export const longestPiece = 260

/** Letters that each stand for a syllable or a word. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu

/** The longest piece of a text, characters: a third as many where most of them are dense. */
export function longestPieceOf(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return 2 * (text.match(dense)?.length ?? 0) > letters ? Math.round(longestPiece / 3) : longestPiece
}

/** Titles and the like after which a stop is no end; ICU has no list of them in Node's locale data. */
const abbreviation =
  /(?:^|[\s("'])(?:Dr|Mr|Mrs|Ms|Prof|St|Sr|Jr|Gen|Col|Capt|Lt|Sgt|Rev|Hon|vs|etc|approx|No|Fig|e\.g|i\.e)\.\s*$/

/**
 * Cuts a clean script (see cleanScript) into pieces that are spoken one by one. Line breaks end paragraphs; sentences
 * come from Intl.Segmenter; what is longer than `longest` characters is cut at a clause mark, else at a blank, else hard.
 */
export function splitSentences(script: string, longest: number = longestPiece): readonly Piece[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  const pieces: Piece[] = []
  for (const paragraph of script.split('\n')) {
    const sentences: string[] = []
    for (const { segment } of segmenter.segment(paragraph)) {
      const before = sentences.at(-1)
      if (before !== undefined && abbreviation.test(before)) sentences[sentences.length - 1] = before + segment
      else sentences.push(segment)
    }
    const cut = sentences.flatMap((sentence) => cutOverlong(sentence.trim(), longest)).filter(({ text }) => text !== '')
    const last = cut.pop()
    pieces.push(...cut)
    if (last) pieces.push({ text: last.text, end: 'paragraph' })
  }
  return pieces
}

function cutOverlong(sentence: string, longest: number): readonly Piece[] {
  const pieces: Piece[] = []
  let rest = sentence
  while (rest.length > longest) {
    const window = rest.slice(0, longest + 1)
    const clause = lastMatchEnd(window, /[,;:)"،؛]\s|[，、；：」』）]/g)
    const space = window.lastIndexOf(' ')
    // A cut in the first third would leave a stump.
    const atClause = clause > longest / 3
    const at = atClause ? clause : space > 0 ? space : wordCut(rest, longest)
    pieces.push({ text: rest.slice(0, at).trim(), end: atClause ? 'clause' : 'space' })
    rest = rest.slice(at).trim()
  }
  return [...pieces, { text: rest, end: 'sentence' }]
}

function lastMatchEnd(text: string, pattern: RegExp): number {
  let end = -1
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length
  return end
}

/** The last border between words, where writing has no blanks; never between the halves of a character. */
function wordCut(text: string, longest: number): number {
  const words = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)
  const at = words.containing(longest)?.index ?? 0
  return at > longest / 3 ? at : safeCut(text, longest)
}

function safeCut(text: string, at: number): number {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code <= 0xdbff ? at - 1 : at
}
