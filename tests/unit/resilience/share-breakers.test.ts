/**
 * Nodes with clocks of their own, that hear each other over a bus that can be cut; at the end once over a real Redis.
 *
 * Each guard was broken once, and what saw it:
 *   failures, successes, trips and probes are told <- one of them not .. 'count failures together, …', 'forget failures
 *                                                      together', 'are tripped at once for all', 'send one probe at a time, …'
 *   who asks is told <- not answered ................. 'tell a node that starts …'
 *   what is left, not the moment <- the moment ....... 'tell a node that starts …'
 *   a gap is asked about <- not asked ................ 'count alone while nothing is heard, …'
 *   the longer opening wins <- the last word ......... 'count alone while nothing is heard, …' (0)
 *   one probe of one opening <- not taken over ....... 'send one probe at a time, …'
 *   answers are for who asked <- for all ............. 'are not opened again by what was meant for somebody else, …'
 *   what is not understood is dropped <- taken ....... 'are not opened again by … what is not understood'
 */
import { describe, expect, it } from '@jest/globals'
import { createBreakers } from '../../../src/resilience/breaker.ts'
import { openBus } from '../../../src/resilience/bus.ts'
import { shareBreakers } from '../../../src/resilience/share-breakers.ts'
import { startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

const options = { threshold: 3, windowMs: 60_000, openMs: 30_000, longestOpenMs: 600_000, probeMs: 20_000 }

function scene() {
  let nowMs = 0
  let isCut = false
  const ears: { readonly hear: (message: unknown) => void; readonly gap: () => void }[] = []
  /** @param aheadMs of its clock */
  const node = (aheadMs = 0) => {
    const own: { hear: (message: unknown) => void; gap: () => void } = { hear: () => {}, gap: () => {} }
    ears.push(own)
    const bus = {
      publish(_topic: string, message: unknown) {
        const text = JSON.stringify(message)
        if (!isCut) for (const other of ears) if (other !== own) other.hear(JSON.parse(text))
      },
      subscribe(_topic: string, listener: (message: unknown) => void) {
        own.hear = listener
        return () => {
          own.hear = () => {}
        }
      },
      onGap(listener: () => void) {
        own.gap = listener
        return () => {
          own.gap = () => {}
        }
      },
    }
    const now = () => nowMs + aheadMs
    return shareBreakers(createBreakers(options, now), bus, now)
  }
  return {
    node,
    tick: (ms: number) => {
      nowMs += ms
    },
    cut: () => {
      isCut = true
    },
    mend: () => {
      isCut = false
      for (const { gap } of ears) gap()
    },
    say: (message: unknown) => {
      for (const { hear } of ears) hear(message)
    },
  }
}

type Node = ReturnType<ReturnType<typeof scene>['node']>
const fail = (...nodes: Node[]) => {
  for (const node of nodes) node.failed('a', 'submission', 'it fails')
}
const states = (...nodes: Node[]) => nodes.map((node) => node.of('a').state)

describe('breakers of several nodes', () => {
  it('count failures together, and open together', () => {
    const { node } = scene()
    const [a, b, c] = [node(), node(), node()]
    fail(a, b)
    expect(states(a, b, c)).toEqual(['closed', 'closed', 'closed'])
    fail(c)
    expect(states(a, b, c)).toEqual(['open', 'open', 'open'])
    expect(a.of('a').why).toBe('it fails')
  })

  it('forget failures together', () => {
    const { node } = scene()
    const [a, b] = [node(), node()]
    fail(a, a)
    b.succeeded('a', 'completion')
    fail(a, b)
    expect(states(a, b)).toEqual(['closed', 'closed'])
  })

  it('send one probe at a time, and close together', () => {
    const { node, tick } = scene()
    const [a, b] = [node(), node()]
    fail(a, a, a)
    tick(30_000)
    expect([a.admit('a'), b.admit('a'), a.admit('a')]).toEqual([true, false, false])
    a.succeeded('a', 'submission')
    expect(states(a, b)).toEqual(['closed', 'closed'])
  })

  it('open for twice as long everywhere when the probe of one fails', () => {
    const { node, tick } = scene()
    const [a, b] = [node(), node()]
    fail(a, a, a)
    tick(30_000)
    a.admit('a')
    fail(a)
    expect([a, b].map((each) => each.of('a').opensUntil?.getTime())).toEqual([90_000, 90_000])
  })

  it('are tripped at once for all', () => {
    const { node } = scene()
    const [a, b] = [node(), node()]
    a.trip('a', 'its key is refused')
    expect(b.of('a')).toMatchObject({ state: 'open', why: 'its key is refused' })
  })

  it('tell a node that starts what is open, for as long as is left, whatever its clock says', () => {
    const { node, tick } = scene()
    const a = node()
    fail(a, a, a)
    tick(10_000)
    const late = node(-5_000)
    expect(states(late)).toEqual(['open'])
    tick(19_999)
    expect(late.admit('a')).toBe(false)
    tick(1)
    expect(late.admit('a')).toBe(true)
    expect(a.admit('a')).toBe(false)
  })

  it.each([0, 1])(
    'count alone while nothing is heard, and agree after: what is open longer is right (%d)',
    (longer) => {
      const { node, tick, cut, mend } = scene()
      const [a, b, c] = [node(), node(), node()]
      const [first, second] = longer === 0 ? [b, a] : [a, b]
      cut()
      fail(first, first, first, second)
      expect(states(first, second, c)).toEqual(['open', 'closed', 'closed'])
      tick(5_000)
      fail(second, second)
      mend()
      expect([a, b, c].map((each) => each.of('a').opensUntil?.getTime())).toEqual([35_000, 35_000, 35_000])
    },
  )

  it('do not send a second probe because one who asks is told of the first', () => {
    const { node, tick } = scene()
    const a = node()
    fail(a, a, a)
    tick(30_000)
    a.admit('a')
    const late = node()
    expect(late.admit('a')).toBe(false)
    tick(20_000)
    expect(late.admit('a')).toBe(true)
  })

  it('are not opened again by what was meant for somebody else, or by what is not understood', () => {
    const { node, say } = scene()
    const a = node()
    const open = {
      kind: 'tripped',
      name: 'a',
      stage: 'submission',
      why: 'x',
      openMs: 1e3,
      leftMs: 1e3,
      probeAgeMs: null,
    }
    say({ ...open, to: 'somebody' })
    say({ ...open, leftMs: 'long' })
    say({ kind: 'of another version' })
    expect(states(a)).toEqual(['closed'])
    say(open)
    expect(states(a)).toEqual(['open'])
  })

  it('hear nothing when they are closed', () => {
    const { node } = scene()
    const [a, b] = [node(), node()]
    b.close()
    fail(a, a, a)
    expect(states(a, b)).toEqual(['open', 'closed'])
  })

  it('do all this over Redis, and without it each for itself', async () => {
    const redis = await startRedis()
    const log = { info() {}, warn() {} }
    const buses = [openBus(redis.url, log), openBus(redis.url, log)] as const
    try {
      const own = () => createBreakers(options, Date.now)
      await Promise.all(buses.map((bus) => new Promise<void>((resolve) => bus.onGap(resolve))))
      const [a, b] = [shareBreakers(own(), buses[0], Date.now), shareBreakers(own(), buses[1], Date.now)]
      fail(a, b)
      await until(() => {
        if (states(a)[0] === 'closed') fail(a)
        return states(a, b).every((state) => state === 'open')
      }, 'both are open')
      const late = shareBreakers(own(), buses[1], Date.now)
      await until(() => states(late)[0] === 'open', 'who comes late is told')
      await redis.stop()
      a.trip('alone', 'its key is refused')
      expect([a.admit('alone'), b.admit('alone')]).toEqual([false, true])
      await redis.start()
      await until(() => !b.admit('alone'), 'it is told when Redis is back')
    } finally {
      await Promise.all(buses.map((bus) => bus.close()))
      await redis.remove()
    }
  })
})
