import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { errorShapes } from '../../../src/sandbox/switches.ts'
import { openRig } from './rig.ts'

describe('faults set from outside', () => {
  it('strike so many requests at one place, before those of the script', async () => {
    const rig = await openRig()
    rig.control.setFault('http:503:on=status:times=2')
    const { job_id } = (await rig.submit()).body
    const seen = []
    for (let time = 0; time < 3; time += 1) seen.push((await rig.status(job_id)).status)
    expect(seen).toEqual([503, 503, 200])
  })

  it('can be of the next job', async () => {
    const rig = await openRig()
    rig.control.setFault('fail:internal:times=1')
    expect((await rig.finished()).status).toBe('failed')
    expect((await rig.finished()).status).toBe('completed')
  })

  it('hold until they are taken back', async () => {
    const rig = await openRig()
    rig.control.setFault('http:503')
    expect([(await rig.submit()).status, (await rig.submit()).status]).toEqual([503, 503])
    rig.control.clearFaults()
    expect((await rig.submit()).status).toBe(202)
  })

  it('make every answer late', async () => {
    const rig = await openRig()
    rig.control.set({ latencyMs: 1000 })
    let answered = false
    const asked = rig.api('GET', '/health').then(({ status }) => {
      answered = true
      return status
    })
    while (rig.control.state().counts['GET /health'] === undefined) await new Promise(setImmediate)
    rig.clock.advance(999)
    await new Promise(setImmediate)
    expect(answered).toBe(false)
    rig.clock.advance(1)
    expect(await asked).toBe(200)
  })

  it.each(errorShapes)('give errors another shape: %s', async (errorShape) => {
    const rig = await openRig({ switches: { errorShape } })
    const { status, headers, body, text } = await rig.submit('Hi [[http:429:retry=2]]')
    expect([status, headers.get('retry-after')]).toEqual([429, '2'])
    const said = 'Too many requests'
    const bodies = {
      object: { error: { code: 'rate_limited', message: said, request_id: headers.get('x-request-id') } },
      text: { error: said },
      message: { message: said },
      detail: { detail: said },
      html: null,
    }
    expect(body).toEqual(bodies[errorShape])
    if (errorShape === 'html') expect(text).toMatch(/^<html>/)
  })

  it('point at the field in a detail', async () => {
    const rig = await openRig({ switches: { errorShape: 'detail' } })
    const { body } = await rig.post({})
    expect(body.detail[0]).toMatchObject({ loc: ['body', 'image'], type: 'invalid_request' })
  })
})

describe('an outage', () => {
  it('of the kind that cuts, ends when it is over', async () => {
    const rig = await openRig()
    await rig.control.setOutage('reset', 60)
    await expect(rig.api('GET', '/health')).rejects.toThrow('fetch failed')
    rig.clock.advance(60_000)
    expect((await rig.api('GET', '/health')).status).toBe(200)
  })

  it('of the kind that refuses, comes back to the same ports', async () => {
    const rig = await openRig()
    const { video_url } = await rig.finished()
    await rig.control.setOutage('refused')
    for (const url of [`${rig.apiUrl}/health`, video_url]) {
      expect(await connectTo(url)).toBe('ECONNREFUSED')
    }
    await rig.control.setOutage('none')
    expect((await rig.api('GET', '/health')).status).toBe(200)
    expect((await rig.call('GET', video_url)).status).toBe(200)
  })

  it('of the kind that hangs, answers nobody', async () => {
    const rig = await openRig()
    await rig.control.setOutage('hung')
    const patience = new AbortController()
    const asked = fetch(`${rig.apiUrl}/health`, { signal: patience.signal }).then(
      () => 'answered',
      () => 'gave up',
    )
    while (rig.control.state().requests.at(-1)?.answer !== 'silence') await new Promise(setImmediate)
    patience.abort()
    expect(await asked).toBe('gave up')
  })
})

