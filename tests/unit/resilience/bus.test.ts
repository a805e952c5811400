/**
 * Each guard was broken once, and what saw it:
 *   own word is not heard, only one's topic <- sender, topic not looked at ... 'is heard by all others, …'
 *   a frozen Redis is noticed <- not asked for a sign of life ................ 'knows of the gap …'
 *   a gap is told <- only the first time ..................................... 'knows of the gap …'
 *   who could not be heard says so <- not said, not to itself .............. 'tells the others, and knows itself, …'
 *   another database is another house <- one channel for all ................. 'is not heard under another database number'
 *   what is no word of ours is dropped <- thrown ............................. 'survives what nobody of us said'
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type Bus, openBus } from '../../../src/resilience/bus.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.remove())

const buses: Bus[] = []
afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()))
  server.thaw()
  await server.start()
})

/** A node with what it hears of one topic, and its gaps. */
function open(url = server.url) {
  const events: string[] = []
  const hear = (details: { event?: string }) => events.push(details.event!)
  const bus = openBus(url, { info: hear, warn: hear }, { pulseMs: 50, patienceMs: 1_000 })
  buses.push(bus)
  const heard: unknown[] = []
  let gaps = 0
  bus.subscribe('news', (message) => heard.push(message))
  bus.onGap(() => {
    gaps += 1
  })
  return { bus, heard, events, gaps: () => gaps, stands: () => until(() => gaps > 0, 'it hears others') }
}

describe('the word between nodes', () => {
  it('is heard by all others, in order, and not by who said it', async () => {
    const [a, b, c] = [open(), open(), open()]
    await Promise.all([a.stands(), b.stands(), c.stands()])
    for (let n = 0; n < 100; n += 1) a.bus.publish('news', { n })
    a.bus.publish('other', 'not for this topic')
    b.bus.publish('news', 'from b')
    await until(() => c.heard.length === 101 && b.heard.length === 100 && a.heard.length === 1, 'all is heard')
    expect(b.heard).toEqual(Array.from({ length: 100 }, (_, n) => ({ n })))
    expect(a.heard).toEqual(['from b'])
  })

  it('ends for who listens no longer', async () => {
    const [a, b] = [open(), open()]
    await Promise.all([a.stands(), b.stands()])
    const late: unknown[] = []
    const stop = b.bus.subscribe('news', (message) => late.push(message))
    stop()
    a.bus.publish('news', 1)
    await until(() => b.heard.length === 1, 'the others hear it')
    expect(late).toEqual([])
  })

  it('is not heard under another database number', async () => {
    const [a, b, other] = [open(), open(), open(`${server.url}/3`)]
    await Promise.all([a.stands(), b.stands(), other.stands()])
    a.bus.publish('news', 1)
    await until(() => b.heard.length === 1, 'its own hear it')
    a.bus.publish('news', 2)
    await until(() => b.heard.length === 2, 'its own hear it')
    expect(other.heard).toEqual([])
  })

  it('survives what nobody of us said', async () => {
    const [a, b] = [open(), open()]
    await Promise.all([a.stands(), b.stands()])
    await server.command('PUBLISH', 'talking-photo:0:bus', 'not JSON')
    await server.command('PUBLISH', 'talking-photo:0:bus', '{"from":1}')
    a.bus.publish('news', 1)
    await until(() => b.heard.length === 1, 'the next is heard')
  })

  it('knows of the gap when it starts without a Redis, when that is stopped, and when it is frozen', async () => {
    await server.stop()
    const [a, b] = [open(), open()]
    a.bus.publish('news', 'lost')
    await until(() => a.events.includes('bus_lost') && b.events.includes('bus_lost'), 'both know that it is away')
    await server.start()
    await Promise.all([a.stands(), b.stands()])
    const standsAgain = async (before: number) => {
      await until(() => b.gaps() > before, 'it knows of the gap')
      const heard = b.heard.length
      await until(() => {
        a.bus.publish('news', 'again')
        return b.heard.length > heard
      }, 'it hears again')
    }
    const first = b.gaps()
    await server.stop()
    await until(() => b.events.filter((event) => event === 'bus_lost').length === 2, 'the loss is known')
    await server.start()
    await standsAgain(first)
    const second = b.gaps()
    server.freeze()
    await until(() => b.events.filter((event) => event === 'bus_lost').length === 3, 'the silence is known')
    server.thaw()
    await standsAgain(second)
    expect(b.heard).not.toContain('lost')
    expect(b.events).toEqual(['bus_lost', 'bus_back', 'bus_lost', 'bus_back', 'bus_lost', 'bus_back'])
  })

  it('tells the others, and knows itself, when it could not be heard', async () => {
    const [a, b] = [open(), open()]
    await Promise.all([a.stands(), b.stands()])
    a.bus.publish('news', 1)
    await until(() => b.heard.length === 1, 'it is heard')
    const before = [a.gaps(), b.gaps()] as const
    // Only who speaks is cut off; who listens stays.
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await until(() => {
      a.bus.publish('news', 2)
      return a.gaps() > before[0] && b.gaps() > before[1]
    }, 'both know of the gap')
    expect([a.events, b.events]).toEqual([[], []])
  })
})
