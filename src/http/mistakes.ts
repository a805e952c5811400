/** What is wrong with the fields of a request, collected so that a caller hears of everything at once. */
import { Failure } from '../errors.ts'

export interface Mistake {
  /** As the caller wrote it: 'duration', 'voice_settings.speed'. */
  readonly field: string
  readonly reason: 'field-missing' | 'field-invalid' | 'field-unknown' | 'field-repeated' | 'consent-missing'
  readonly message: string
  readonly hint?: string
}

/**
 * One Failure for all of them. Its reason is theirs when they share one, 'fields-invalid' when they differ; `errors` lists each.
 * @param mistakes at least one
 */
export function mistakesFailure(mistakes: readonly Mistake[]): Failure {
  const reasons = new Set(mistakes.map(({ reason }) => reason))
  const [first] = mistakes
  const message =
    mistakes.length === 1 && first ? `${first.field} ${first.message}.` : `${mistakes.length} fields are wrong.`
  return new Failure('INVALID_REQUEST', {
    reason: reasons.size === 1 && first ? first.reason : 'fields-invalid',
    message,
    hint: (mistakes.length === 1 && first?.hint) || 'See `errors` for what each field takes.',
    extra: { errors: mistakes },
  })
}

/** 'is not known', with the nearest known name when one is near enough to be what was meant. */
export function unknownField(field: string, known: readonly string[], prefix = ''): Mistake {
  const nearest = nearestName(field, known)
  return {
    field: prefix + field,
    reason: 'field-unknown',
    message: 'is not a known field',
    hint: nearest
      ? `Did you mean '${prefix}${nearest}'?`
      : `Known fields: ${known.map((name) => prefix + name).join(', ')}.`,
  }
}

/** The known name with the fewest edits to the given one, if that is at most a third of its length. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const asked = plain(name).slice(0, 64)
  let best: { candidate: string; edits: number } | null = null
  for (const candidate of known) {
    const edits = editDistance(asked, plain(candidate))
    if (edits <= Math.max(1, candidate.length / 3) && (best === null || edits < best.edits)) best = { candidate, edits }
  }
  return best?.candidate ?? null
}

/** Levenshtein: insertions, removals and replacements from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced))
    }
    row = next
  }
  return row[to.length]!
}
