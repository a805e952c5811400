/** The Range header of RFC 9110, section 14, for bytes. `end` is included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What of `size` bytes is asked for. 'whole' also for a header that is no byte range, which the RFC wants ignored, and for
 * several parts, which a server need not serve. A suffix longer than the file is the whole file as a range.
 */
export function readByteRange(header: string, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const set = /^bytes[ \t]*=(.*)$/i.exec(header)?.[1]
  if (set === undefined) return 'whole'
  const satisfiable: ByteRange[] = []
  let wellFormed = 0
  for (const part of set.split(',')) {
    if (part.trim() === '') continue
    const [, first, last] = /^[ \t]*(\d*)-(\d*)[ \t]*$/.exec(part) ?? []
    if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole'
    if (first !== '' && last !== '' && Number(last) < Number(first)) return 'whole'
    wellFormed += 1
    const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
    const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
    if (start <= end) satisfiable.push({ start, end })
  }
  if (wellFormed === 0) return 'whole'
  const [only, ...more] = satisfiable
  if (!only) return 'unsatisfiable'
  return more.length > 0 ? 'whole' : only
}
