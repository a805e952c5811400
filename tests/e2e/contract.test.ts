/** The document against the real server: every example is sent, every answer held, and the figures tell of it. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, getGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { heldFetch, holderOf } from '../support/held-fetch.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { sendExamples } from '../support/send-examples.ts'

interface Accepted {
  readonly id?: string
}

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path)
}, 120_000)
afterAll(async () => {
  await server.stop()
  await data.remove()
})

describe('the real server', () => {
  it('answers every documented example as documented, also where its ids are unknown', async () => {
    const { document } = await holderOf(server.url)
    const photo = await readFile(demoPortrait)
    const unknown = await sendExamples(document, { url: server.url, photo, send: heldFetch })
    const refused = unknown.filter(({ status }) => status >= 400)
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([404]))
    // What was accepted is not needed to be spoken.
    for (const { operationId, status, body } of unknown) {
      const of = JSON.parse(status === 202 || status === 207 ? body.toString() : '{}') as Accepted & {
        items?: { generation: Accepted | null }[]
      }
      const made = operationId === 'generateVideo' ? [of] : (of.items ?? []).map(({ generation }) => generation)
      for (const one of made) {
        if (one?.id) await heldFetch(`${server.url}/api/v1/video/${one.id}`, { method: 'DELETE' })
      }
    }
  }, 120_000)

  it('answers them with success where the ids are known', async () => {
    const { document } = await holderOf(server.url)
    const photo = await readFile(demoPortrait)
    const made = await generate(server.url, photo, { script: 'Held to the document.', quality: 'economy' })
    expect((await watch(server.url, made.id)).at(-1)).toMatchObject({ type: 'completed' })
    const form = new FormData()
    form.set('photo', new Blob([Uint8Array.from(photo)]), 'me.jpg')
    const kept = await heldFetch(`${server.url}/api/v1/photos`, { method: 'POST', body: form })
    const { id: photoId } = (await kept.json()) as { id: string }
    const text = JSON.stringify(document)
    const ids = new Map([
      [/gen_[0-9a-f]{32}/.exec(text)![0], made.id],
      [/pho_[0-9a-f]{32}/.exec(text)![0], photoId],
    ])
    const sent = await sendExamples(document, { url: server.url, photo, ids, send: heldFetch })
    // No vendor has a key here. The kept photo is used by then; and it is not deleted before the generations that use it.
    const refused = sent.filter(({ status }) => status >= 400)
    expect(refused.map(({ operationId, status }) => `${operationId} ${status}`)).toEqual([
      'receiveWebhook 404',
      'deletePhoto 409',
    ])
    await heldFetch(`${server.url}/api/v1/video/${made.id}`).then((response) => expect(response.status).toBe(404))
  }, 120_000)

  it('has told what it did in its figures', async () => {
    const made = await generate(server.url, demoPortrait, { script: 'One to count.', quality: 'economy' })
    await watch(server.url, made.id)
    expect((await getGeneration(server.url, made.id)).status).toBe('completed')
    const text = await (await heldFetch(`${server.url}/metrics`)).text()
    const figureOf = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      )
    expect(figureOf('talking_photo_generations_total{outcome="completed"}')).toBeGreaterThanOrEqual(2)
    expect(text).toMatch(/talking_photo_generation_seconds_count\{model="local\/[\w-]+",quality="economy"\} [1-9]/)
    expect(text).toMatch(/talking_photo_stage_seconds_count\{stage="frames"\} [1-9]/)
    expect(figureOf('talking_photo_photo_checks_total{verdict="ok"}')).toBeGreaterThanOrEqual(2)
    expect(figureOf('talking_photo_events_delivered_total{channel="socket"}')).toBeGreaterThan(5)
    expect(figureOf('talking_photo_renders_running')).toBeGreaterThanOrEqual(0)
    expect(figureOf('talking_photo_jobs{lane="render",state="waiting"}')).toBeGreaterThanOrEqual(0)
    expect(text).not.toContain(made.id)
  }, 120_000)
})
