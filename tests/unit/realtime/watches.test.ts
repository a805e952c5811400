import { describe, expect, it } from '@jest/globals'
import type { GenerationEvent } from '../../../src/generations/event.ts'
import { createWatches } from '../../../src/realtime/watches.ts'

const event = (seq: number): GenerationEvent => ({
  generationId: 'gen_1',
  tenantId: 't',
  seq,
  at: new Date(0),
  status: 'queued',
  progress: 0,
  body: { type: 'cancelled' },
})

describe('the watches of a socket', () => {
  it('send nothing of a watch that ended while its client was not ready', async () => {
    const sent: number[] = []
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let closed = false
    const watches = createWatches({
      limit: 1,
      async *follow() {
        try {
          yield event(1)
          yield event(2)
        } finally {
          closed = true
        }
      },
      ready: () => held,
      send: ({ seq }) => sent.push(seq),
      failed: (_, error) => {
        throw error
      },
    })
    watches.open('gen_1').begin(0)
    expect(watches.end('gen_1')).toBe(true)
    expect(watches.end('gen_1')).toBe(false)
    letGo()
    await watches.settled()
    expect(sent).toEqual([])
    expect(closed).toBe(true)
  })
})
