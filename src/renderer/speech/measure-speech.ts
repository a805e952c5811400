import { Failure } from '../../errors.ts'
import { espeakVoices } from './espeak-voices.ts'
import { leadInMs, pauseMs, tailMs } from './join-sentences.ts'
import { estimateEspeakSeconds } from './measure-espeak.ts'
import { isHeard, type PreparedPiece, prepareScript } from './prepare-script.ts'
import { requireInRange, speedRange } from './voice-settings.ts'

/** How long a text will be, in seconds; the truth is nearly always from `low` to `high`. */
export interface SpeechEstimate {
  readonly seconds: number
  readonly low: number
  readonly high: number
}

/** Milliseconds that each thing counted takes at speed 1. */
interface Rates {
  /** Edges of a sentence: its last syllable is drawn out. */
  readonly piece: number
  readonly syllable: number
  readonly consonant: number
  /** A comma, bracket or the like inside a sentence. */
  readonly pause: number
  readonly digit: number
  /** A letter read by name: 'SQL', 'xkcd'. */
  readonly spelled: number
  /** A sign that is read as a word: $ % @ + = / */
  readonly sign: number
  /** A mark or capital inside a word: 'app.use', 'WebAssembly'. */
  readonly odd: number
}

/**
 * Least squares of relative error over what the voices really took for 150 (kal16: 260) sentences of software
 * documentation and 40 made of prices, dates, telephone numbers and acronyms.
 */
const ratesOfVoice: Readonly<Record<string, Rates>> = {
  'en-us-slt': { piece: 293, syllable: 108, consonant: 42, pause: 262, digit: 311, spelled: 203, sign: 620, odd: 102 },
  'en-us-rms': { piece: 296, syllable: 128, consonant: 48, pause: 205, digit: 362, spelled: 262, sign: 779, odd: 136 },
  'en-gb-awb': { piece: 255, syllable: 101, consonant: 48, pause: 268, digit: 332, spelled: 212, sign: 578, odd: 137 },
  'en-us-kal16': { piece: 157, syllable: 110, consonant: 47, pause: 352, digit: 335, spelled: 252, sign: 569, odd: 46 },
}

/**
 * Half the band, relative: a part that stays, a part that averages out over a longer text, and a part for the share of
 * the text that is read in ways hard to foresee. On the texts of the fit 97-98 % of the true lengths were inside. On 44
 * other texts, four voices each (see the test), 169 of 176: all above 6 s were, the misses are tongue twisters and the like.
 */
const lastingError = 0.05
const averagingError = 0.3
const oddError = 0.2

/**
 * The length that `speak` will have, lead-in and tail included, without speaking; takes about half a millisecond a sentence.
 * @throws Failure `INVALID_REQUEST` with reason `script-not-speakable`, `voice-unknown` or `speed-out-of-range`.
 */
export function estimateSpeechSeconds(
  text: string,
  { voice, speed }: { readonly voice: string; readonly speed: number },
): SpeechEstimate {
  const espeak = espeakVoices.find(({ id }) => id === voice)
  if (espeak) return estimateEspeakSeconds(text, espeak, speed)
  const rates = ratesOfVoice[voice]
  if (!rates) {
    throw new Failure('INVALID_REQUEST', { reason: 'voice-unknown', message: `There is no voice "${voice}".` })
  }
  requireInRange('speed', speed, speedRange)
  const pieces = prepareScript(text)
  let spokenMs = 0
  let oddMs = 0
  for (const piece of pieces) {
    const counts = countPiece(piece)
    const odd =
      counts.digit * rates.digit + counts.spelled * rates.spelled + counts.sign * rates.sign + counts.odd * rates.odd
    oddMs += odd
    spokenMs +=
      odd +
      rates.piece +
      counts.syllable * rates.syllable +
      counts.consonant * rates.consonant +
      counts.pause * rates.pause
  }
  const joinsMs = pieces.slice(0, -1).reduce((sum, { end }) => sum + pauseMs[end], 0)
  const edgesSeconds = (leadInMs + tailMs) / 1000
  const naturalSeconds = (spokenMs + joinsMs) / 1000
  const seconds = edgesSeconds + naturalSeconds / speed
  const band = lastingError + averagingError / Math.sqrt(edgesSeconds + naturalSeconds) + (oddError * oddMs) / spokenMs
  return { seconds, low: seconds * (1 - band), high: seconds * (1 + band) }
}

function countPiece({ tokens }: PreparedPiece): Omit<Rates, 'piece'> {
  const counts = { syllable: 0, consonant: 0, pause: 0, digit: 0, spelled: 0, sign: 0, odd: 0 }
  for (const token of tokens) {
    counts.odd += token.spoken.match(/[a-zA-Z][./:]+(?=[a-zA-Z])|[a-z](?=[A-Z])/g)?.length ?? 0
    for (const part of token.spoken.match(/[a-z']+|\d|[$%@+=/]/gi) ?? []) {
      if (/\d/.test(part)) counts.digit++
      else if (/[$%@+=/]/.test(part)) counts.sign++
      else if (isSpelled(part)) counts.spelled += part.length
      else {
        counts.syllable += countSyllables(part)
        counts.consonant += part.replace(/[^b-df-hj-np-tv-xz]/gi, '').length
      }
    }
    if (isHeard(token) && /[,;:()"!?.]["')]*$/.test(token.spoken)) counts.pause++
    if (/^["(]/.test(token.spoken)) counts.pause++
  }
  // The mark that ends the sentence is no pause inside it.
  return { ...counts, pause: Math.max(0, counts.pause - 1) }
}

/** Without a vowel there is no reading it but by letters. */
function isSpelled(word: string): boolean {
  return word.length > 1 && !/[aeiouy]/i.test(word)
}

/** Groups of vowels, without a silent e at the end. */
function countSyllables(word: string): number {
  // No word has more than four vowels in one syllable; a scream of 20000 is one of 500 s, not of one.
  const groups = word.match(/[aeiouy]{1,4}/gi)?.length ?? 0
  const silent = /[^aeiouyl]e(?:d|s)?$/i.test(word) && !/(?:[td]ed|[sxz]es|ches|shes|ges|ces)$/i.test(word) ? 1 : 0
  return Math.max(1, groups - silent)
}
