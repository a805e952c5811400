/** What a real server tells of itself: health, figures, alerts, costs, ratings and the story of a generation. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { io, type Socket } from 'socket.io-client'
import { generate, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { heldFetch } from '../support/held-fetch.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { until } from '../support/until.ts'

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
let socket: Socket
let alerts: { name: string; state: string }[]
let id: string
beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path, { SENTRY_DSN: 'https://your-sentry-dsn', ALERT_HIT_RATE_MIN_SAMPLE: '1' })
  socket = io(server.url, { transports: ['websocket'] })
  alerts = []
  socket.on('ops:alert', (alert) => alerts.push(alert))
  await socket.emitWithAck('admin:watch', {})
  const made = await generate(server.url, demoPortrait, { script: 'Watch me closely.', quality: 'economy' })
  await watch(server.url, made.id)
  id = made.id
}, 120_000)
afterAll(async () => {
  socket?.close()
  await server?.stop()
  await data?.remove()
})

const ask = async (path: string, init?: RequestInit) => {
  const response = await heldFetch(server.url + path, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const rating = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"score":4}' }

describe('a server that is watched', () => {
  it('starts in spite of a DSN that is none, and says so', () => {
    expect(server.log.map(({ event }) => event)).toContain('error_reports_off')
  })

  it('is healthy with its own renderer alone, and says what is missing of the others', async () => {
    expect(await ask('/health/local')).toEqual({ status: 200, body: { status: 'healthy', provider: 'local' } })
    expect(await ask('/health/veo3')).toEqual({
      status: 500,
      body: { status: 'unhealthy', provider: 'veo3', error: 'API key not configured' },
    })
    expect(await ask('/health')).toMatchObject({
      status: 200,
      body: {
        status: 'healthy',
        database: 'ok',
        providers: { local: { status: 'healthy', breaker: 'closed' }, veo3: { status: 'not-configured' } },
      },
    })
  })

  it('keeps what its user says of a video, and tells its story', async () => {
    expect(await ask(`/api/v1/video/${id}/rating`, rating)).toMatchObject({
      status: 200,
      body: { rating: { score: 4 } },
    })
    const { body } = await ask(`/api/v1/video/${id}/trace`)
    expect(body).toMatchObject({
      status: 'completed',
      attempts: [{ provider: 'local', state: 'succeeded', calls: [{ name: 'render', state: 'completed', sends: 1 }] }],
      output_check: { fps: 24, at: expect.any(String) },
      settlement: { cost: { amount: '0.00' } },
    })
    const kinds = (body.events as { kind: string }[]).map(({ kind }) => kind)
    expect(kinds[0]).toBe('queued')
    expect(kinds).toEqual(expect.arrayContaining(['step start', 'progress frames', 'step finish']))
    expect(kinds.at(-1)).toBe('completed')
  })

  it('counts it, and knows what was made today', async () => {
    await ask('/health/local')
    await ask(`/api/v1/video/${id}/rating`, rating)
    const text = await (await heldFetch(`${server.url}/metrics`)).text()
    expect(text).toContain('talking_photo_attempts_total{provider="local",outcome="ok"} 1')
    expect(text).toContain('talking_photo_vendor_call_seconds_count{provider="local",what="probe",outcome="ok"} ')
    expect(text).toMatch(/talking_photo_user_rating_sum\{provider="local"\} [48]\n/)
    expect(text).toContain('talking_photo_breaker_state{provider="local"} 0')
    expect(await ask('/api/v1/costs')).toMatchObject({
      body: { total: [], days: [{ provider: 'local', generations: 1, cost: [] }] },
    })
  })

  it('alarms operators live when too few requests find their video made, and lists it', async () => {
    await until(() => alerts.length > 0, 'an alert', 40_000)
    expect(alerts[0]).toMatchObject({ name: 'low-cache-hits', state: 'firing', value: 0, sample: 1 })
    expect(await ask('/api/v1/alerts')).toMatchObject({
      body: { alerts: [{ name: 'low-cache-hits', state: 'firing' }] },
    })
    expect(server.log.filter(({ event }) => event === 'alert_fired')).toHaveLength(1)
  })
})
