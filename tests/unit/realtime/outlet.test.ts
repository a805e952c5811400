import { EventEmitter } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { createOutlet } from '../../../src/realtime/outlet.ts'

function start(bound: number) {
  const connection = new EventEmitter()
  let waits = 0
  const outlet = createOutlet(connection, bound, () => {
    waits += 1
  })
  const stop = new AbortController()
  const passed: number[] = []
  const pass = (name: number) => outlet.ready(stop.signal).then(() => passed.push(name))
  const queue = (count: number) => {
    for (let i = 0; i < count; i += 1) connection.emit('packetCreate')
  }
  return { connection, stop, passed, pass, queue, waits: () => waits }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the outlet of a connection', () => {
  it('lets through while fewer packets wait than the bound', async () => {
    const { pass, queue, passed, waits } = start(3)
    queue(2)
    await pass(1)
    expect(passed).toEqual([1])
    expect(waits()).toBe(0)
  })

  it('holds at the bound until the packets were taken', async () => {
    const { connection, pass, queue, passed, waits } = start(3)
    queue(3)
    const all = Promise.all([pass(1), pass(2)])
    await turn()
    expect(passed).toEqual([])
    expect(waits()).toBe(2)
    connection.emit('drain')
    await all
    expect(passed).toEqual([1, 2])
  })

  it('lets go on an abort, and on a close', async () => {
    const aborted = start(1)
    aborted.queue(1)
    const waiting = aborted.pass(1)
    aborted.stop.abort()
    await waiting
    const closed = start(1)
    closed.queue(1)
    const held = closed.pass(1)
    closed.connection.emit('close')
    await held
    await closed.pass(2)
    expect(closed.passed).toEqual([1, 2])
  })
})
