import type { Flite } from './flite-wasi.ts'
import { isHeard, type PreparedPiece, type Token } from './prepare-script.ts'
import { type GuideSound, parseGuide } from './word-times.ts'

/** The sounds of each heard word of a piece, in order; see word-times.ts. */
export type WordGuide = readonly (readonly GuideSound[])[]

/** Guide text per run, characters: keeps the quick voice's memory under 30 MB. */
const batchCharacters = 1500
/** Nothing is heard of the guide, so it speaks ten times faster. */
const stretch = '0.1'

/** The guide of every piece, several pieces a run; where a run does not fit its words, each piece alone again. */
export function readGuides(flite: Flite, pieces: readonly PreparedPiece[]): readonly (WordGuide | undefined)[] {
  return batches(pieces).flatMap((batch) => {
    const guide = readGuide(
      flite,
      batch.flatMap(({ tokens }) => tokens),
    )
    if (!guide) return batch.map(({ tokens }) => (batch.length > 1 ? readGuide(flite, tokens) : undefined))
    let from = 0
    return batch.map(({ tokens }) => {
      const count = tokens.filter(isHeard).length
      from += count
      return guide.slice(from - count, from)
    })
  })
}

function batches(pieces: readonly PreparedPiece[]): readonly (readonly PreparedPiece[])[] {
  const result: PreparedPiece[][] = []
  let characters = Number.POSITIVE_INFINITY
  for (const piece of pieces) {
    characters += piece.text.length
    if (characters > batchCharacters) {
      result.push([])
      characters = piece.text.length
    }
    result.at(-1)!.push(piece)
  }
  return result
}

/** One run: the words with a comma after each, so that a pause parts them. Undefined when the counts differ. */
function readGuide(flite: Flite, tokens: readonly Token[]): WordGuide | undefined {
  const words = tokens.filter(isHeard).map(({ spoken }) => spoken.replace(/^[^a-z0-9$%@-]+|[^a-z0-9%]+$/gi, ''))
  const quick = ['-voice', 'kal16', '--setf', `duration_stretch=${stretch}`]
  const { stdout } = flite([...quick, '-psstress', '-o', 'none', '-t', `${words.join(', ')}.`])
  const guide = parseGuide(stdout)
  return guide.length === words.length ? guide : undefined
}
