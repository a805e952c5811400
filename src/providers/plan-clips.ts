/**
 * Cuts a script into clips that a model can make. Where the cuts lie is weighed over the whole script: few seconds paid, few
 * clips, ends where a sentence ends rather than at a pause within it rather than between two words, and no clip with hardly a
 * word in it. Pure, so that a price, a plan and a resumed attempt all come to the same clips.
 */
import { splitForClips, type TextPiece } from './split-for-clips.ts'

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

/** What a cut is worth, in seconds of video: so much more is paid rather than cutting there. */
const cutCosts = { sentence: 0, pause: 3, word: 9, letter: 30 } as const
/** Each clip more is a seam more, and a chance more for another voice. */
const clipCost = 1
/** A clip with less speech than that sounds lost, and is mostly paid silence. */
const few = { seconds: 1.2, cost: 12 } as const
/** Of two plans that are otherwise equal the more even one. */
const unevenCost = 0.01
/** What sums of fractions may be off by. */
const rounding = 1e-6

export function planClips({ clipSeconds, speechSeconds, script }: ClipRequest): readonly PlannedClip[] {
  const longest = clipSeconds.at(-1)!
  const room = longest - clipMarginSeconds
  const lengthFor = (seconds: number) =>
    clipSeconds.find((length) => length + rounding >= seconds + clipMarginSeconds) ?? longest
  if (script === undefined) {
    const clips = Math.max(1, Math.ceil(speechSeconds / room))
    const each = speechSeconds / clips
    return Array.from({ length: clips }, () => ({ text: '', seconds: lengthFor(each), speechSeconds: each }))
  }
  const pieces = splitForClips(script, { speechSeconds, room })
  return cheapestCuts(pieces, room, lengthFor).map((stretch) => {
    const [first, last] = [stretch[0]!, stretch.at(-1)!]
    const seconds = secondsOf(stretch)
    return { text: script.slice(first.from, last.to).trim(), seconds: lengthFor(seconds), speechSeconds: seconds }
  })
}

/** The pause after the last word of a clip is not spoken. */
function secondsOf(stretch: readonly TextPiece[]): number {
  return stretch.reduce((sum, { seconds, pause }) => sum + seconds + pause, 0) - (stretch.at(-1)?.pause ?? 0)
}

/** Looks back from each piece at all stretches that may end with it, and keeps the cheapest way to get there. */
function cheapestCuts(
  pieces: readonly TextPiece[],
  room: number,
  lengthFor: (seconds: number) => number,
): readonly (readonly TextPiece[])[] {
  const ways: { readonly cost: number; readonly from: number }[] = [{ cost: 0, from: 0 }]
  for (let end = 1; end <= pieces.length; end++) {
    const last = pieces[end - 1]!
    const cut = end === pieces.length ? 0 : cutCosts[last.end]
    let best = { cost: Number.POSITIVE_INFINITY, from: end - 1 }
    let seconds = -last.pause
    for (let from = end - 1; from >= 0; from--) {
      seconds += pieces[from]!.seconds + pieces[from]!.pause
      // A piece that is longer than any clip has one for itself.
      if (seconds > room + rounding && from < end - 1) break
      const length = lengthFor(seconds)
      const lost = seconds < few.seconds ? few.cost : 0
      const cost = ways[from]!.cost + length + clipCost + cut + lost + unevenCost * (length - seconds) ** 2
      if (cost < best.cost) best = { cost, from }
    }
    ways.push(best)
  }
  const stretches: (readonly TextPiece[])[] = []
  for (let end = pieces.length; end > 0; end = ways[end]!.from) stretches.unshift(pieces.slice(ways[end]!.from, end))
  return stretches
}
