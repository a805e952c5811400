import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openEventStream } from '../../support/event-stream-client.ts'
import { type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

describe('the figures of requests', () => {
  it('go by the template of the route, never by an address that somebody made up', async () => {
    app.heart.append('gen_1', { type: 'cancelled' }, { status: 'cancelled' })
    for (const path of ['/api/v1/video/gen_1', '/api/v1/video/gen_2', '/health/live', '/secret-0', '/secret-1']) {
      await (await fetch(app.url + path)).text()
    }
    await (await fetch(`${app.url}/api/v1/video/gen_1`, { method: 'PUT' })).text()
    await (await openEventStream(`${app.url}/api/v1/video/gen_1/events`)).ended
    const response = await fetch(`${app.url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    const counts = text.split('\n').filter((line) => line.includes('request_seconds_count'))
    expect(counts.sort()).toEqual([
      'talking_photo_http_request_seconds_count{method="GET",route="/api/v1/video/{id}",status="200"} 1',
      'talking_photo_http_request_seconds_count{method="GET",route="/api/v1/video/{id}",status="404"} 1',
      'talking_photo_http_request_seconds_count{method="GET",route="/health/live",status="200"} 1',
      'talking_photo_http_request_seconds_count{method="GET",route="none",status="404"} 2',
      'talking_photo_http_request_seconds_count{method="other",route="/api/v1/video/{id}",status="405"} 1',
    ])
    expect(text).toContain('talking_photo_errors_total{where="request",code="INVALID_REQUEST"} 4')
  })
})
