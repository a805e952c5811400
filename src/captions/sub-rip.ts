import type { Cue } from './build-cues.ts'
import { clock } from './clock.ts'
import { lineText } from './line-text.ts'

/** Captions as SubRip, for players that know no WebVTT: lines end in CRLF, the text stands as it is. */
export function writeSubRip(cues: readonly Cue[], { rtl }: { readonly rtl: boolean }): string {
  return cues
    .map(({ startMs, endMs, lines }, i) => {
      const text = lines.map((line) => lineText(line, rtl))
      return [`${i + 1}`, `${clock(startMs, ',')} --> ${clock(endMs, ',')}`, ...text, ''].join('\r\n')
    })
    .join('\r\n')
}
