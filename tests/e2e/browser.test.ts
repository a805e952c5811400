/** What only a real browser can tell: the docs page under its policy, and an EventSource that comes back and stops. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { generate } from '../support/api-client.ts'
import { startBrowser } from '../support/chromium.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
let browser: Browser
let page: Page
/** What the page complained of, and every address it asked for. */
let complaints: string[]
let asked: string[]

beforeAll(async () => {
  browser = await startBrowser()
  data = await makeDataDir()
  server = await runServer(data.path)
  page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
  complaints = []
  asked = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => asked.push(request.url()))
}, 240_000)
afterAll(async () => {
  await browser.close()
  await server.stop()
  await data.remove()
})

describe('the docs page', () => {
  it('shows every operation, opens one, and asks nobody but this server', async () => {
    await page.goto(`${server.url}/docs`)
    const document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    const count = Object.values(document.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0)
    await page.locator('.opblock').first().waitFor()
    expect(await page.locator('.opblock').count()).toBe(count)
    await page.locator('#operations-videos-generateVideo .opblock-summary-control').click()
    const opened = page.locator('#operations-videos-generateVideo .opblock-body')
    await opened.getByText('Which face speaks', { exact: false }).first().waitFor()
    expect(await opened.textContent()).toContain('script-too-long')
    expect(complaints).toEqual([])
    expect(asked.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith('data:'))).toEqual([])
  })

  it('tries an operation against this server', async () => {
    await page.locator('#operations-voices-listVoices .opblock-summary-control').click()
    const operation = page.locator('#operations-voices-listVoices')
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    await operation.locator('.live-responses-table').getByText('en-us-slt').first().waitFor()
    expect(complaints).toEqual([])
  })

  it('lets nothing run that is not a file of its own', async () => {
    const { headers } = await fetch(`${server.url}/docs`)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:/)
  })
})

describe('an EventSource', () => {
  it('sees the whole log once and is told not to come back', async () => {
    const { id } = await generate(server.url, demoPortrait, { script: 'Hello to the browser.', quality: 'economy' })
    asked.length = 0
    const seqs = await page.evaluate(
      (path) =>
        new Promise<number[]>((resolve) => {
          const seen: number[] = []
          const source = new EventSource(path)
          const note = (event: Event) => void seen.push(Number((event as MessageEvent).lastEventId))
          for (const type of ['queued', 'waiting', 'step', 'progress', 'completed', 'failed'])
            source.addEventListener(type, note)
          // The server ends the stream; the source comes back once, hears 204, and is closed for good.
          source.addEventListener('error', () => {
            if (source.readyState === EventSource.CLOSED) resolve(seen)
          })
        }),
      `/api/v1/video/${id}/events`,
    )
    const log = (await (await fetch(`${server.url}/api/v1/video/${id}/events?limit=500`)).json()) as {
      last_seq: number
    }
    expect(log.last_seq).toBeGreaterThan(4)
    expect(seqs).toEqual(Array.from({ length: log.last_seq }, (_, index) => index + 1))
    expect(asked.filter((url) => url.endsWith('/events'))).toHaveLength(2)
  }, 120_000)
})
