import { describe, expect, it } from '@jest/globals'
import { readConfig } from '../../../../src/config.ts'
import { Failure } from '../../../../src/errors.ts'
import { createCatalogue } from '../../../../src/providers/catalogue.ts'
import { followVendorsModels } from '../../../../src/providers/follow-vendors-models.ts'
import { createModelRegistry } from '../../../../src/providers/model-registry.ts'
import { usualProfiles } from '../../../../src/providers/quality-profile.ts'
import { runwayFacts } from '../../../../src/providers/runway-models.ts'
import { seedNames } from '../../../../src/providers/seed-names.ts'
import { createScriptedProvider, scriptedModel } from '../../../doubles/scripted-provider.ts'

const a = createScriptedProvider('a')
const runway = runwayFacts({}, ['en'])
const entries = [
  { id: 'a', name: 'A', provider: a, missing: null, models: a.models },
  { id: 'runway', name: 'Runway', provider: null, missing: 'RUNWAY_API_KEY is not set', models: runway },
]

function make(file?: unknown) {
  let seconds = 0
  const now = () => new Date(Date.UTC(2026, 10, 21, 0, 0, seconds++))
  const registry = createModelRegistry({ entries, now })
  if (file !== undefined) registry.load(JSON.stringify(file))
  return registry
}

function mistakesIn(file: unknown): string {
  try {
    make().load(typeof file === 'string' ? file : JSON.stringify(file))
  } catch (error) {
    if (error instanceof Failure && error.reason === 'models-file-invalid') return error.message
    throw error
  }
  return ''
}

const listed = (registry: ReturnType<typeof make>, id: string) => registry.list().find(({ facts }) => facts.id === id)!

describe('the registry', () => {
  it('lists what can be called, and what cannot with the reason, of the providers that are known', () => {
    const registry = make()
    expect(registry.models().map(({ id }) => id)).toEqual(['a/model'])
    expect(listed(registry, 'a/model')).toMatchObject({ missing: null, share: 1, providerName: 'A' })
    expect(listed(registry, 'runway/gen4_turbo')).toMatchObject({
      callable: null,
      limits: null,
      missing: 'RUNWAY_API_KEY is not set',
    })
  })

  it('changes what is known by the file, from the next question on', () => {
    const registry = make()
    registry.load(
      JSON.stringify({
        models: {
          'a/model': {
            tier: 'economy',
            price: { amount: '0.25', currency: 'EUR', from: '2026-02-01' },
            seconds: { max: 30 },
            notes: 'only for tests',
          },
        },
        providers: { a: { limits: { max_concurrent: 3, max_file_mb: 5 } } },
        profiles: { premium: { fps: 30 } },
      }),
    )
    const [model] = registry.models()
    expect(model).toMatchObject({ tier: 'economy', seconds: { min: 1, max: 30 }, notes: 'only for tests' })
    expect(model?.prices.at(-1)).toEqual({
      micros: 250_000,
      currency: 'EUR',
      unit: 'second',
      label: 'set',
      from: '2026-02-01',
      source: 'set by whoever runs this installation',
    })
    const provider = entries[0]!.provider!
    expect(registry.limitsOf(provider)).toEqual({ ...provider.limits, maxConcurrent: 3, maxFileBytes: 5 * 1024 ** 2 })
    expect(registry.profiles()).toEqual({ ...usualProfiles, premium: { ...usualProfiles.premium, fps: 30 } })
    registry.load('{}')
    expect(registry.models()[0]).toMatchObject({ tier: 'standard', seconds: { min: 1, max: 60 } })
    expect(registry.profiles()).toEqual(usualProfiles)
  })

  it('switches a model off, and says so', () => {
    const registry = make({ models: { 'a/model': { enabled: false } } })
    expect(registry.models()).toEqual([])
    expect(registry.whyNot('a/model', 'anybody')).toBe('it is switched off here')
  })

  it('gives a model to its share of the tenants, to the same ones each time', () => {
    const registry = make({ models: { 'a/model': { share: 0.25 } } })
    const tenants = Array.from({ length: 2000 }, (_, index) => `tenant-${index}`)
    const given = () => tenants.filter((tenant) => registry.whyNot('a/model', tenant) === null)
    const first = given()
    expect(given()).toEqual(first)
    // 500 expected, with a standard deviation of 19; the names are always the same.
    expect(first.length).toBeGreaterThan(440)
    expect(first.length).toBeLessThan(560)
    registry.load(JSON.stringify({ models: { 'a/model': { share: 0.5 } } }))
    const more = new Set(given())
    expect(first.every((tenant) => more.has(tenant))).toBe(true)
    registry.load(JSON.stringify({ models: { 'a/model': { share: 0 } } }))
    expect(given()).toEqual([])
    expect(registry.whyNot('a/model', 'tenant-1')).toContain('a part of the users')
  })
})

