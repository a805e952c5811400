/** What nodes tell each other about the cache. */
import type { Selector } from './cache.ts'
import { readSelector } from './selector.ts'

export const topic = 'cache'

export type Word =
  /** Throw away what matches. */
  | { readonly say: 'forget'; readonly selector: Selector }
  /** Throw this one away. */
  | { readonly say: 'drop'; readonly region: string; readonly key: string }
  /** It is no longer being made: look whether it is there. */
  | { readonly say: 'made'; readonly region: string; readonly key: string }

/** Undefined where it makes no sense. A selector that cannot be read, as of a later version, is everything. */
export function readWord(message: unknown): Word | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { say, region, key, selector } = message as Record<string, unknown>
  if (say === 'forget') return { say, selector: readSelector(selector) ?? {} }
  if ((say !== 'drop' && say !== 'made') || typeof region !== 'string' || typeof key !== 'string') return undefined
  return { say, region, key }
}
