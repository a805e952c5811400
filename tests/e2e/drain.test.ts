/**
 * A server that is told to stop behind a load balancer: first it says so, then it goes. Seen here when broken: connections
 * kept while it drains. Elsewhere: jobs still taken (tests/contract/jobs.ts, on PostgreSQL), sockets told to stay away
 * (tests/unit/realtime/socket-server.test.ts).
 */
import { get } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, expect, test } from '@jest/globals'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { until } from '../support/until.ts'

const running: { server: TestServer; data: Awaited<ReturnType<typeof makeDataDir>> }[] = []

afterEach(async () => {
  for (const { server, data } of running.splice(0)) {
    await server.kill()
    await data.remove()
  }
})

async function startDraining(seconds: string): Promise<TestServer> {
  const data = await makeDataDir()
  const server = await runServer(data.path, { DRAIN_SECONDS: seconds })
  running.push({ server, data })
  return server
}

/** Its status, what it says of the connection, and its body. */
const ask = (url: string) =>
  new Promise<{ status: number | undefined; connection: string | undefined; body: unknown }>((resolve, reject) => {
    get(url, { agent: false, headers: { Connection: 'keep-alive' } }, async (response) => {
      const { statusCode, headers } = response
      resolve({ status: statusCode, connection: headers.connection, body: await json(response) })
    }).on('error', reject)
  })

test('while it drains it says that it is not ready, serves on and lets connections go; a second signal ends it at once', async () => {
  const server = await startDraining('600')
  expect(await ask(`${server.url}/health/ready`)).toMatchObject({ status: 200, connection: 'keep-alive' })
  process.kill(server.pid, 'SIGTERM')
  await until(async () => (await ask(`${server.url}/health/ready`)).status === 503, 'it says that it drains')
  expect(await ask(`${server.url}/health/ready`)).toEqual({
    status: 503,
    connection: 'close',
    body: { ready: false, checks: { database: 'ok', server: 'draining' } },
  })
  expect(await ask(`${server.url}/health/live`)).toMatchObject({ status: 200 })
  expect(await ask(`${server.url}/api/v1/video`)).toMatchObject({ status: 200, connection: 'close' })
  process.kill(server.pid, 'SIGTERM')
  expect(await server.exited).toBe(1)
})

test('when the time is over it stops in good order', async () => {
  const server = await startDraining('0.1')
  expect(await server.stop()).toBe(0)
  expect(server.log.map(({ event }) => event).filter(Boolean)).toEqual(
    expect.arrayContaining(['stopping', 'draining', 'stopped']),
  )
})
