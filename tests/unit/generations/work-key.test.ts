import { describe, expect, it } from '@jest/globals'
import type { Settings } from '../../../src/generations/generation.ts'
import { workKey } from '../../../src/generations/work-key.ts'
import { settings } from '../../doubles/heart.ts'

const keyOf = (changes: Partial<Settings> = {}) =>
  workKey({ photoSha256: 'ab', face: null, script: 'Hello.', settings: { ...settings, ...changes } })

describe('what makes requests equal', () => {
  it('is not the place in the queue, the patience, or how models are ranked', () => {
    expect(keyOf({ priority: 'high' })).toBe(keyOf())
    expect(keyOf({ timeoutSeconds: 10 })).toBe(keyOf())
    expect(keyOf({ strategy: 'cheapest' })).toBe(keyOf())
  })

  it('is the model that was named, and the most that it may cost', () => {
    const costLimit = { micros: 1, currency: 'INR' }
    const keys = [keyOf(), keyOf({ model: 'a/model' }), keyOf({ model: 'b/model' }), keyOf({ costLimit })]
    expect(new Set(keys).size).toBe(keys.length)
  })
})
