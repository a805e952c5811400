/**
 * A WebVTT reader as strict as the format's syntax chapter (W3C, section 4): it throws at what a tolerant player would
 * forgive. Knows notes, cues and time tags, which is all that we write.
 */
export interface ParsedCue {
  readonly id: string
  readonly startMs: number
  readonly endMs: number
  /** Lines of plain text, entities read. */
  readonly lines: readonly string[]
  /** Times inside the cue, each with the text that it brings. */
  readonly parts: readonly { readonly atMs: number; readonly text: string }[]
}

export function parseWebVtt(file: string): { readonly notes: readonly string[]; readonly cues: readonly ParsedCue[] } {
  if (/[\r\0]/.test(file)) throw new SyntaxError('carriage returns and NULs are not for this file')
  const [head, ...blocks] = file.replace(/\n+$/, '').split(/\n\n/)
  if (!/^\ufeff?WEBVTT(?:[ \t][^\n]*)?$/.test(head!)) throw new SyntaxError(`no header: ${head}`)
  const notes: string[] = []
  const cues: ParsedCue[] = []
  for (const block of blocks) {
    if (block === '' || block.startsWith('\n')) throw new SyntaxError('more blank lines than one')
    if (/^NOTE(?:[ \t\n]|$)/.test(block)) {
      if (block.includes('-->')) throw new SyntaxError('a note with an arrow')
      notes.push(block.slice(4).trim())
    } else cues.push(parseCue(block, cues.at(-1)))
  }
  return { notes, cues }
}

const arrow = /^(\d{2,}:\d\d:\d\d\.\d{3}) --> (\d{2,}:\d\d:\d\d\.\d{3})$/

function parseCue(block: string, before: ParsedCue | undefined): ParsedCue {
  const [id, times, ...lines] = block.split('\n')
  const match = arrow.exec(times ?? '')
  if (id!.includes('-->') || !match) throw new SyntaxError(`no cue: ${block}`)
  const [startMs, endMs] = [readTime(match[1]!), readTime(match[2]!)]
  if (endMs <= startMs) throw new SyntaxError(`a cue that ends before it starts: ${block}`)
  if (before && startMs < before.startMs) throw new SyntaxError(`a cue out of order: ${block}`)
  if (lines.length === 0 || lines.some((line) => line === ''))
    throw new SyntaxError(`a cue with an empty line: ${block}`)
  const parts = [{ atMs: startMs, text: '' }]
  for (const piece of lines.join('\n').split(/(<[^>]*>)/)) {
    if (piece.startsWith('<')) {
      const atMs = readTime(piece.slice(1, -1))
      if (atMs <= parts.at(-1)!.atMs || atMs >= endMs) throw new SyntaxError(`a time tag out of order: ${block}`)
      parts.push({ atMs, text: '' })
    } else parts[parts.length - 1] = { ...parts.at(-1)!, text: parts.at(-1)!.text + readText(piece) }
  }
  const text = parts.map((part) => part.text).join('')
  return { id: id!, startMs, endMs, lines: text.split('\n'), parts }
}

function readTime(text: string): number {
  const match = /^(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(text)
  if (!match) throw new SyntaxError(`no time: ${text}`)
  const [hours, minutes, seconds, ms] = match.slice(1).map(Number)
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1000 + ms!
}

function readText(text: string): string {
  if (/[<>]/.test(text) || /&(?!amp;|lt;|gt;)/.test(text)) throw new SyntaxError(`text that is not escaped: ${text}`)
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
