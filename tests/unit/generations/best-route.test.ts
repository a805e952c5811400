import { describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { bestRoute } from '../../../src/generations/best-route.ts'
import type { Model } from '../../../src/providers/model.ts'
import { createAIServiceRouter } from '../../../src/routing/ai-service-router.ts'
import { settings } from '../../doubles/heart.ts'
import { scriptedModel } from '../../doubles/scripted-provider.ts'

const costs: Readonly<Record<string, number>> = { a: 2_000_000, b: 1_234_567 }
const best = (
  models: readonly Model[],
  changes: Partial<typeof settings> = {},
  outage: (model: Model) => string | null = () => null,
) => {
  const router = createAIServiceRouter({
    models: () => models,
    priority: [],
    outage,
    quote: ({ provider }, { seconds }) => ({
      sentSeconds: seconds,
      cost: { micros: costs[provider]!, currency: 'INR' },
    }),
  })
  return bestRoute(router, { tenantId: 'local', id: 'wrk_1' }, { ...settings, ...changes }, 8)
}
const models = [scriptedModel('a'), scriptedModel('b')]

describe('the route that a request would take', () => {
  it('is the one that the router ranks first', async () => {
    expect((await best(models)).provider).toBe('b')
    expect((await best(models, { model: 'a/model' })).provider).toBe('a')
  })

  it('is missing with the least amount that would do, where the cost limit alone is in the way', async () => {
    const refused = best(models, { costLimit: { micros: 1_234_566, currency: 'INR' } })
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      reason: 'cost-limit-too-low',
      status: 422,
      hint: 'Raise cost_limit to 1.234567 INR, or shorten the script.',
      extra: {
        cheapest: {
          provider: 'b',
          model: 'b/model',
          estimate: { amount: '1.234567', micros: 1_234_567, currency: 'INR' },
        },
      },
    })
    await expect(best(models, { costLimit: { micros: 1_234_567, currency: 'INR' } })).resolves.toBeDefined()
  })

  it('is missing for a while where whoever could do it is down', async () => {
    const refused = best(models, {}, () => 'it failed again and again')
    await expect(refused).rejects.toMatchObject({ reason: 'providers-down', status: 503, retryAfterSeconds: 30 })
    expect((await best(models, {}, ({ id }) => (id === 'b/model' ? 'it is down' : null))).provider).toBe('a')
    await expect(best(models, { language: 'fr' }, () => 'it is down')).rejects.toMatchObject({
      reason: 'no-able-model',
    })
  })

  it('is missing with what keeps each model away', async () => {
    const refused = best(models, { language: 'fr' })
    await expect(refused).rejects.toBeInstanceOf(Failure)
    await expect(refused).rejects.toMatchObject({
      reason: 'no-able-model',
      hint: "a/model: it does not speak 'fr'; b/model: it does not speak 'fr'",
    })
  })
})
