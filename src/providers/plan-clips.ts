/**
 * Cuts a script into clips that a model can make. A clip ends where a sentence does if it can, else at a pause within it, else
 * between two words; it is as long as its words take to say, in the lengths that the model knows. Pure, so that a price, a plan
 * and a resumed attempt all come to the same clips.
 */

export interface PlannedClip {
  /** Its words, trimmed. */
  readonly text: string
  /** What the model is asked for. */
  readonly seconds: number
  /** What its words are expected to take. */
  readonly speechSeconds: number
}

export interface ClipRequest {
  /** Ascending. */
  readonly clipSeconds: readonly number[]
  /** Of the whole script. */
  readonly speechSeconds: number
  /** Absent: only the length is known. */
  readonly script?: string | undefined
}

/** At the ends of a clip nobody speaks: a model that is asked for words to its last moment cuts them off. */
export const clipMarginSeconds = 0.5

export function planClips({ clipSeconds, speechSeconds, script }: ClipRequest): readonly PlannedClip[] {
  const longest = clipSeconds.at(-1)!
  const room = longest - clipMarginSeconds
  const lengthFor = (seconds: number) => clipSeconds.find((length) => length >= seconds + clipMarginSeconds) ?? longest
  if (script === undefined) {
    const clips = Math.max(1, Math.ceil(speechSeconds / room))
    const each = speechSeconds / clips
    return Array.from({ length: clips }, () => ({ text: '', seconds: lengthFor(each), speechSeconds: each }))
  }
  const weight = (text: string) => text.replaceAll(/\s+/g, ' ').length
  const secondsPerWeight = speechSeconds / Math.max(1, weight(script.trim()))
  const secondsOf = (text: string) => weight(text) * secondsPerWeight
  const clips: string[] = []
  let open = ''
  const add = (piece: string) => {
    if (open !== '' && secondsOf(`${open} ${piece}`) > room) {
      clips.push(open)
      open = ''
    }
    open = open === '' ? piece : `${open} ${piece}`
  }
  for (const sentence of split(script, /(?<=[.!?\u2026\u3002\uff01\uff1f\u0964]["'\u201d\u2019)\]]*)\s*(?=\S)/u)) {
    for (const piece of pieces(sentence, secondsOf, room)) add(piece)
  }
  if (open !== '') clips.push(open)
  return clips.map((text) => ({ text, seconds: lengthFor(secondsOf(text)), speechSeconds: secondsOf(text) }))
}

/** A sentence that is too long for a clip, at its inner pauses, then between words; a single word is never cut. */
function pieces(sentence: string, secondsOf: (text: string) => number, room: number): readonly string[] {
  if (secondsOf(sentence) <= room) return [sentence]
  const atPauses = split(sentence, /(?<=[,;:\u2014\u3001\uff0c])\s*(?=\S)/u)
  if (atPauses.length > 1) return atPauses.flatMap((part) => pieces(part, secondsOf, room))
  return split(sentence, /\s+/u)
}

function split(text: string, at: RegExp): readonly string[] {
  return text
    .split(at)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
