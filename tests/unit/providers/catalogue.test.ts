import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../../src/config.ts'
import { availableProviders, createCatalogue } from '../../../src/providers/catalogue.ts'

const catalogueWith = (environment: NodeJS.ProcessEnv) =>
  createCatalogue({
    environment: readConfig(environment).providers,
    ask: () => Promise.reject(new Error('nothing is asked')),
    sendForm: () => Promise.reject(new Error('nothing is sent')),
    render: async () => {},
    languages: ['en'],
    now: () => new Date(),
  })

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

  it('has google with either spelling of its key, and tells which of its models are ended', () => {
    const without = entryWith('google', {})
    expect(without).toMatchObject({ provider: null, missing: 'GEMINI_API_KEY is not set' })
    for (const name of ['GEMINI_API_KEY', 'GOOGLE_API_KEY']) {
      expect(entryWith('google', { [name]: 'k' })?.provider?.models.map(({ id, tier }) => [id, tier])).toEqual([
        ['google/gemini-omni-1.1-flash', 'standard'],
        ['google/veo-3.1-generate-preview', 'premium'],
        ['google/veo-3.1-fast-generate-preview', 'standard'],
        ['google/veo-3.1-lite-generate-preview', 'economy'],
      ])
    }
    const ended = without?.models.flatMap(({ id, retires }) => (retires ? [[id, retires.on, retires.replacedBy]] : []))
    expect(ended).toEqual([
      ['google/gemini-omni-flash-preview', '2026-09-30', 'google/gemini-omni-1.1-flash'],
      ['google/veo-3.0-generate-001', '2026-06-30', 'google/veo-3.1-generate-preview'],
      ['google/veo-3.0-fast-generate-001', '2026-06-30', 'google/veo-3.1-fast-generate-preview'],
      ['google/veo-2.0-generate-001', '2026-06-30', 'google/veo-3.1-generate-preview'],
    ])
    expect(without?.models.map(({ id }) => id)).toContain('google/gemini-omni-1.2-flash')
  })

  it.each(['RUNWAY_API_KEY', 'RUNWAYML_API_SECRET'])('has runway with a key in %s, and what it cannot call', (name) => {
    expect(entryWith('runway', {})).toMatchObject({ provider: null, missing: 'RUNWAY_API_KEY is not set' })
    const { provider, models } = entryWith('runway', { [name]: 'k' })!
    const callable = ['runway/gwm1_avatars', 'runway/gwm1_avatars-audio', 'runway/act_two']
    expect(provider?.models.map(({ id, drive }) => [id, drive])).toEqual([
      [callable[0], 'script'],
      [callable[1], 'audio'],
      [callable[2], 'performance'],
    ])
    expect(models.map(({ id }) => id)).toEqual([...callable, 'runway/gen4_turbo', 'runway/gen4.5'])
  })

  it('has to be told which of two runway keys is meant', () => {
    const both = { RUNWAY_API_KEY: 'one', RUNWAYML_API_SECRET: 'two' }
    expect(() => readConfig(both)).toThrow('RUNWAYML_API_SECRET: is another key than RUNWAY_API_KEY')
    expect(entryWith('runway', { ...both, RUNWAYML_API_SECRET: 'one' })?.missing).toBeNull()
  })

  it('has veo3 when its key is set, and a second account beside it when that has one', () => {
    expect(entryWith('veo3', {})).toMatchObject({ provider: null, missing: 'VEO3_API_KEY is not set' })
    expect(entryWith('veo3-backup', {})).toBeUndefined()
    const both = catalogueWith({
      VEO3_API_KEY: 'one',
      VEO3_BACKUP_API_KEY: 'two',
      VEO3_BACKUP_MAX_DURATION_SECONDS: '30',
      VEO3_BACKUP_IDEMPOTENT: 'true',
    })
    expect(availableProviders(both).flatMap(({ models }) => models)).toMatchObject([
      { id: 'local/talking-head' },
      { id: 'veo3/veo3-talking', provider: 'veo3', seconds: { min: 15, max: 60 }, dedupesByKey: false },
      { id: 'veo3-backup/veo3-talking', provider: 'veo3-backup', seconds: { min: 15, max: 30 }, dedupesByKey: true },
    ])
  })

  it.each(['NANO_BANANA_API_KEY', 'NANOBANANA_API_KEY', 'GEMINI_API_KEY'])(
    'has nano-banana with a key in %s',
    (name) => {
      expect(entryWith('nano-banana', {})).toMatchObject({ provider: null, missing: 'NANO_BANANA_API_KEY is not set' })
      expect(entryWith('nano-banana', { [name]: 'k' })?.provider?.models.map(({ id, tier }) => [id, tier])).toEqual([
        ['nano-banana/gemini-3.1-flash-lite-image', 'economy'],
        ['nano-banana/gemini-3.1-flash-image', 'standard'],
        ['nano-banana/gemini-3-pro-image', 'premium'],
      ])
    },
  )

  it("takes the guide's price, or the one that is set", () => {
    const pricesOf = (environment: NodeJS.ProcessEnv) =>
      entryWith('veo3', { VEO3_API_KEY: 'one', ...environment })?.provider?.models[0]?.prices
    const seed = { micros: 150_000, currency: 'INR', unit: 'second', label: 'seed', from: '2025-09-13' }
    expect(pricesOf({})).toMatchObject([seed])
    expect(pricesOf({ VEO3_PRICE_PER_SECOND: '0.0525', VEO3_PRICE_CURRENCY: 'USD' })).toMatchObject([
      { micros: 52_500, currency: 'USD', unit: 'second', label: 'set' },
      seed,
    ])
    expect(pricesOf({ VEO3_PRICE_PER_SECOND: '12', VEO3_PRICE_CURRENCY: 'INR' })?.[0]?.micros).toBe(12_000_000)
  })

  it.each([
    [{ VEO3_WEBHOOK_SECRET: 's' }, 'VEO3_API_KEY: is not set, but VEO3_WEBHOOK_SECRET is'],
    [{ VEO3_API_BASE_URL: 'https://eu.veo3.example/v1' }, 'VEO3_API_KEY: is not set, but VEO3_API_BASE_URL is'],
    [{ VEO3_PRICE_PER_SECOND: '1', VEO3_PRICE_CURRENCY: 'INR' }, 'VEO3_API_KEY: is not set'],
    [{ NANO_BANANA_API_BASE_URL: 'https://eu.example' }, 'NANO_BANANA_API_KEY: is not set'],
    [{ VEO3_BACKUP_WEBHOOK_SECRET: 's' }, 'VEO3_BACKUP_API_KEY: is not set, but VEO3_BACKUP_WEBHOOK_SECRET is'],
    [{ VEO3_API_KEY: 'k', VEO3_PRICE_PER_SECOND: '1' }, 'VEO3_PRICE_CURRENCY: is not set'],
    [{ VEO3_API_KEY: 'k', VEO3_PRICE_CURRENCY: 'INR' }, 'VEO3_PRICE_PER_SECOND: is not set'],
    [{ VEO3_API_KEY: 'k', VEO3_PRICE_PER_SECOND: '-1' }, 'VEO3_PRICE_PER_SECOND: must be a decimal'],
    [{ VEO3_API_KEY: 'k', VEO3_API_BASE_URL: 'http://api.veo3.ai/v1' }, 'VEO3_API_BASE_URL: must be an https URL'],
    [{ VEO3_API_KEY: 'k', VEO3_API_BASE_URL: 'https://me:pw@api.veo3.ai/v1' }, 'VEO3_API_BASE_URL'],
    [{ VEO3_API_KEY: 'k', VEO3_API_BASE_URL: 'https://api.veo3.ai/v1?key=1' }, 'VEO3_API_BASE_URL'],
    [
      { VEO3_API_KEY: 'k', VEO3_STATUS_PATH: '/video/status' },
      'VEO3_STATUS_PATH: must be a path below the base URL with {job_id}',
    ],
    [{ VEO3_API_KEY: 'k', VEO3_GENERATE_PATH: '/../admin' }, 'VEO3_GENERATE_PATH: must be a path'],
    [{ VEO3_API_KEY: 'k', VEO3_GENERATE_PATH: 'video' }, 'VEO3_GENERATE_PATH'],
  ] as const)('stops the start at a half or wrong environment: %j', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(message)
  })

  it.each(['http://127.0.0.1:6100/v1', 'http://localhost:6100/v1', 'http://[::1]:6100/v1', 'http://sandbox:6100/v1'])(
    'lets a key go over plain http to this machine and its own network: %s',
    (VEO3_API_BASE_URL) => {
      expect(entryWith('veo3', { VEO3_API_KEY: 'k', VEO3_API_BASE_URL })?.provider).not.toBeNull()
    },
  )

  it("starts with the guide's own block", () => {
    const catalogue = catalogueWith({
      VEO3_API_KEY: 'your_veo3_api_key_here',
      VEO3_API_BASE_URL: 'https://api.veo3.ai/v1',
      VEO3_WEBHOOK_SECRET: 'your_webhook_secret',
      VEO3_MAX_CONCURRENT_REQUESTS: '10',
      VEO3_RATE_LIMIT_RPM: '60',
      VEO3_TIMEOUT_SECONDS: '300',
      VEO3_MAX_FILE_SIZE_MB: '200',
      VEO3_MAX_DURATION_SECONDS: '60',
      VEO3_DEFAULT_QUALITY: 'standard',
      RUNWAY_API_KEY: 'your_runway_api_key',
      NANO_BANANA_API_KEY: 'your_nano_banana_api_key',
    })
    expect(availableProviders(catalogue).map(({ id }) => id)).toEqual(['local', 'veo3', 'runway', 'nano-banana'])
  })

  it('refuses a key that no header could carry', () => {
    expect(() => readConfig({ RUNWAY_API_KEY: 'two words' })).toThrow(/RUNWAY_API_KEY: must be one word/)
    expect(() => readConfig({ RUNWAY_API_KEY: 'line\nend' })).toThrow(/RUNWAY_API_KEY/)
  })
})
