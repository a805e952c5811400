/**
 * What Redis keeps of an entry: a line of what is known about it, then the value. So tags are read without the value, which
 * may be a megabyte.
 */
import type { Tags } from './cache.ts'

export interface Envelope {
  readonly expiresAtMs: number
  readonly tags: Tags
  readonly value: unknown
}

/** So much of the beginning is enough to find the tags in. */
export const headBytes = 2048

export const sealEnvelope = (expiresAtMs: number, tags: Tags, valueJson: string): string =>
  `${JSON.stringify({ e: expiresAtMs, t: tags })}\n${valueJson}`

/** Undefined where it is no envelope. */
export function openEnvelope(text: string): Envelope | undefined {
  const head = openHead(text)
  if (!head) return undefined
  try {
    return { ...head, value: JSON.parse(text.slice(text.indexOf('\n') + 1)) }
  } catch {
    return undefined
  }
}

/** Of an envelope or its beginning. */
export function openHead(text: string): Omit<Envelope, 'value'> | undefined {
  const end = text.indexOf('\n')
  if (end === -1) return undefined
  try {
    const { e, t } = JSON.parse(text.slice(0, end)) as { e?: unknown; t?: unknown }
    if (typeof e !== 'number' || typeof t !== 'object' || t === null) return undefined
    return { expiresAtMs: e, tags: t as Tags }
  } catch {
    return undefined
  }
}
