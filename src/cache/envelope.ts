/**
 * What Redis keeps of an entry: when it ends, its tags, and on the next line the value. So whether it is over is known without
 * any JSON, its tags without the value, which may be a megabyte, and a hit costs hardly more than to parse the value.
 */
import type { Tags } from './cache.ts'

/** So much of the beginning is enough to find the tags in. */
export const headBytes = 2048

/** @param expiresAtMs whole */
export const sealEnvelope = (expiresAtMs: number, tags: Tags, valueJson: string): string =>
  `${expiresAtMs}${JSON.stringify(tags)}\n${valueJson}`

/** NaN where it is no envelope. */
export const expiryIn = (text: string): number => Number.parseInt(text, 10)

/** Of an envelope or its beginning; undefined where they cannot be read. */
export function tagsIn(text: string): Tags | undefined {
  const tags = parse(text.slice(text.indexOf('{'), text.indexOf('\n')))
  return typeof tags === 'object' && tags !== null ? (tags as Tags) : undefined
}

/** Undefined where it cannot be read. */
export const valueIn = (text: string): unknown => parse(text.slice(text.indexOf('\n') + 1))

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
