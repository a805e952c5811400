import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { modelsSchema } from '../../../src/http/schemas/model.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

const list = async (query = '', path = '/api/v1/models') =>
  modelsSchema.parse(await (await fetch(`${app.url}${path}${query}`)).json())
const ids = ({ items }: Awaited<ReturnType<typeof list>>) => items.map(({ id }) => id)

describe('GET /api/v1/models', () => {
  it('lists what can be had, and what cannot with the reason', async () => {
    const { items, money, registry, profiles } = await list()
    expect(items[0]).toEqual({
      id: 'local/model',
      name: 'local',
      provider: 'local',
      provider_name: 'Local',
      kind: 'video',
      tier: 'standard',
      capabilities: {
        seconds: { min: 1, max: 60, whole: false },
        aspect_ratios: 'any',
        languages: ['en'],
        drive: 'script',
        yields: 'talking-video',
        takes_recordings: false,
      },
      limits: expect.objectContaining({ timeout_seconds: expect.any(Number) }),
      price: expect.objectContaining({
        price: { amount: '0.15', micros: 150_000, currency: 'INR' },
        unit: 'second',
        label: 'list',
        holds: true,
      }),
      other_prices: [],
      aliases: [],
      share: 1,
      notes: null,
      available: true,
      why: null,
      health: { breaker: 'closed' },
    })
    expect(items.find(({ id }) => id === 'runway/act_two')).toMatchObject({
      available: false,
      why: 'its key is not set',
      health: null,
      limits: null,
    })
    expect(money).toEqual({ currency: 'INR', rates: { USD: '83.25' }, rates_of: '2026-01-01' })
    expect(registry).toEqual({ file: false, loaded_at: expect.any(String), error: null })
    expect(profiles.premium).toEqual({ short_side: 1080, fps: 60, max_kilobits_per_second: 8000 })
  })

  it('shows the price that holds apart from those of a guide, each in our currency too', async () => {
    const runway = (await list()).items.find(({ id }) => id === 'runway/gen4_turbo')
    // The day is one before Runway's list price holds.
    expect(runway?.price).toMatchObject({ label: 'seed', price: { amount: '0.20', currency: 'INR' }, holds: true })
    expect(runway?.other_prices).toMatchObject([
      { label: 'list', price: { amount: '0.05', currency: 'USD' }, converted: { amount: '4.1625', currency: 'INR' } },
    ])
  })

  it('lists those of a kind, those that can be had, and the others', async () => {
    expect(ids(await list('?kind=image')).every((id) => id.startsWith('nano-banana/'))).toBe(true)
    expect(ids(await list('?available=true'))).toEqual(['local/model'])
    expect(ids(await list('?available=no&kind=video')).every((id) => id.startsWith('runway/'))).toBe(true)
    await problemOf(await fetch(`${app.url}/api/v1/models?kind=song`), 422, 'field-invalid')
    await problemOf(await fetch(`${app.url}/api/v1/models?avaliable=1`), 422, 'field-unknown')
  })

  it('is found without a version too', async () => {
    expect(await list('?available=true', '/api/models')).toEqual(await list('?available=true'))
    const stranger = await fetch(`${app.url}/api/models`, { headers: { Authorization: 'Bearer wrong' } })
    await problemOf(stranger, 401, 'key-unknown')
  })
})
