import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { alertSchema, type PublicAlert } from '../../../src/realtime/public-alert.ts'
import { type RunningSockets, startSockets, until } from './support.ts'

const alert: PublicAlert = {
  name: 'error-rate',
  about: 'attempts at providers that failed',
  state: 'firing',
  user: null,
  alarms: 'above',
  bound: 0.05,
  value: 0.5,
  unit: 'ratio',
  sample: 10,
  fired_at: '2026-11-21T10:00:00.000Z',
  resolved_at: null,
}

let sockets: RunningSockets
let tell: (change: PublicAlert) => void
let left: boolean
beforeEach(async () => {
  left = false
  sockets = await startSockets({
    alerts: {
      isOperator: (tenantId) => tenantId === 'tenant-1',
      firing: () => [alert],
      subscribe(listener) {
        tell = listener
        return () => {
          left = true
        }
      },
    },
  })
})
afterEach(() => sockets.stop())

describe('the alerts over the socket', () => {
  it('come to operators who watch, with those that are on as the answer', async () => {
    const [watcher, other] = [await sockets.connect(), await sockets.connect()]
    const heard: { who: string; change: PublicAlert }[] = []
    watcher.socket.on('ops:alert', (change) => heard.push({ who: 'watcher', change: alertSchema.parse(change) }))
    other.socket.on('ops:alert', (change) => heard.push({ who: 'other', change }))
    expect(await watcher.socket.emitWithAck('admin:watch', {})).toEqual({ ok: true, alerts: [alert] })
    expect(await watcher.socket.emitWithAck('admin:watch')).toMatchObject({ ok: true })
    const over: PublicAlert = { ...alert, state: 'resolved', resolved_at: '2026-11-21T10:05:00.000Z' }
    tell(alert)
    tell(over)
    await until(() => heard.length >= 2)
    // Whatever else was sent to the other one has come by then.
    await other.watch({ id: 'gen_1' })
    expect(heard).toEqual([
      { who: 'watcher', change: alert },
      { who: 'watcher', change: over },
    ])
  })

  it('are refused to everybody else', async () => {
    const stranger = await sockets.connect({ tenant: 'somebody' })
    const heard: unknown[] = []
    stranger.socket.on('ops:alert', (change) => heard.push(change))
    expect(await stranger.socket.emitWithAck('admin:watch', {})).toMatchObject({
      ok: false,
      error: { code: 'AUTHENTICATION_FAILED', reason: 'operators-only' },
    })
    tell(alert)
    await stranger.watch({ id: 'gen_1' })
    expect(heard).toEqual([])
    expect(await stranger.socket.emitWithAck('admin:watch', { room: 'admins' })).toMatchObject({
      ok: false,
      error: { reason: 'message-malformed' },
    })
  })

  it('are left alone once the sockets close', async () => {
    await sockets.closeRealtime()
    expect(left).toBe(true)
  })
})
