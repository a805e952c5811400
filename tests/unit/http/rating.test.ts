import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { makeCompleted, makeGeneration } from '../../doubles/use-cases.ts'
import { sampleAttempt, sampleCall } from '../../support/sample-rows.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
  app.heart.generations.set('gen_1', makeCompleted('gen_1', Buffer.from('video')))
})
afterEach(() => app.stop())

const rate = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/api/v1/video/${id}/rating`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const read = async (path: string) => (await (await fetch(`${app.url}/api/v1/video${path}`)).json()) as never

describe('POST /api/v1/video/{id}/rating', () => {
  it('keeps the last word, and shows it with the generation wherever it is read', async () => {
    expect((await read('/gen_1')) as object).toMatchObject({ rating: null })
    await rate('gen_1', { score: 2, comment: 'Too stiff.' })
    const response = await rate('gen_1', { score: '5' })
    const rating = { score: 5, comment: null, rated_at: expect.any(String) }
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { rating } })
    expect((await read('/gen_1')) as object).toMatchObject({ rating })
    expect((await read('')) as object).toMatchObject({ items: [{ id: 'gen_1', rating }] })
  })

  it('is refused for what is not completed, and unknown to others', async () => {
    app.heart.generations.set('gen_2', makeGeneration({ id: 'gen_2' }))
    await problemOf(await rate('gen_2', { score: 3 }), 409, 'nothing-to-rate')
    await problemOf(await rate('gen_1', { score: 3 }, { 'X-Tenant': 'somebody' }), 404, 'generation-not-found')
    await problemOf(await rate('gen_9', { score: 3 }), 404, 'generation-not-found')
  })

  it.each([
    [{}, 'field-missing'],
    [{ score: 0 }, 'field-invalid'],
    [{ score: 6 }, 'field-invalid'],
    [{ score: 3.5 }, 'field-invalid'],
    [{ score: 'good' }, 'field-invalid'],
    [{ score: 3, comment: 'x'.repeat(1001) }, 'field-invalid'],
    [{ score: 3, comment: 'a\0b' }, 'field-invalid'],
    [{ score: 3, comment: ['x'] }, 'field-invalid'],
    [{ score: 3, stars: 3 }, 'field-unknown'],
  ])('refuses %j', async (body, reason) => {
    await problemOf(await rate('gen_1', body), 422, reason)
    expect(app.heart.ratings.size).toBe(0)
  })

  it('takes 1000 characters, and reads nothing but a JSON object', async () => {
    expect((await rate('gen_1', { score: 1, comment: 'é'.repeat(1000) })).status).toBe(200)
    await problemOf(await rate('gen_1', '[1]'), 400, 'json-malformed')
    await problemOf(await rate('gen_1', 'score=1', { 'Content-Type': 'text/plain' }), 415, 'content-type-unsupported')
  })
})

describe('GET /api/v1/video/{id}/trace', () => {
  it('tells the story from the request to the settlement, and nothing of handles and outputs', async () => {
    const began = new Date('2026-01-02T03:04:06.000Z')
    const at = (seconds: number) => new Date(began.getTime() + seconds * 1000)
    app.heart.generations.set('gen_1', {
      ...makeCompleted('gen_1', Buffer.from('video')),
      cost: { micros: 4_500_000, currency: 'INR' },
      routeTrace: [
        { attempt: 1, provider: 'one', model: 'one/a', verdict: 'chosen', why: 'best', estimate: null },
        { attempt: 2, provider: 'two', model: 'two/b', verdict: 'chosen', why: 'next', estimate: null },
      ],
    })
    const failed = sampleAttempt({
      workId: 'wrk_1',
      provider: 'one',
      model: 'one/a',
      state: 'failed',
      failure: {
        code: 'PROVIDER_ERROR',
        reason: 'provider-error',
        message: 'A fault.',
        hint: null,
        retryable: true,
        fault: 'server-error',
      },
      cost: { micros: 1_000_000, currency: 'INR' },
      costBearer: 'house',
      slotAt: at(3),
      createdAt: began,
      finishedAt: at(9),
    })
    const made = sampleAttempt({ workId: 'wrk_1', ordinal: 2, provider: 'two', model: 'two/b', state: 'succeeded' })
    const call = sampleCall({
      attemptId: failed.id,
      state: 'failed',
      operation: { handle: 'canary-handle' },
      outputs: [{ key: 'canary-key' }],
      metrics: { note: 'canary-metric' },
      providerJobId: 'job-1',
      sends: 2,
      startedAt: at(4),
      finishedAt: at(8.5),
    })
    app.heart.attempts = [
      { ...failed, calls: [call] },
      { ...made, calls: [] },
    ]
    app.heart.eventSummaries = [
      { kind: 'queued', count: 1, first: { seq: 1, at: began }, last: { seq: 1, at: began } },
      { kind: 'step finish', count: 1, first: { seq: 9, at: at(20) }, last: { seq: 9, at: at(20) } },
    ]
    const response = await fetch(`${app.url}/api/v1/video/gen_1/trace`)
    const text = await response.text()
    expect(text).not.toContain('canary')
    expect(JSON.parse(text)).toMatchObject({
      id: 'gen_1',
      attempts: [
        {
          provider: 'one',
          why: 'best',
          state: 'failed',
          failure: { reason: 'provider-error', fault: 'server-error' },
          slot_waited_seconds: 3,
          cost: { amount: '1.00' },
          cost_bearer: 'house',
          seconds: 9,
          calls: [{ provider_job_id: 'job-1', sends: 2, seconds: 4.5 }],
        },
        { provider: 'two', why: 'next', state: 'succeeded', failure: null },
      ],
      cache_key: 'two_0123456789abcdef',
      output_check: { at: '2026-01-02T03:04:26.000Z' },
      settlement: { cost: { amount: '4.50' }, house_costs: [{ amount: '1.00' }] },
      log_ids: { generation_id: 'gen_1', work_id: 'wrk_1', attempt_ids: [failed.id, made.id], call_ids: [call.id] },
    })
  })

  it('is of the caller alone', async () => {
    const response = await fetch(`${app.url}/api/v1/video/gen_1/trace`, { headers: { 'X-Tenant': 'somebody' } })
    await problemOf(response, 404, 'generation-not-found')
  })
})
