import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { estimateSchema } from '../../../src/http/schemas/estimate.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

const send = (body: unknown, type = 'application/json') =>
  fetch(`${app.url}/api/v1/estimates`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': type },
  })
const estimate = async (body: unknown) => {
  const response = await send(body)
  const text = await response.text()
  expect({ status: response.status, text }).toMatchObject({ status: 200 })
  return estimateSchema.parse(JSON.parse(text))
}

describe('POST /api/v1/estimates', () => {
  it('answers what it would cost without a photo', async () => {
    const body = await estimate({ script: 'x'.repeat(200), strategies: 'cheapest, latency', budget: '1.50' })
    expect(body).toEqual({
      speech: { seconds: 20, language: 'en', language_source: 'detected', voice: 'en-us-slt' },
      quality: 'standard',
      options: [
        {
          provider: 'local',
          model: 'local/model',
          tier: 'standard',
          video_seconds: 20,
          cost: { amount: '3.00', micros: 3_000_000, currency: 'INR' },
          price: {
            price: { amount: '0.15', micros: 150_000, currency: 'INR' },
            unit: 'second',
            label: 'list',
            source: 'test',
            from: '2026-01-01',
          },
          processing_seconds: 20,
          measured: false,
          within_budget: false,
          ranks: [
            { strategy: 'cheapest', rank: 1, why: 'cheapest of all; standard tier, 3.00 INR for 20.0 s' },
            { strategy: 'latency', rank: 1, why: 'fastest (about 20 s); standard tier, 3.00 INR for 20.0 s' },
          ],
        },
      ],
      unable: [{ provider: 'vendor', model: 'vendor/motion', why: 'its key is not set' }],
      budget: { amount: '1.50', micros: 1_500_000, currency: 'INR' },
      recommendation: {
        provider: null,
        model: null,
        why: 'Nothing is within the budget.',
        alternatives: [
          {
            kind: 'shorter-script',
            provider: 'local',
            model: 'local/model',
            seconds: 10,
            characters: 100,
            quality: null,
            budget: null,
          },
          {
            kind: 'larger-budget',
            provider: 'local',
            model: 'local/model',
            seconds: null,
            characters: null,
            quality: null,
            budget: { amount: '3.00', micros: 3_000_000, currency: 'INR' },
          },
        ],
      },
      warnings: [],
    })
  })

  it('takes seconds in the place of words', async () => {
    const { speech, recommendation } = await estimate({ seconds: '12.5', language: 'en-GB', quality: 'economy' })
    expect(speech).toEqual({ seconds: 12.5, language: 'en', language_source: null, voice: null })
    expect(recommendation.model).toBe('local/model')
  })

  it('wants one of the two, and knows its fields', async () => {
    const missing = await problemOf(await send({}), 422, 'field-missing')
    expect(missing.errors).toEqual([
      expect.objectContaining({ field: 'script', hint: expect.stringContaining('seconds') }),
    ])
    await problemOf(await send({ script: 'x', seconds: 3 }), 422, 'field-invalid')
    const unknown = await problemOf(await send({ script: 'x', strategy: 'cheapest' }), 422, 'field-unknown')
    expect(unknown.errors?.[0]?.hint).toContain('strategies')
    const strategies = await problemOf(await send({ script: 'x', strategies: ['best'] }), 422, 'field-invalid')
    expect(strategies.errors?.[0]).toMatchObject({
      field: 'strategies',
      message: expect.stringContaining('quality-cost'),
    })
    for (const wrong of [0, 3601, '1m', null]) await problemOf(await send({ seconds: wrong }), 422, 'field-invalid')
  })

  it('says what it reads where something else comes', async () => {
    const form = await problemOf(
      await send('script=x', 'application/x-www-form-urlencoded'),
      415,
      'content-type-unsupported',
    )
    expect(form.detail).toBe('The body must be application/json.')
    await problemOf(await send('[1]'), 400, 'json-malformed')
  })
})
