import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { matchSelector, readSelector } from '../../../src/cache/selector.ts'
import { readWord } from '../../../src/cache/words.ts'

const tags = { user: 'ada', provider: 'acme', model: 'acme/one', name: 'acme_0a1b' }
const matches = (selector: object) => matchSelector(selector)(tags)

describe('a selector', () => {
  it('asks that all holds that it gives', () => {
    expect(matches({})).toBe(true)
    expect(matches({ user: 'ada', provider: 'acme', model: 'acme/one', name: 'acme_0a1b', pattern: 'acme_*' })).toBe(
      true,
    )
    for (const field of ['user', 'provider', 'model', 'name', 'pattern'])
      expect(matches({ user: 'ada', [field]: 'other' })).toBe(false)
  })

  it('matches nothing by a tag that an entry has not', () => {
    for (const selector of [{ provider: '' }, { name: '' }, { pattern: '*' }])
      expect(matchSelector(selector)({ user: 'ada' })).toBe(false)
  })

  it('takes no name for a pattern', () => {
    expect(matches({ name: 'acme_*' })).toBe(false)
    expect(matches({ pattern: 'acme_0a1' })).toBe(false)
    expect(matches({ pattern: 'acme?0a1b' })).toBe(false)
    expect(matches({ pattern: '.*' })).toBe(false)
  })

  it('matches patterns as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 })
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const expression = pattern
          .split('*')
          .map((piece) => piece.replaceAll('.', '\\.'))
          .join('.*')
        expect(matchSelector({ pattern })({ user: '', name })).toBe(new RegExp(`^${expression}$`).test(name))
      }),
      { numRuns: 500 },
    )
  })

  it('is not slowed by a pattern made for that', () => {
    const pattern = `${'*a'.repeat(5_000)}*b`
    expect(matchSelector({ pattern })({ user: '', name: 'a'.repeat(20_000) })).toBe(false)
  })

  it('is read from what another node sent, or not at all', () => {
    expect(readSelector({ user: 'ada', pattern: 'x*' })).toEqual({ user: 'ada', pattern: 'x*' })
    for (const wrong of [null, 'x', 1, { user: 1 }, { colour: 'red' }]) expect(readSelector(wrong)).toBeUndefined()
  })
})

describe('a word from another node', () => {
  it('is read', () => {
    for (const word of [
      { say: 'forget', selector: { user: 'ada' } },
      { say: 'drop', region: 'r', key: 'k' },
      { say: 'made', region: 'r', key: 'k' },
    ])
      expect(readWord(word)).toEqual(word)
  })

  it('forgets everything where its selector asks for something that we do not know', () => {
    expect(readWord({ say: 'forget', selector: { colour: 'red' } })).toEqual({ say: 'forget', selector: {} })
    expect(readWord({ say: 'forget' })).toEqual({ say: 'forget', selector: {} })
  })

  it('is passed over where it makes no sense', () => {
    for (const wrong of [null, 'forget', {}, { say: 'sing' }, { say: 'drop', region: 'r' }, { say: 'made', key: 'k' }])
      expect(readWord(wrong)).toBeUndefined()
  })
})
