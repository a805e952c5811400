import type { Selector, Tags } from './cache.ts'

const fields = ['name', 'pattern', 'provider', 'model', 'user'] as const

/** Whether all that the selector gives holds for these tags. */
export function matchSelector(selector: Selector): (tags: Tags) => boolean {
  const pieces = selector.pattern?.split('*')
  const asked = (['name', 'provider', 'model', 'user'] as const).filter((field) => selector[field] !== undefined)
  return (tags) =>
    asked.every((field) => tags[field] === selector[field]) &&
    (pieces === undefined || (tags.name !== undefined && matchPieces(pieces, tags.name)))
}

export const selectsEverything = (selector: Selector): boolean => fields.every((field) => selector[field] === undefined)

/** What another node sent; undefined where it is no selector, or one of a later version that asks for more than we know. */
export function readSelector(json: unknown): Selector | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const known = Object.entries(json).every(
    ([field, value]) => fields.some((name) => name === field) && typeof value === 'string',
  )
  return known ? (json as Selector) : undefined
}

/** Taking each piece as early as it fits is enough, and linear: no pattern can make it slow, as a regular expression could be. */
function matchPieces(pieces: readonly string[], name: string): boolean {
  const [head = '', ...rest] = pieces
  const tail = rest.pop()
  if (tail === undefined) return name === head
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false
  const end = name.length - tail.length
  let from = head.length
  for (const piece of rest) {
    const at = name.indexOf(piece, from)
    if (at === -1 || at + piece.length > end) return false
    from = at + piece.length
  }
  return true
}