describe('a model that its vendor ends', () => {
  const model = scriptedModel('old', { retires: { on: '2026-11-20', replacedBy: 'old/newer' } })
  const old = { ...createScriptedProvider('old'), models: [model] }
  const at = (day: string) =>
    createModelRegistry({
      entries: [{ id: 'old', name: 'Old', provider: old, missing: null, models: old.models }],
      now: () => new Date(`${day}T12:00:00Z`),
    })

  it('is there until its day, and then named with what to ask for instead', () => {
    expect(at('2026-11-19').models()).toHaveLength(1)
    const registry = at('2026-11-20')
    expect(registry.models()).toEqual([])
    const why = 'its vendor ended it on 2026-11-20; ask for old/newer instead'
    expect(registry.list()).toMatchObject([{ callable: null, missing: why }])
    expect(registry.whyNot('old/model', 'tenant')).toBe(why)
  })

  it('or does not know any more is left out until it is back', () => {
    const registry = make()
    registry.setGone(new Set(['a/model']))
    expect(registry.models()).toEqual([])
    expect(registry.whyNot('a/model', 'tenant')).toBe('its vendor does not know it (any more)')
    registry.setGone(new Set())
    expect(registry.models()).toHaveLength(1)
  })

  it('is asked for at the vendor, whose silence changes nothing', async () => {
    const registry = make()
    const answers: (boolean | Error)[] = [false, new Error('silence'), true]
    const knows = async () => {
      const answer = answers.shift()!
      if (answer instanceof Error) throw answer
      return answer
    }
    const log = { info: () => {}, warn: () => {} }
    const followed = followVendorsModels(registry, [{ ...a, knows }], log)
    const seen: number[] = []
    for (let round = 0; round < 3; round++) {
      await followed.ask()
      seen.push(registry.models().length)
    }
    followed.close()
    expect(seen).toEqual([0, 0, 1])
  })
})

describe('names of models', () => {
  it('are ids, names that the file gives, and those that guides use, however they are written', () => {
    const registry = make({ models: { 'a/model': { aliases: ['My Model'] } } })
    expect(registry.find('A/Model')).toEqual({ kind: 'model', id: 'a/model', warning: null })
    expect(registry.find('my-model')).toEqual({ kind: 'model', id: 'a/model', warning: null })
    expect(registry.find('Runway')).toEqual({
      kind: 'model',
      id: 'runway/gwm1_avatars',
      warning: expect.stringContaining('runway/gwm1_avatars'),
    })
    expect(listed(registry, 'a/model').aliases).toEqual(['My Model'])
    expect(listed(registry, 'runway/gwm1_avatars').aliases).toEqual(['runway'])
  })

  it('that mean nothing here come back with the names there are, and with what became of them', () => {
    const registry = make()
    expect(registry.find('nonsense')).toMatchObject({ kind: 'unknown', why: null })
    expect(registry.find('DALL-E 3')).toMatchObject({ kind: 'unknown', why: expect.stringContaining('withdrawn') })
    const { known } = registry.find('sora') as { known: readonly string[] }
    expect(known).toContain('a/model')
    expect(registry.find('constructor')).toMatchObject({ kind: 'unknown', why: null })
  })

  it('of guides lead to models that are known', () => {
    const catalogue = createCatalogue({
      environment: readConfig({ VEO3_BACKUP_API_KEY: 'key' }).providers,
      ask: () => Promise.reject(new Error('nothing is asked')),
      render: async () => {},
      languages: ['en'],
      now: () => new Date(),
    })
    const ids = new Set(catalogue.flatMap(({ models }) => models).map(({ id }) => id))
    for (const { id } of Object.values(seedNames)) expect(id === null || ids.has(id)).toBe(true)
  })
})

describe('a wrong file', () => {
  it('is refused with every mistake named', () => {
    const message = mistakesIn({
      models: {
        'a/model': { enabled: 'yes', price: { amount: 0.15, currency: 'inr' }, share: 2, colour: 'red' },
        'runway/gen4_turbo': { tier: 'best' },
      },
      profiles: { premium: { fps: 300 }, ultra: {} },
      more: 1,
    })
    for (const place of ['enabled', 'amount', 'currency', 'share', 'colour', 'tier', 'fps', 'ultra', 'more']) {
      expect(message).toContain(place)
    }
  })

  it.each([
    [{ models: { 'a/modell': {} } }, /a\/modell: is not known here; known are a\/model, /],
    [{ providers: { b: { limits: {} } } }, /providers\.b: is not known here; known are a, runway/],
    [{ models: { 'a/model': { aliases: ['run-way'] } } }, /'run-way' already means runway\/gwm1_avatars/],
    [{ models: { 'a/model': { aliases: ['x'] }, 'runway/act_two': { aliases: ['X'] } } }, /'X' already means a\/model/],
    [{ models: { 'a/model': { seconds: { min: 61 } } } }, /61 to 60 is no range/],
    ['{"models": {"a/model": secret}}', /it is not JSON/],
    ['', /it is not JSON/],
    ['[]', /the file/],
  ])('such as %j', (file, words) => {
    expect(mistakesIn(file)).toMatch(words)
    expect(mistakesIn(file)).not.toContain('secret')
  })

  it('leaves what was before in force, and is told of until a good one comes', () => {
    const registry = make({ models: { 'a/model': { tier: 'premium' } } })
    const { loadedAt } = registry.state()
    expect(() => registry.load('{"models": 1}')).toThrow(Failure)
    expect(registry.models()[0]?.tier).toBe('premium')
    expect(registry.state()).toEqual({ hasFile: true, loadedAt, error: expect.stringContaining('models') })
    registry.refuse('the file cannot be read')
    expect(registry.state().error).toBe('the file cannot be read')
    registry.load('{}')
    expect(registry.state().error).toBeNull()
    expect(registry.state().loadedAt.getTime()).toBeGreaterThan(loadedAt.getTime())
  })
})
