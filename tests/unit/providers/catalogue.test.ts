import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'
import { availableProviders, createCatalogue } from '../../../src/providers/catalogue.ts'

const catalogueWith = (environment: NodeJS.ProcessEnv) =>
  createCatalogue({ environment: readConfig(environment).providers, render: async () => {}, languages: ['en'] })

const entryWith = (id: string, environment: NodeJS.ProcessEnv) =>
  catalogueWith(environment).find((entry) => entry.id === id)

describe('the catalogue', () => {
  it('has a provider or says what is missing, never both or neither', () => {
    for (const entry of [...catalogueWith({}), ...catalogueWith({ LOCAL_RENDERER: 'false', RUNWAY_API_KEY: 'k' })]) {
      expect([entry.id, entry.missing === null]).toEqual([entry.id, entry.provider !== null])
      if (entry.provider) expect(entry.provider.id).toBe(entry.id)
    }
  })

  it('has the local renderer, unless it is turned off', () => {
    expect(availableProviders(catalogueWith({})).map(({ id }) => id)).toEqual(['local'])
    expect(entryWith('local', { LOCAL_RENDERER: 'false' })).toMatchObject({
      provider: null,
      missing: 'LOCAL_RENDERER is false',
    })
  })

  it.each([
    ['runway', 'RUNWAY_API_KEY', 'RUNWAYML_API_SECRET'],
    ['google', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    ['nano-banana', 'NANO_BANANA_API_KEY', 'NANOBANANA_API_KEY'],
  ])('knows %s without being able to call it, and reads both spellings of its key', (id, name, other) => {
    expect(entryWith(id, {})).toMatchObject({
      keyNames: [name, other],
      provider: null,
      missing: `${name} is not set, and this version has no adapter for it yet`,
    })
    for (const spelling of [name, other]) {
      expect(entryWith(id, { [spelling]: 'k' })?.missing).toBe(
        'its key is set, but this version has no adapter for it yet',
      )
    }
  })

  it('refuses a key that no header could carry', () => {
    expect(() => readConfig({ RUNWAY_API_KEY: 'two words' })).toThrow(/RUNWAY_API_KEY: must be one word/)
    expect(() => readConfig({ RUNWAY_API_KEY: 'line\nend' })).toThrow(/RUNWAY_API_KEY/)
  })
})
