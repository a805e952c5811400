import { cleanScript, requireReadable, toSpokenForm } from './speakable.ts'
import { type Piece, splitSentences } from './split-sentences.ts'

/** A written word and what the voice is given for it; the latter may be several words ('£5' -> '5 pounds') or none. */
export interface Token {
  readonly written: string
  readonly spoken: string
}

/** A piece with its words, those only that are heard or that carry punctuation. */
export interface PreparedPiece extends Piece {
  readonly tokens: readonly Token[]
}

/**
 * All that happens to a script before the voice: cleaned, checked, cut into pieces, words in readable letters.
 * @throws Failure `INVALID_REQUEST` with reason `script-not-speakable`.
 */
export function prepareScript(text: string): readonly PreparedPiece[] {
  const clean = cleanScript(text)
  requireReadable(clean)
  return splitSentences(clean)
    .map((piece) => ({
      ...piece,
      tokens: piece.text.split(/\s+/).map((written) => ({ written, spoken: toSpokenForm(written) })),
    }))
    .filter(({ tokens }) => tokens.some(isHeard))
}

/** False for tokens that are only punctuation or marks. */
export function isHeard({ spoken }: Token): boolean {
  return /[a-z0-9$%@]/i.test(spoken)
}

/** The word as written, without the punctuation around it. */
export function bareWord(written: string): string {
  return written.replace(/^[^\p{L}\p{N}$£€¥₹&@#+-]+|[^\p{L}\p{N}\p{M}%+#°&]+$/gu, '') || written
}
