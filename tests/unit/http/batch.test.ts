import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { batchResultSchema } from '../../../src/http/schemas/batch.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp({ requireConsent: true })
})
afterEach(async () => {
  expect(await app.leftovers()).toEqual([])
  await app.stop()
})

const send = (body: FormData | unknown) =>
  fetch(`${app.url}/api/v1/video/batch`, {
    method: 'POST',
    ...(body instanceof FormData
      ? { body }
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
async function answered(body: FormData | unknown) {
  const response = await send(body)
  const text = await response.text()
  expect({ status: response.status, text }).toMatchObject({ status: 207 })
  return { response, ...batchResultSchema.parse(JSON.parse(text)) }
}
const form = (fields: Record<string, unknown>, files: Record<string, string> = {}) => {
  const made = new FormData()
  for (const [name, bytes] of Object.entries(files)) made.set(name, new Blob([bytes]), `${name}.jpg`)
  for (const [name, value] of Object.entries(fields))
    made.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  return made
}
const photosAsked = () => app.heart.requests.map(({ photoBytes }) => photoBytes?.toString() ?? null).sort()
const scriptsAsked = () => app.heart.requests.map(({ script }) => script).sort()

describe('POST /api/v1/video/batch', () => {
  it('lets one photo speak many scripts, with one consent for all', async () => {
    const { response, items, summary } = await answered(
      form({ scripts: ['One.', 'Two.', 'Three.'], consent: 'true' }, { photo: 'my face' }),
    )
    expect(items.map(({ index, status, generation }) => [index, status, generation?.script])).toEqual([
      [0, 202, 'One.'],
      [1, 202, 'Two.'],
      [2, 202, 'Three.'],
    ])
    expect(summary).toMatchObject({ accepted: 3, cached: 0, refused: 0 })
    expect(response.headers.get('retry-after')).toBe('2')
    expect(photosAsked()).toEqual(['my face', 'my face', 'my face'])
  })

  it('gives each item the file that it names, and its own settings before the common ones', async () => {
    const items = [
      { photo: 'ada', script: 'I am Ada.', quality: 'premium' },
      { photo: 'bob', script: 'I am Bob.', consent: true },
    ]
    await answered(form({ items, defaults: { quality: 'economy', consent: true } }, { ada: 'ADA', bob: 'BOB' }))
    expect(photosAsked()).toEqual(['ADA', 'BOB'])
    expect(app.heart.requests.map(({ script, settings }) => `${script} ${settings.quality}`).sort()).toEqual([
      'I am Ada. premium',
      'I am Bob. economy',
    ])
  })

  it('lets no mistake of one item spoil another', async () => {
    const items = [
      { photo: 'ada', script: 'Good.', consent: true },
      { photo: 'eve', script: 'No such file.', consent: true },
      { photo: 'ada', script: 'No consent.' },
      { photo: 'ada', consent: true, colour: 'red' },
      'no object',
      { photo_id: 'pho_unknown', script: 'No such photo.', consent: true },
      { photo: 'ada', script: 'Good too.', consent: true },
    ]
    const { items: results, summary } = await answered(form({ items }, { ada: 'ADA' }))
    expect(results.map(({ status, problem }) => [status, problem?.reason ?? null])).toEqual([
      [202, null],
      [422, 'field-invalid'],
      [422, 'consent-missing'],
      [422, 'fields-invalid'],
      [422, 'field-invalid'],
      [404, 'photo-not-found'],
      [202, null],
    ])
    expect(results[1]?.problem?.errors?.[0]).toMatchObject({ field: 'photo', hint: 'Files came as: ada.' })
    expect(summary).toMatchObject({ accepted: 2, refused: 5 })
    expect(scriptsAsked()).toEqual(['Good too.', 'Good.', 'No such photo.'])
  })

  it('tells the unforeseen of one item as its problem, and logs it', async () => {
    let asked = 0
    app.heart.onPhoto = async () => {
      asked += 1
      if (asked === 1) throw new Error('the disk at /secret is full')
    }
    const { items } = await answered(form({ scripts: ['One.', 'Two.'], consent: 'true' }, { photo: 'my face' }))
    expect(items.map(({ status }) => status).sort()).toEqual([202, 500])
    expect(JSON.stringify(items)).not.toContain('secret')
    expect(app.lines.filter(({ level }) => level === 50)).toHaveLength(1)
  })

  it('waits no longer than the first item has to', async () => {
    app.heart.onPhoto = async () => {
      throw new Failure('PROVIDER_ERROR', {
        reason: 'queue-full',
        status: 503,
        message: 'Too many.',
        retryAfterSeconds: 17.5,
      })
    }
    const { response, items } = await answered(form({ scripts: ['One.'], consent: 'true' }, { photo: 'my face' }))
    expect(items[0]).toMatchObject({ status: 503, problem: { reason: 'queue-full', retry_after_seconds: 17.5 } })
    expect(response.headers.get('retry-after')).toBe('18')
  })

  it('refuses as a whole what is no batch', async () => {
    const script = 'Hello.'
    await problemOf(await send({}), 422, 'field-invalid')
    await problemOf(await send({ items: [], scripts: [script] }), 422, 'field-invalid')
    await problemOf(await send({ items: [{ script }], scripts: [script] }), 422, 'field-invalid')
    await problemOf(await send({ scripts: Array(51).fill(script) }), 422, 'field-invalid')
    await problemOf(await send({ items: 'many' }), 422, 'field-invalid')
    await problemOf(await send({ items: [{ script }], quality: 'economy' }), 422, 'field-unknown')
    await problemOf(await send({ items: [{ script }], cost_limit: '5 dollars' }), 422, 'field-invalid')
    await problemOf(
      await send({ items: [{ script }], cost_limit: { amount: 5, currency: 'XXX' } }),
      422,
      'currency-unknown',
    )
    const large = form(
      { scripts: [script] },
      { one: 'x'.repeat(900_000), two: 'y'.repeat(900_000), three: 'z'.repeat(900_000) },
    )
    await problemOf(await send(large), 413, 'body-too-large')
    expect(app.heart.requests).toEqual([])
  })
})
