import { describe, expect, it } from '@jest/globals'
import type { EventBody, GenerationEvent } from '../../../src/generations/event.ts'
import type { GenerationStore } from '../../../src/generations/ports.ts'
import { traceGeneration } from '../../../src/generations/trace-generation.ts'
import type { Work } from '../../../src/generations/work.ts'
import { sampleGeneration, sampleWork } from '../../support/sample-rows.ts'

const at = (seq: number) => new Date(1_000_000 + seq * 1000)
const progress = (stage: string): EventBody => ({
  type: 'progress',
  step: 'start',
  stage,
  done: 1,
  total: 2,
  etaSeconds: null,
})

function traceOf(bodies: readonly EventBody[], pages: number[] = [], work: Partial<Work> = {}) {
  const generation = sampleGeneration({ id: 'gen_1', photoId: 'pho_1', workId: 'wrk_1', lastSeq: bodies.length })
  const events = bodies.map((body, i) => ({ seq: i + 1, at: at(i + 1), body }) as GenerationEvent)
  const store = {
    findGeneration: async (tenantId: string, id: string) =>
      tenantId === generation.tenantId && id === generation.id ? generation : null,
    loadWork: async (id: string) => sampleWork({ id, photoId: 'pho_1', ...work }),
    listAttempts: async (workId: string) => [{ workId }],
    async eventsAfter(_id: string, after: number, limit: number) {
      pages.push(after)
      return events.filter(({ seq }) => seq > after).slice(0, limit)
    },
  } as unknown as GenerationStore
  return traceGeneration(store)
}

describe('the trace of a generation', () => {
  it('counts the events of each kind, with the first and the last', async () => {
    const trace = await traceOf([
      { type: 'queued', adjusted: [], origin: 'made', queue: null },
      { type: 'step', step: 'start', attempt: 1, provider: 'a' },
      progress('speech'),
      progress('frames'),
      progress('frames'),
      { type: 'step', step: 'store', attempt: 1, provider: 'a' },
    ])('tenant-a', 'gen_1')
    expect(trace.events.map(({ kind, count, first, last }) => `${kind} ${count} ${first.seq}-${last.seq}`)).toEqual([
      'queued 1 1-1',
      'step start 1 2-2',
      'progress speech 1 3-3',
      'progress frames 2 4-5',
      'step store 1 6-6',
    ])
    expect(trace.events[3]!.last.at).toEqual(at(5))
    expect(trace.attempts).toEqual([{ workId: 'wrk_1' }])
  })

  it('reads a long log page by page, and stops where it ends before it should', async () => {
    const pages: number[] = []
    const long = Array.from({ length: 1_200 }, () => progress('frames'))
    expect((await traceOf(long, pages)('tenant-a', 'gen_1')).events).toMatchObject([{ count: 1_200 }])
    expect(pages).toEqual([0, 500, 1000])
  })

  it('names what its video answers equal requests as, as long as it does', async () => {
    const key = 'ab12'.repeat(16)
    const making = { provider: 'one' } as Work['making']
    const nameOf = async (work: Partial<Work>) => (await traceOf([], [], work)('tenant-a', 'gen_1')).answerName
    expect(await nameOf({ key, making })).toBe('one_ab12ab12ab12ab12')
    expect(await nameOf({ key, making: null })).toBeNull()
    expect(await nameOf({ key: null, making })).toBeNull()
  })

  it('is of the tenant alone', async () => {
    await expect(traceOf([])('tenant-b', 'gen_1')).rejects.toMatchObject({ reason: 'generation-not-found' })
  })
})
