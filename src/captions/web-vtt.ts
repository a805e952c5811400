import type { Cue } from './build-cues.ts'
import { clock } from './clock.ts'
import { directionMark, shownWords } from './line-text.ts'
import type { TimedWord } from './time-script.ts'

/**
 * Captions as WebVTT (W3C), each word with its own time, so that a player can follow the speech.
 * @param language BCP 47, told in a note: the format has no field for it
 * @param rtl whether the script runs from right to left
 */
export function writeWebVtt(cues: readonly Cue[], { language, rtl }: { language: string; rtl: boolean }): string {
  const blocks = cues.map((cue, i) => {
    const times = `${clock(cue.startMs)} --> ${clock(cue.endMs)}`
    return `${i + 1}\n${times}\n${cueText(cue, rtl)}\n`
  })
  return ['WEBVTT\n', `NOTE Language: ${language}\n`, ...blocks].join('\n')
}

/** A time tag must lie after the one before it and inside its caption; a word that cannot have one comes with its neighbour. */
function cueText({ startMs, endMs, lines }: Cue, rtl: boolean): string {
  let told = startMs
  const tag = ({ startMs: at }: TimedWord) => {
    if (at <= told || at >= endMs) return ''
    told = at
    return `<${clock(at)}>`
  }
  return lines
    .map((line) => {
      const words = shownWords(line).map((word) => tag(word) + escapeText(word.text))
      return directionMark(line, rtl) + words.join('')
    })
    .join('\n')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
