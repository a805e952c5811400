/** Real servers before two simulated vendors, over real HTTP: who makes it, who is paid, and what a crash does. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Fields, type GenerationJson, generate, getGeneration, watch } from '../support/api-client.ts'
import { currentFfmpeg } from '../support/current-ffmpeg.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { openSandbox, type Sandbox, takenBy } from '../support/sandbox.ts'

let sandbox: Sandbox
let FFMPEG_PATH: string
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  FFMPEG_PATH = await currentFfmpeg()
  sandbox = await openSandbox()
}, 300_000)
afterAll(() => sandbox?.close())

/** Jobs that each vendor had taken when the test began. */
let before = { first: 0, second: 0 }
const jobsOf = () => ({ first: takenBy(sandbox.first).jobs, second: takenBy(sandbox.second).jobs })
const taken = () => ({ first: jobsOf().first - before.first, second: jobsOf().second - before.second })
beforeEach(() => {
  before = jobsOf()
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  const trouble = sandbox.trouble()
  sandbox.first.control.clearFaults()
  sandbox.first.control.clearRecords()
  sandbox.second.control.clearRecords()
  expect(trouble).toEqual([])
})

async function dataDir(): Promise<string> {
  const data = await makeDataDir()
  cleanups.push(data.remove)
  return data.path
}

async function start(path: string, environment: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const server = await runServer(path, { ...sandbox.environment, FFMPEG_PATH, LOCAL_RENDERER: 'false', ...environment })
  cleanups.push(() => server.kill())
  return server
}

async function finish(url: string, fields: Fields): Promise<GenerationJson & { readonly types: readonly string[] }> {
  const { id } = await generate(url, demoPortrait, fields)
  const events = await watch(url, id)
  return { ...(await getGeneration(url, id)), types: events.map(({ type }) => type) }
}

const attempted = (generation: GenerationJson) => {
  const { trace } = generation.route as { trace: { provider: string; verdict: string }[] }
  return trace.filter(({ verdict }) => verdict === 'chosen').map(({ provider }) => provider)
}

describe('a server before its vendors', () => {
  let server: TestServer
  let path: string
  beforeAll(async () => {
    const data = await makeDataDir()
    path = data.path
    // So many faults on purpose would take the vendor out.
    server = await runServer(path, {
      ...sandbox.environment,
      FFMPEG_PATH,
      LOCAL_RENDERER: 'false',
      BREAKER_FAILURES: '1000',
    })
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })

  it('has the first one make it, keeps the film, and says who made it at what price', async () => {
    const done = await finish(server.url, { script: 'The photo speaks.' })
    expect(done).toMatchObject({
      status: 'completed',
      cost: { amount: '2.25', currency: 'INR' },
      fallback_used: false,
      original_error: null,
      provider_job_id: expect.stringMatching(/^veo3_job_/),
      quality_metrics: { overall_score: expect.any(Number) },
      output: { seconds: 15 },
    })
    expect(attempted(done)).toEqual(['veo3'])
    expect(done.adjusted).toContainEqual(expect.objectContaining({ setting: 'duration', used: 15 }))
    const film = await fetch(`${server.url}/api/v1/video/${done.id}/content`)
    expect((await film.arrayBuffer()).byteLength).toBe((done.output as { bytes: number }).bytes)
    const picture = await fetch(`${server.url}/api/v1/video/${done.id}/thumbnail`)
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
    expect(taken()).toEqual({ first: 1, second: 0 })
  }, 60_000)

  it('goes to the second when the first fails, and tells it while it happens', async () => {
    sandbox.first.control.setFault('http:500')
    const done = await finish(server.url, { script: 'It goes on.' })
    expect(done).toMatchObject({
      status: 'completed',
      fallback_used: true,
      fallback_provider: 'veo3-backup',
      original_error: { reason: 'provider-error' },
    })
    expect(done.types).toContain('fallback')
    expect(attempted(done)).toEqual(['veo3', 'veo3-backup'])
  }, 60_000)

  it('sends what one refuses to nobody else', async () => {
    sandbox.first.control.setFault('fail:content_policy')
    const done = await finish(server.url, { script: 'Not this.' })
    expect(done).toMatchObject({ status: 'failed', failure: { code: 'CONTENT_POLICY_VIOLATION' } })
    expect(taken().second).toBe(0)
  }, 60_000)

  it.each(['silent', 'expired'])(
    'never calls a %s file done: the second makes it, and the house pays the first',
    async (defect) => {
      sandbox.first.control.setFault(`file:${defect}`)
      const done = await finish(server.url, { script: `Look closely, this is ${defect}.` })
      expect(done).toMatchObject({
        status: 'completed',
        fallback_provider: 'veo3-backup',
        original_error: { reason: 'output-unusable' },
        cost: { amount: '2.25' },
      })
    },
    90_000,
  )

  it('makes one submission of many equal requests at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => generate(server.url, demoPortrait, { script: 'All of us want the same.' })),
    )
    await Promise.all(all.map(({ id }) => watch(server.url, id)))
    expect(taken()).toEqual({ first: 1, second: 0 })
    for (const { id } of all) expect((await getGeneration(server.url, id)).status).toBe('completed')
  }, 90_000)

  it('has a vendor stop what its user cancels', async () => {
    const { id } = await generate(server.url, demoPortrait, { script: '[[slow:600]] Not needed any more.' })
    await watch(server.url, id, 0, (event) => event.type === 'step' && event.step === 'poll')
    await fetch(`${server.url}/api/v1/video/${id}`, { method: 'DELETE' })
    const { id: last } = sandbox.first.control.state().jobs.at(-1)!
    const status = () => sandbox.first.control.state().jobs.find((job) => job.id === last)?.status
    await eventuallyEqual(status, 'cancelled')
  }, 60_000)
})

async function eventuallyEqual<T>(look: () => T, wanted: T): Promise<void> {
  while (JSON.stringify(look()) !== JSON.stringify(wanted)) await new Promise((again) => setTimeout(again, 50))
}

describe('a server that is killed', () => {
  const script = 'Nothing is paid twice.'

  async function killedAt(point: string, environment: NodeJS.ProcessEnv) {
    const path = await dataDir()
    const doomed = await start(path, { ...environment, FAILPOINT: point })
    const { id } = await generate(doomed.url, demoPortrait, { script })
    expect(await doomed.exited).toBe('SIGKILL')
    const server = await start(path, environment)
    await watch(server.url, id)
    return getGeneration(server.url, id)
  }

  it('after the vendor took the work sends it again under the same key, where the vendor knows keys', async () => {
    expect(await killedAt('submitted', { VEO3_IDEMPOTENT: 'true' })).toMatchObject({
      status: 'completed',
      fallback_used: false,
    })
    expect(taken()).toEqual({ first: 1, second: 0 })
  }, 90_000)

  it('after the vendor took the work leaves it as unknown, where the vendor knows no keys', async () => {
    expect(await killedAt('submitted', { VEO3_IDEMPOTENT: 'false' })).toMatchObject({
      status: 'completed',
      fallback_provider: 'veo3-backup',
      original_error: { reason: 'provider-silent' },
    })
    expect(taken()).toEqual({ first: 1, second: 1 })
  }, 90_000)

  it('when it is kept what the vendor called it goes on with that', async () => {
    expect(await killedAt('operation-kept', {})).toMatchObject({ status: 'completed', fallback_used: false })
    expect(taken()).toEqual({ first: 1, second: 0 })
  }, 90_000)
})
