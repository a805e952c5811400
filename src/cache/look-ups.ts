import type { LookUps } from './cache.ts'

export const lookUps = (hits: number, misses: number): LookUps => ({
  hits,
  misses,
  hitRate: hits + misses === 0 ? null : hits / (hits + misses),
})
