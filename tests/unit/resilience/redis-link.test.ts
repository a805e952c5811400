/**
 * Each guard was broken once, and what saw it:
 *   no wait is endless <- the timer never set, a silent connection kept ...... 'gives a Redis up that says nothing, …'
 *   nothing is asked while it is away <- the look at the state left out ...... 'gives a Redis up that says nothing, …'
 *   nothing is queued <- the client's own queue turned on .................... 'asks nothing while Redis is stopped, …'
 *   own work is no silence <- given up without reading once more ............. 'does not take its own long work …'
 *   a refusal is an answer <- taken as an outage ............................. 'takes a refusal for an answer'
 *   a mute connection is left <- its deadline left out ....................... 'tries again where a new connection stands …'
 *   who waits for it hears that it is back <- not told ....................... 'starts without a Redis, …'
 *   no password is logged <- the error told whole ............................ 'never tells a password'
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { openRedis, RedisAway, type RedisLink } from '../../../src/resilience/redis-link.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.remove())

const links: RedisLink[] = []
afterEach(async () => {
  for (const link of links.splice(0)) link.close()
  server.thaw()
  await server.start()
})

/** Patient, because a busy machine is no outage; rests only as long as it must. */
function open(url = server.url, patienceMs = 5_000) {
  const told: string[] = []
  const hear = (details: object) => told.push(JSON.stringify(details))
  const link = openRedis(url, { info: hear, warn: hear }, { patienceMs, restMs: 50, handshakeMs: 500 })
  links.push(link)
  return { link, told, events: () => told.map((line) => JSON.parse(line).event) }
}

const isUp = (link: RedisLink) => until(() => link.state() === 'up', 'Redis is back')
const add = (link: RedisLink) => link.ask((redis) => redis.incr('count'))

describe('the connection to Redis', () => {
  it('asks the first command as soon as it stands', async () => {
    const { link } = open()
    expect(await link.ask((redis) => redis.set('a', '1'))).toBe('OK')
    expect(await link.ask((redis) => redis.get('a'))).toBe('1')
  })

  it('takes a refusal for an answer', async () => {
    const { link, told } = open()
    await link.ask((redis) => redis.set('text', 'a'))
    await expect(link.ask((redis) => redis.incr('text'))).rejects.toThrow(/not an integer/)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    await expect(link.ask((redis) => redis.set('b', '1'))).rejects.toThrow(/OOM/)
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    expect([link.state(), told]).toEqual(['up', []])
  })

  it('throws what its caller does wrong as it is', async () => {
    const { link } = open()
    const wrong = new TypeError('a mistake')
    await expect(link.ask(() => Promise.reject(wrong))).rejects.toBe(wrong)
    expect(link.state()).toBe('up')
  })

  it('starts without a Redis, and finds it when it comes', async () => {
    await server.stop()
    const { link, events } = open()
    let backs = 0
    link.onBack(() => {
      backs += 1
    })
    await expect(add(link)).rejects.toThrow(RedisAway)
    await server.start()
    await isUp(link)
    expect(await add(link)).toBe(1)
    expect([backs, events()]).toEqual([1, ['redis_lost', 'redis_back']])
  })

  it('asks nothing while Redis is stopped, neither then nor later', async () => {
    const { link, events } = open()
    await add(link)
    await server.stop()
    await until(() => link.state() === 'away', 'the loss is noticed')
    let asked = 0
    const counted = () =>
      link.ask((redis) => {
        asked += 1
        return redis.incr('count')
      })
    for (let n = 0; n < 3; n += 1) await expect(counted()).rejects.toThrow(RedisAway)
    await expect(link.client.incr('count')).rejects.toThrow(/isn't writeable/)
    await server.start()
    await isUp(link)
    expect(await link.ask((redis) => redis.get('count'))).toBeNull()
    expect([asked, events()]).toEqual([0, ['redis_lost', 'redis_back']])
  })

  it('gives a Redis up that says nothing, for all who wait and who come after, and notices when it speaks again', async () => {
    const { link, events } = open(server.url, 1_000)
    await link.ask((redis) => redis.set('count', 0))
    server.freeze()
    const waiting = await Promise.allSettled([add(link), add(link)])
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    let asked = false
    await expect(
      link.ask(async () => {
        asked = true
      }),
    ).rejects.toThrow(RedisAway)
    expect(asked).toBe(false)
    server.thaw()
    await isUp(link)
    // The two had left before the silence; nothing was sent again.
    expect(Number(await link.ask((redis) => redis.get('count')))).toBeLessThanOrEqual(2)
    expect(events()).toEqual(['redis_lost', 'redis_back'])
  })

  it('tries again where a new connection stands and nobody speaks', async () => {
    let connections = 0
    const between = createServer((socket) => {
      connections += 1
      socket.on('error', () => {})
      if (connections === 1) return
      const onward = connect(server.port, '127.0.0.1')
      onward.on('error', () => {})
      socket.pipe(onward).pipe(socket)
    })
    await once(between.listen(0, '127.0.0.1'), 'listening')
    const { link } = open(`redis://127.0.0.1:${(between.address() as AddressInfo).port}`)
    await expect(add(link)).rejects.toThrow(RedisAway)
    await isUp(link)
    link.close()
    between.close()
  })

  it('does not take its own long work for the silence of Redis', async () => {
    const { link } = open(server.url, 500)
    await add(link)
    const answer = add(link)
    const end = Date.now() + 600
    while (Date.now() < end);
    await answer
    expect(link.state()).toBe('up')
  })

  it('never tells a password', async () => {
    await server.command('CONFIG', 'SET', 'requirepass', 'right-horse')
    const { link, told, events } = open(server.url.replace('//', '//:wrong-horse@'))
    await expect(add(link)).rejects.toThrow(RedisAway)
    await until(() => told.length > 0, 'it is told')
    expect(events()).toEqual(['redis_lost'])
    expect(told.join()).not.toMatch(/horse/)
    link.close()
    await server.stop()
    await server.start()
  })
})
