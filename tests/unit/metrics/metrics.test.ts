import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '../../../src/metrics.ts'

describe('the figures', () => {
  it('are told as text under their names, with units and bounded labels', async () => {
    const metrics = createMetrics()
    metrics.requestAnswered({ method: 'GET', route: '/api/v1/video/{id}', status: 200, seconds: 0.02 })
    metrics.generation('made')
    metrics.generation('completed')
    metrics.generation('completed')
    metrics.work({ model: 'a/b', quality: 'premium', seconds: 12 })
    metrics.stage({ stage: 'frames', seconds: 3 })
    metrics.photoChecked('no-face')
    metrics.eventDelivered('stream')
    let sockets = 2
    metrics.watch({ sockets: () => sockets, jobs: async () => ({ render: { waiting: 3, delayed: 0, active: 1 } }) })
    const { contentType, text } = await metrics.read()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const line of [
      'talking_photo_http_request_seconds_count{method="GET",route="/api/v1/video/{id}",status="200"} 1',
      'talking_photo_generations_total{outcome="completed"} 2',
      'talking_photo_generation_seconds_sum{model="a/b",quality="premium"} 12',
      'talking_photo_stage_seconds_sum{stage="frames"} 3',
      'talking_photo_photo_checks_total{verdict="no-face"} 1',
      'talking_photo_events_delivered_total{channel="stream"} 1',
      'talking_photo_sockets_open 2',
      'talking_photo_jobs{lane="render",state="waiting"} 3',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toContain(line)
    }
    expect(text).not.toContain('talking_photo_renders_running')
    sockets = 0
    expect((await metrics.read()).text).toContain('talking_photo_sockets_open 0')
  })

  it('of two processes in one, as in tests, do not mix', async () => {
    const one = createMetrics()
    one.generation('made')
    expect((await createMetrics().read()).text).not.toContain('outcome="made"')
  })
})
