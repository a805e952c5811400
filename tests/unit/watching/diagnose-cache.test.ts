import { describe, expect, it } from '@jest/globals'
import type { CacheStats } from '../../../src/cache/cache.ts'
import { diagnoseCache } from '../../../src/watching/diagnose-cache.ts'
import { tellCacheWarnings } from '../../../src/watching/tell-cache-warnings.ts'
import { sampleCacheStats } from '../../support/sample-cache-stats.ts'

const bounds = { enabled: true, hitRate: 0.7, minimumSample: 20 }
const codesOf = (given: Partial<CacheStats>, other: Partial<typeof bounds> = {}) =>
  diagnoseCache(sampleCacheStats(given), { ...bounds, ...other }).warnings.map(({ code }) => code)
const { memory, redis } = sampleCacheStats()

describe('the diagnosis of the caches', () => {
  it('has nothing to say of caches that do well', () => {
    expect(diagnoseCache(sampleCacheStats(), bounds)).toEqual({
      warnings: [],
      hitRate: 0.9,
      hitRateBound: 0.7,
      sample: 100,
      minimumSample: 20,
    })
  })

  it('warns of a low hit rate, but not of a handful of look-ups, and not where that is turned off', () => {
    expect(codesOf({ hits: 13, misses: 7, hitRate: 0.65 })).toEqual(['low-hit-rate'])
    expect(codesOf({ hits: 14, misses: 6, hitRate: 0.7 })).toEqual([])
    expect(codesOf({ hits: 0, misses: 19, hitRate: 0 })).toEqual([])
    expect(codesOf({ hits: 0, misses: 90, hitRate: 0 }, { hitRate: 0 })).toEqual([])
    expect(codesOf({ hits: 0, misses: 0, hitRate: null })).toEqual([])
  })

  it('says how low it is', () => {
    const { warnings } = diagnoseCache(sampleCacheStats({ hits: 10, misses: 30, hitRate: 0.25 }), bounds)
    expect(warnings[0]?.message).toBe('25 % of 40 look-ups found something; the bound is 70 %.')
  })

  it('warns of a memory that throws out more than it serves', () => {
    expect(codesOf({ memory: { ...memory, hits: 20, evictions: 21 } })).toEqual(['memory-too-small'])
    expect(codesOf({ memory: { ...memory, hits: 21, evictions: 21 } })).toEqual([])
    expect(codesOf({ memory: { ...memory, hits: 1, evictions: 19 } })).toEqual([])
  })

  it('warns of a Redis that is away, and of what it has not been told', () => {
    expect(codesOf({ redis: { ...redis!, state: 'away', pending: 2 } })).toEqual(['redis-away', 'invalidation-pending'])
    expect(codesOf({ redis: null })).toEqual([])
  })

  it('says that it is turned off', () => {
    expect(codesOf({}, { enabled: false })).toEqual(['disabled'])
  })
})

describe('the log of the caches', () => {
  it('tells a warning once when it begins and once when it is over', () => {
    const lines: string[] = []
    const keep = (level: string) => (details: object) => void lines.push(`${level} ${Object.values(details).join(' ')}`)
    const tell = tellCacheWarnings({ info: keep('info'), warn: keep('warn') })
    const low = diagnoseCache(sampleCacheStats({ hits: 10, misses: 30, hitRate: 0.25 }), bounds)
    const well = diagnoseCache(sampleCacheStats(), bounds)
    for (const diagnosis of [well, low, low, well, well, low]) tell(diagnosis)
    expect(lines).toEqual([
      'warn cache_warning low-hit-rate',
      'info cache_warning_over low-hit-rate',
      'warn cache_warning low-hit-rate',
    ])
  })
})
