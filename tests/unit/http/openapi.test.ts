/** The document itself: valid, complete, with examples that fit, and true of every route. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { exampleGenerationId, examplePhotoId } from '../../../src/http/openapi/examples.ts'
import { reasons } from '../../../src/http/openapi/reasons.ts'
import { makeCompleted, makePhoto } from '../../doubles/use-cases.ts'
import { type DocumentObject, explain, type MediaObject, type OperationObject } from '../../support/hold-to-document.ts'
import { sendExamples } from '../../support/send-examples.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
let document: DocumentObject
beforeAll(async () => {
  app = await startApp()
  document = (await (await fetch(`${app.url}/api/openapi.json`)).json()) as DocumentObject
})
afterAll(() => app.stop())

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> }
  readonly handle: { readonly stack?: readonly Layer[] }
}

const mountedRoutes = (stack: readonly Layer[]): string[] =>
  stack.flatMap(({ route, handle }) => {
    if (!route) return handle.stack ? mountedRoutes(handle.stack) : []
    const methods = Object.keys(route.methods).filter((method) => method !== '_all')
    return methods.map((method) => `${method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
  })

const operationsOf = (): (OperationObject & { readonly place: readonly string[] })[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, place: ['paths', path, method] })),
  )

/** Every media object of the document with its place. */
function mediaOf(): { readonly place: readonly string[]; readonly type: string; readonly media: MediaObject }[] {
  return operationsOf().flatMap(({ place, requestBody, responses }) => {
    const of = (content: Readonly<Record<string, MediaObject>> | undefined, ...inside: string[]) =>
      Object.entries(content ?? {}).map(([type, media]) => ({
        place: [...place, ...inside, 'content', type],
        type,
        media,
      }))
    return [
      ...of(requestBody?.content, 'requestBody'),
      ...Object.entries(responses).flatMap(([status, { content }]) => of(content, 'responses', status)),
    ]
  })
}

describe('the OpenAPI document', () => {
  it('is a valid one of OpenAPI 3.1', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    ;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
    ajv.addFormat('media-range', true)
    const schema = JSON.parse(readFileSync('tests/support/openapi-3.1/schema.json', 'utf8')) as object
    const validate = ajv.compile(schema)
    expect(explain(validate, document)).toEqual([])
    expect(validate({ ...document, paths: { 'no-slash': { get: { responses: 'none' } } } })).toBe(false)
  })

  it('describes every route there is, and no other', () => {
    const { stack } = (app.app as unknown as { router: { stack: readonly Layer[] } }).router
    const documented = operationsOf().map(({ place: [, path, method] }) => `${method} ${path}`)
    expect(documented.length).toBeGreaterThan(15)
    expect(mountedRoutes(stack).sort()).toEqual(documented.sort())
  })

  it('holds schemas that JSON Schema 2020-12 knows, in every place', () => {
    const places = mediaOf().map(({ place }) => [...place, 'schema'])
    for (const name of Object.keys(document.components.schemas)) places.push(['components', 'schemas', name])
    for (const place of places) expect(() => app.holder.validatorAt(...place)).not.toThrow()
  })

  it('has a name, a summary, a tag and a success for every operation', () => {
    const operations = operationsOf()
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { operationId, summary, tags, responses } of operations) {
      expect({ operationId, summary, tags }).toEqual({
        operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        summary: expect.stringMatching(/^\S.{3,80}$/),
        tags: [expect.any(String)],
      })
      expect(Object.keys(responses)).toEqual(expect.arrayContaining([expect.stringMatching(/^2/), '500']))
    }
  })

  it('gives examples wherever JSON goes in or out, and each fits its schema', () => {
    for (const { place, type, media } of mediaOf()) {
      if (!/json$|form-data$/.test(type)) continue
      const validate = app.holder.validatorAt(...place, 'schema')
      const examples = Object.values(media.examples ?? {})
      expect({ place, examples: examples.length }).not.toEqual({ place, examples: 0 })
      for (const { value } of examples)
        expect({ place, problems: explain(validate, value) }).toEqual({ place, problems: [] })
    }
  })

  it('gives examples of every parameter, and each fits its schema', () => {
    for (const { place, operationId, parameters = [] } of operationsOf()) {
      for (const [index, { name, schema }] of parameters.entries()) {
        const validate = app.holder.validatorAt(...place, 'parameters', String(index), 'schema')
        const examples = schema.examples ?? []
        expect({ operationId, name, examples: examples.length }).not.toEqual({ operationId, name, examples: 0 })
        for (const value of examples) expect(explain(validate, value)).toEqual([])
      }
    }
  })

  it('knows each reason, and has a place for it', () => {
    const text = JSON.stringify({ paths: document.paths, before: document.components.responses })
    for (const reason of Object.keys(reasons)) expect(text).toContain(`"${reason}"`)
  })

  it('says of a request body what the fields take', () => {
    const validate = app.holder.validatorAt('components', 'schemas', 'GenerationForm')
    const good = { photo: 'x', script: 'Hi.' }
    expect(explain(validate, good)).toEqual([])
    for (const wrong of [
      { script: 'Hi.' },
      { ...good, photo_id: 'pho_1' },
      { photo: 'x', script: ' \n' },
      { ...good, duration: 14 },
      { ...good, timeout: 10.5 },
      { ...good, quality: 'best' },
      { ...good, colour: 'red' },
      { ...good, voice_settings: { speed: 3 } },
    ]) {
      expect({ wrong, fits: validate(wrong) }).toEqual({ wrong, fits: false })
    }
  })
})

