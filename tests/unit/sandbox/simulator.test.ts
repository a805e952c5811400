/**
 * The ground that all simulators share, under a contract made for this. Each rule was broken once, and seen by the test that
 * bears its name: key compared under another header, own faults not parsed, unknown switches taken, a second mistake not kept,
 * a leak let through to the contract, an outage that leaves the files' port open.
 */
import { expect, it } from '@jest/globals'
import { z } from 'zod'
import { holdTo, readJson } from '../../../src/sandbox/check-body.ts'
import { createSimulator } from '../../../src/sandbox/simulator.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { strike } from '../../../src/sandbox/strike.ts'
import { whenOver } from './rig.ts'

const thing = z.strictObject({ text: z.string(), size: z.number() })

async function open() {
  const paid: Record<string, { accepted: number; billedSeconds: number }> = {}
  const simulator = await createSimulator(
    { name: 'things', clock: createVirtualClock(), key: 'k-1' },
    { ownFaults: ['shy'], switches: ['cancel'] },
    ({ faults }) => ({
      basePath: '/v9',
      routes: [
        { name: 'POST /things', method: 'POST', place: 'submit', pattern: /^\/things$/ },
        { name: 'GET /things/{id}', method: 'GET', place: 'media', pattern: /^\/things\/(\w+)$/, query: ['alt'] },
      ],
      rules: { key: { header: 'x-things-key' }, headers: ['x-version'] },
      async answer({ request, route, onMistake }) {
        if (route.place === 'media') {
          return {
            status: 200,
            serve: async (response) => void response.writeHead(200).end(`the thing ${route.ids[0]}`),
          }
        }
        const { text } = holdTo(thing, await readJson(request, 1000), onMistake)
        const asked = faults.read(text, 'text')
        const finish = strike(faults.wire('submit', text, asked.faults))
        paid[asked.spoken] = { accepted: (paid[asked.spoken]?.accepted ?? 0) + 1, billedSeconds: 0 }
        return finish({ status: 200, body: { shy: faults.own('shy', text, asked.faults) } })
      },
      answerMedia: async (_request, response) => void response.end('a file'),
      errorBody: ({ code, field }) => ({ type: 'application/json', text: JSON.stringify({ code, field }) }),
      paid: () => paid,
    }),
  )
  whenOver(() => simulator.close())
  const { apiUrl, mediaUrl } = await simulator.listen()
  const headers = { 'x-things-key': 'k-1', 'content-type': 'application/json' }
  const post = (body: unknown, more: Record<string, string> = {}) =>
    fetch(`${apiUrl}/things`, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) })
  return { simulator, apiUrl, mediaUrl, headers, post, control: simulator.control }
}

it("wants the key where the contract has it, and knows the contract's own headers alone", async () => {
  const { post, control } = await open()
  const body = { text: 'Hi', size: 1 }
  expect((await post(body, { 'x-version': '1' })).status).toBe(200)
  expect((await post(body, { 'x-things-key': 'another' })).status).toBe(401)
  expect(control.violations).toEqual([])
  expect((await post(body, { authorization: 'Bearer k-1' })).status).toBe(400)
  expect(control.violations.map(({ field }) => field)).toEqual(['header authorization'])
})

it('keeps every mistake in a body, and tells the first in the words of the contract', async () => {
  const { post, control } = await open()
  const answer = await post({ text: 3, colour: 'red' })
  expect([answer.status, await answer.json()]).toEqual([400, { code: 'invalid_request', field: 'text' }])
  expect(control.violations.map(({ field }) => field).sort()).toEqual(['colour', 'size', 'text'])
})

it("strikes by the text and from outside, also with faults of the contract's own, and counts what was taken", async () => {
  const { post, control } = await open()
  const ask = async (text: string) => (await post({ text, size: 1 })).json()
  expect(await ask('Hi [[shy:20]]')).toEqual({ shy: '20' })
  control.setFault('shy:times=1')
  expect([await ask('Hi'), await ask('Hi')]).toEqual([{ shy: '' }, { shy: null }])
  await expect(ask('Hi [[cut:after]]')).rejects.toThrow('fetch failed')
  expect(control.state().paid).toEqual({ Hi: { accepted: 4, billedSeconds: 0 } })
  expect((await post({ text: 'Hi [[bold]]', size: 1 })).status).toBe(400)
  expect(control.violations).toEqual([])
})

it('has the switches of its contract only', async () => {
  const { apiUrl, control } = await open()
  const set = (body: object) =>
    fetch(new URL('/_sandbox/faults', apiUrl), { method: 'POST', body: JSON.stringify(body) }).then(
      ({ status }) => status,
    )
  expect([await set({ cancel: 404 }), await set({ errorShape: 'text' })]).toEqual([200, 400])
  expect(control.state().switches).toEqual({ latencyMs: 0, outage: 'none', cancel: 404 })
})

it('lets a contract write an answer itself, and takes no query that it does not name', async () => {
  const { apiUrl, headers, control } = await open()
  const get = (path: string) => fetch(`${apiUrl}${path}`, { headers: { 'x-things-key': headers['x-things-key'] } })
  expect(await (await get('/things/a?alt=media')).text()).toBe('the thing a')
  expect((await get('/things/a?key=k-1')).status).toBe(400)
  expect(control.violations.map(({ field }) => field)).toEqual(['query key'])
})

it('keeps credentials off the port of the files, which goes down with that of the API', async () => {
  const { mediaUrl, apiUrl, headers, control } = await open()
  expect(await (await fetch(`${mediaUrl}/x`)).text()).toBe('a file')
  expect((await fetch(`${mediaUrl}/x`, { headers })).status).toBe(400)
  expect(control.leaks.map(({ where }) => where)).toEqual(['header x-things-key'])
  await control.setOutage('refused')
  await expect(fetch(`${mediaUrl}/x`)).rejects.toThrow('fetch failed')
  await expect(fetch(`${apiUrl}/things/a`, { headers })).rejects.toThrow('fetch failed')
})
