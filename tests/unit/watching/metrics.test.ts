import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '../../../src/watching/metrics.ts'
import { sampleCacheStats } from '../../support/sample-cache-stats.ts'

describe('the figures', () => {
  it('reads those of the cache once for a scrape, each as it is then', async () => {
    const metrics = createMetrics()
    let questions = 0
    let stats = sampleCacheStats()
    metrics.watch({
      async cache() {
        questions += 1
        return stats
      },
    })
    const { text: before } = await metrics.read()
    expect(questions).toBe(1)
    for (const line of [
      'talking_photo_cache_lookups_total{region="answers",tier="memory",outcome="hit"} 90',
      'talking_photo_cache_lookups_total{region="answers",tier="redis",outcome="miss"} 10',
      'talking_photo_cache_evictions_total 2',
      'talking_photo_cache_redis_errors_total 0',
      'talking_photo_cache_entries 9',
      'talking_photo_cache_bytes 4321',
    ]) {
      expect(before).toContain(`${line}\n`)
    }
    stats = { ...stats, memory: { ...stats.memory, entries: 10, evictions: 3 }, redis: null }
    const { text: after } = await metrics.read()
    expect(after).toContain('talking_photo_cache_entries 10\n')
    expect(after).toContain('talking_photo_cache_evictions_total 3\n')
  })

  it('are told as text under their names, with units and bounded labels', async () => {
    const metrics = createMetrics()
    metrics.requestAnswered({ method: 'GET', route: '/api/v1/video/{id}', status: 200, seconds: 0.02, code: null })
    metrics.generation('made')
    metrics.generation('completed')
    metrics.generation('completed')
    metrics.work({ model: 'a/b', quality: 'premium', seconds: 12 })
    metrics.stage({ stage: 'frames', seconds: 3 })
    metrics.failed('TIMEOUT')
    metrics.attempt({ provider: 'a', outcome: 'server-error' })
    metrics.photoChecked('no-face')
    metrics.eventDelivered('stream')
    let sockets = 2
    const { vendors } = metrics
    vendors.called({ provider: 'a', model: 'a/b', what: 'status', seconds: 0.2, fault: null })
    vendors.called({ provider: 'a', model: 'a/b', what: 'start', seconds: 3, fault: 'server-error' })
    vendors.slotWaited({ provider: 'a', seconds: 4 })
    vendors.fellBack({ from: 'a', to: 'b', fault: 'server-error' })
    const end = { provider: 'b', model: 'b/c', tenantId: 'ten_1', seconds: 9 }
    vendors.settled({
      ...end,
      cost: { micros: 4_500_000, currency: 'INR' },
      bearer: 'user',
      metrics: { overallScore: 8.8 },
    })
    vendors.settled({ ...end, cost: { micros: 1_500_000, currency: 'INR' }, bearer: 'house', metrics: null })
    vendors.rated({ provider: 'b', model: 'b/c', score: 4 })
    metrics.watch({ breakers: () => ({ a: 'open', b: 'closed' }) })
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
      'talking_photo_errors_total{where="generation",code="TIMEOUT"} 1',
      'talking_photo_attempts_total{provider="a",outcome="server-error"} 1',
      'talking_photo_vendor_call_seconds_sum{provider="a",what="status",outcome="ok"} 0.2',
      'talking_photo_vendor_call_seconds_count{provider="a",what="start",outcome="server-error"} 1',
      'talking_photo_slot_wait_seconds_sum{provider="a"} 4',
      'talking_photo_fallbacks_total{from="a",to="b",fault="server-error"} 1',
      'talking_photo_cost_micros_total{provider="b",currency="INR",bearer="user"} 4500000',
      'talking_photo_cost_micros_total{provider="b",currency="INR",bearer="house"} 1500000',
      'talking_photo_quality_score_sum{provider="b"} 8.8',
      'talking_photo_user_rating_bucket{le="4",provider="b"} 1',
      'talking_photo_breaker_state{provider="a"} 2',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toContain(line)
    }
    expect(text).not.toContain('talking_photo_renders_running')
    expect(text).not.toContain('ten_1')
    sockets = 0
    expect((await metrics.read()).text).toContain('talking_photo_sockets_open 0')
  })

  it('of two processes in one, as in tests, do not mix', async () => {
    const one = createMetrics()
    one.generation('made')
    expect((await createMetrics().read()).text).toContain('outcome="made"} 0')
  })
})