describe('every documented example', () => {
  it('is answered with success, as documented', async () => {
    const video = Buffer.from('an MP4, as it were')
    app.heart.generations.set(exampleGenerationId, makeCompleted(exampleGenerationId, video))
    app.heart.videos.set(exampleGenerationId, video)
    app.heart.append(exampleGenerationId, { type: 'cancelled' })
    app.heart.photos.set(examplePhotoId, makePhoto({ id: examplePhotoId }))
    const sent = await sendExamples(document, { url: app.url, photo: Buffer.from('photo'), send: fetch })
    const failed = sent.filter(({ status }) => status >= 400)
    expect(failed.map(({ operationId, name, body }) => `${operationId} ${name} ${body}`)).toEqual([])
    const successes = operationsOf().flatMap(({ operationId, responses }) =>
      Object.keys(responses)
        .filter((status) => /^[23]/.test(status))
        .map((status) => `${operationId} ${status}`),
    )
    const unseen = successes.filter((each) => !app.holder.seen.has(each))
    // These need a generation, or a provider, in another state; tests of their own see them.
    expect(unseen.sort()).toEqual([
      'discardVideo 200',
      'generateVideo 200',
      'getProviderHealth 206',
      'getVideoEvents 204',
    ])
  })
})

describe('what holds the answers', () => {
  const answer = (changes: object) => ({
    method: 'GET',
    url: '/health/live',
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'abc' },
    body: Buffer.from('{"status":"ok"}'),
    ...changes,
  })

  it('is content with what is documented', () => {
    expect(app.holder.hold(answer({}))).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['an unknown status', { status: 202 }, /status is not documented/],
    ['another content type', { headers: { 'content-type': 'text/plain', 'x-request-id': 'a' } }, /not described/],
    ['a missing header', { headers: { 'content-type': 'application/json' } }, /X-Request-ID is missing/],
    [
      'a header of another shape',
      { headers: { 'content-type': 'application/json', 'x-request-id': 'a b' } },
      /pattern/,
    ],
    ['another body', { body: Buffer.from('{"status":"well"}') }, /constant/],
    ['one member more', { body: Buffer.from('{"status":"ok","path":"/"}') }, /additional/],
    ['no JSON', { body: Buffer.from('ok') }, /not JSON/],
    ['a path that is not documented', { url: '/nope' }, /not documented/],
  ])('sees %s', (_, changes, words) => {
    expect(app.holder.hold(answer(changes)).join()).toMatch(words)
  })

  it('sees a problem whose reason is not documented', async () => {
    const response = await fetch(`${app.url}/api/v1/video/nothing`)
    const problem = await problemOf(response.clone(), 404, 'generation-not-found')
    const seen = {
      method: 'GET',
      url: '/api/v1/video/nothing',
      status: 404,
      headers: Object.fromEntries(response.headers),
    }
    const hold = (changes: object) =>
      app.holder.hold({ ...seen, body: Buffer.from(JSON.stringify({ ...problem, ...changes })) })
    expect(hold({})).toEqual([])
    expect(hold({ reason: 'lost' }).join()).toMatch(/allowed values/)
    expect(hold({ status: 410 }).join()).toMatch(/constant/)
    expect(hold({ hint: 7 }).join()).toMatch(/hint/)
  })
})
