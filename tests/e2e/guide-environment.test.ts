/** The blocks that the Veo3 guide says to put into `.env`, word for word: a real server starts from each. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { currentFfmpeg } from '../support/current-ffmpeg.ts'
import { makeDataDir, runServer } from '../support/run-server.ts'

const setup = `# Core Veo3 Configuration
VEO3_API_KEY=your_actual_veo3_api_key_here
VEO3_API_BASE_URL=https://api.veo3.ai/v1
VEO3_WEBHOOK_SECRET=your_webhook_secret

# Rate Limiting & Performance
VEO3_RATE_LIMIT_RPM=60
VEO3_MAX_CONCURRENT_REQUESTS=10
VEO3_TIMEOUT_SECONDS=300

# Quality & Limits
VEO3_MAX_DURATION_SECONDS=60
VEO3_MAX_FILE_SIZE_MB=200
VEO3_DEFAULT_QUALITY=standard

# Fallback Providers
RUNWAY_API_KEY=your_runway_key
NANO_BANANA_API_KEY=your_nano_banana_key

# Caching
CACHE_ENABLED=true
CACHE_TTL_SECONDS=3600
`
const production = `# Production Environment Variables
ENVIRONMENT=production
VEO3_API_KEY=prod_veo3_key_xyz123
VEO3_RATE_LIMIT_RPM=120
VEO3_MAX_CONCURRENT_REQUESTS=50

# Redis Cache (Production)
CACHE_TYPE=redis
REDIS_CACHE_URL=redis://your-redis-server:6379/3

# Monitoring
SENTRY_DSN=https://your-sentry-dsn
METRICS_ENABLED=true
`

let data: Awaited<ReturnType<typeof makeDataDir>>
beforeAll(currentFfmpeg, 300_000)
beforeEach(async () => {
  data = await makeDataDir()
})
afterEach(() => data.remove())

/** Starts from the block alone. Answers what is to be seen of it. */
async function startFrom(block: string) {
  await writeFile(join(data.path, '.env'), block)
  const server = await runServer(data.path)
  try {
    const models = (await (await fetch(`${server.url}/api/v1/models`)).text()) as string
    const ready = (await fetch(`${server.url}/health/ready`)).status
    const metrics = (await fetch(`${server.url}/metrics`)).status
    return { models, ready, metrics, log: JSON.stringify(server.log) }
  } finally {
    await server.stop()
  }
}

describe("the guide's .env", () => {
  it('starts a server that has the vendor, and tells none of its secrets', async () => {
    const { models, ready, log } = await startFrom(setup)
    expect(ready).toBe(200)
    const { items } = JSON.parse(models) as { items: { provider: string; available: boolean }[] }
    expect(items).toContainEqual(expect.objectContaining({ provider: 'veo3', available: true }))
    for (const secret of ['your_actual_veo3_api_key_here', 'your_webhook_secret', 'your_runway_key']) {
      expect(log + models).not.toContain(secret)
    }
  }, 120_000)

  it('starts one for production too, where neither its Redis nor its Sentry exists, and says so', async () => {
    const { ready, metrics, log } = await startFrom(production)
    expect({ ready, metrics }).toEqual({ ready: 200, metrics: 200 })
    expect(log).toMatch(/redis/i)
    expect(log).toMatch(/sentry/i)
    expect(log).not.toContain('prod_veo3_key_xyz123')
  }, 120_000)
})