describe('the control endpoint', () => {
  it('tells what was asked, and is no part of it itself', async () => {
    const rig = await openRig()
    await rig.submit()
    await rig.call('GET', `${rig.root}/v1/nothing`)
    const { body } = await rig.sandbox('GET', '/state')
    expect(body.counts).toEqual({ 'POST /video/generate': 1, undocumented: 1 })
    expect(body.violations).toHaveLength(1)
    expect(body.requests.map(({ answer }: { answer: number }) => answer)).toEqual([202, 404])
    expect((await rig.sandbox('DELETE', '/records')).body.violations).toEqual([])
  })

  it('sets and takes back faults and switches', async () => {
    const rig = await openRig()
    const order = {
      fault: 'http:500:times=1',
      idempotency: false,
      cancel: 405,
      errorShape: 'text',
      accepted: 'minimal',
    }
    const { body } = await rig.sandbox('POST', '/faults', order)
    expect(body.faults).toEqual([{ fault: 'http:500:times=1', left: 1 }])
    expect(body.switches).toMatchObject({ idempotency: false, cancel: 405, errorShape: 'text', accepted: 'minimal' })
    expect((await rig.submit()).status).toBe(500)
    const back = (await rig.sandbox('DELETE', '/faults')).body
    expect([back.faults, back.switches.errorShape, back.switches.idempotency]).toEqual([[], 'object', true])
  })

  it('begins and ends an outage while it is reachable itself', async () => {
    const rig = await openRig()
    await rig.sandbox('POST', '/faults', { outage: 'reset' })
    await expect(rig.api('GET', '/health')).rejects.toThrow('fetch failed')
    await rig.sandbox('POST', '/faults', { outage: 'none' })
    expect((await rig.api('GET', '/health')).status).toBe(200)
  })

  it('goes along with its port for as long as was said', async () => {
    const rig = await openRig()
    expect((await rig.sandbox('POST', '/faults', { outage: 'refused' })).status).toBe(400)
    await rig.sandbox('POST', '/faults', { outage: 'refused', seconds: 5 })
    await expect(rig.sandbox('GET', '/state')).rejects.toThrow('fetch failed')
    rig.clock.advance(5000)
    await until(() => rig.sandbox('GET', '/state'))
    expect((await rig.api('GET', '/health')).status).toBe(200)
  })

  it('moves virtual time on', async () => {
    const rig = await openRig()
    const { job_id } = (await rig.submit()).body
    expect((await rig.sandbox('POST', '/advance', { ms: 6000 })).body.jobs).toMatchObject([{ status: 'completed' }])
    expect((await rig.status(job_id)).body.status).toBe('completed')
  })

  it('moves nothing where time is real', async () => {
    const { createRealClock } = await import('../../../src/sandbox/simulator-clock.ts')
    const rig = await openRig({ clock: createRealClock() })
    expect((await rig.sandbox('POST', '/advance', { ms: 1 })).status).toBe(409)
  })

  it.each([
    ['/faults', { fault: 'nonsense' }],
    ['/faults', { latencyMs: -1 }],
    ['/faults', { wish: 'x' }],
    ['/advance', {}],
  ])('refuses at %s what it does not know', async (path, order) => {
    const rig = await openRig()
    expect((await rig.sandbox('POST', path, order)).status).toBe(400)
  })

  it('does not listen to pages, nor to names that only point here', async () => {
    const rig = await openRig()
    const url = new URL(`${rig.root}/_sandbox/state`)
    const statusWith = (headers: Record<string, string>) =>
      new Promise<number>((done, failed) => {
        const sent = httpRequest(url, { headers }, (response) => {
          response.resume()
          done(response.statusCode ?? 0)
        })
        sent.once('error', failed)
        sent.end()
      })
    expect(await statusWith({})).toBe(200)
    expect(await statusWith({ Host: 'evil.example' })).toBe(403)
    expect(await statusWith({ Origin: 'https://evil.example' })).toBe(403)
  })
})

/** A connection of its own: 'connected', or the code of the error. */
function connectTo(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy()
      done('connected')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
  })
}

async function until<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => null)
    if (answer !== null) return answer
    await new Promise(setImmediate)
  }
}
