import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { environmentNames, readConfig } from '../../../src/config.ts'
import { Failure } from '../../../src/errors.ts'

const example = parseEnv(readFileSync('.env.example', 'utf8'))

function mistakesOf(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
  return ''
}

describe('the configuration', () => {
  it('needs nothing to be set', () => {
    const config = readConfig({})
    expect(config).toMatchObject({ host: '127.0.0.1', port: 5000, roles: ['web', 'worker'], requireConsent: true })
    expect(config.renderConcurrency).toBeGreaterThanOrEqual(1)
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('is told whole by .env.example, with the true defaults', () => {
    expect(Object.keys(example).sort()).toEqual([...environmentNames].sort())
    expect(readConfig(example)).toEqual(readConfig({}))
  })

  it('takes an empty variable as not set', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: '' })).toEqual(readConfig({}))
  })

  it('names every mistake at once', () => {
    const message = mistakesOf({
      PORT: '70000',
      ROLES: 'web,cook',
      DATABASE_URL: 'mysql://x',
      REQUIRE_CONSENT: 'perhaps',
    })
    for (const name of ['PORT', 'ROLES', 'DATABASE_URL', 'REQUIRE_CONSENT']) expect(message).toContain(name)
  })

  it('refuses to divide the work over an embedded database', () => {
    expect(mistakesOf({ ROLES: 'web' })).toContain('DATABASE_URL')
    expect(readConfig({ ROLES: 'web', DATABASE_URL: 'postgresql://localhost/x' }).roles).toEqual(['web'])
  })

  it('knows a host, with or without its port, from anything else', () => {
    const hosts = 'files.example, 127.0.0.1:6100,[::1]:6100'
    expect(readConfig({ OUTBOUND_ALLOW_HOSTS: hosts }).outboundAllowHosts).toEqual([
      'files.example',
      '127.0.0.1:6100',
      '[::1]:6100',
    ])
    for (const wrong of [
      'http://files.example',
      'files.example/path',
      '*',
      'a b',
      'me@files.example',
      '::1',
      'a:99999',
    ]) {
      expect(mistakesOf({ OUTBOUND_ALLOW_HOSTS: wrong })).toContain('OUTBOUND_ALLOW_HOSTS')
    }
  })

  it('knows what is secret, so that no report holds it', () => {
    const environment = {
      DATABASE_URL: 'postgresql://me:p%40ssw0rd@localhost/x',
      RUNWAY_API_KEY: 'canary-runway',
      LOG_LEVEL: 'warn',
    }
    expect(readConfig(environment).watching.errorReports.secrets).toEqual(['canary-runway', 'p@ssw0rd'])
  })

  it('turns the figures off under either name', () => {
    expect(readConfig({ METRICS_ENABLED: 'true' }).watching.metrics).toBe(true)
    expect(readConfig({ METRICS_ENABLED: 'false' }).watching.metrics).toBe(false)
    expect(readConfig({ METRICS: 'no' }).watching.metrics).toBe(false)
  })

  it('refuses a failpoint in production', () => {
    expect(mistakesOf({ ENVIRONMENT: 'production', FAILPOINT: 'stored' })).toContain('FAILPOINT')
    expect(readConfig({ FAILPOINT: 'stored' }).failpoint).toBe('stored')
  })

  it('names the strategies and the providers there are where one is misspelt', () => {
    const message = mistakesOf({ ROUTING_STRATEGY: 'cheap' })
    for (const name of ['quality-cost', 'round-robin', 'least-loaded', 'cheapest']) expect(message).toContain(name)
    expect(mistakesOf({ PROVIDER_WEIGHTS: 'vio3:3' })).toMatch(
      /'vio3' is no provider; there are local, veo3, veo3-backup, /,
    )
    expect(mistakesOf({ PROVIDER_WEIGHTS: 'veo3:3,veo3:1' })).toContain("'veo3' is there twice")
    expect(mistakesOf({ PROVIDER_WEIGHTS: 'veo3' })).toContain("'veo3' is not <provider>:<weight>")
    expect(readConfig({ PROVIDER_WEIGHTS: 'veo3:3, local:0.5' }).providerWeights).toEqual({ veo3: 3, local: 0.5 })
  })

  it('reads exchange rates strictly, and wants to know of which day they are', () => {
    const { currency, fxRates, fxDate } = readConfig({ FX_RATES: 'USD:83.25, EUR:90.1', FX_DATE: '2026-11-21' })
    expect({ currency, fxRates, fxDate }).toEqual({
      currency: 'INR',
      fxRates: { USD: '83.25', EUR: '90.1' },
      fxDate: '2026-11-21',
    })
    expect(mistakesOf({ FX_RATES: 'USD:83.25' })).toContain('FX_DATE')
    expect(mistakesOf({ FX_RATES: 'USD:83.25', FX_DATE: '2026-02-30' })).toContain('FX_DATE')
    for (const wrong of ['USD', 'usd:83', 'USD:0', 'USD:-1', 'USD:83.1234567', 'USD:83,USD:84', 'INR:1']) {
      expect(mistakesOf({ FX_RATES: wrong, FX_DATE: '2026-11-21' })).toContain('FX_RATES')
    }
  })

  it('lets each variable change something', () => {
    const changed: Record<string, string> = {
      ENVIRONMENT: 'production',
      HOST: '0.0.0.0',
      PORT: '8080',
      ROLES: 'worker',
      DATA_DIR: '/elsewhere',
      DATABASE_URL: 'postgresql://localhost/x',
      LOG_LEVEL: 'warn',
      REQUIRE_CONSENT: 'no',
      MAX_UPLOAD_MB: '5',
      UPLOAD_PATIENCE_SECONDS: '5',
      MAX_CONNECTIONS: '9',
      RENDER_CONCURRENCY: '7',
      STEP_CONCURRENCY: '3',
      PROVIDER_PRIORITY: 'local',
      ROUTING_STRATEGY: 'latency',
      PROVIDER_WEIGHTS: 'veo3:3, local:0.5',
      MODELS_FILE: 'models.json',
      CURRENCY: 'USD',
      FX_RATES: 'EUR:90.1',
      FX_DATE: '2026-11-21',
      LOCAL_RENDERER: 'false',
      PUBLIC_URL: 'https://photos.example',
      BREAKER_FAILURES: '2',
      BREAKER_OPEN_SECONDS: '7',
      CACHE_ENABLED: 'false',
      CACHE_TTL_SECONDS: '60',
      CACHE_TYPE: 'redis',
      REDIS_CACHE_URL: 'redis://localhost:6379/3',
      FFMPEG_PATH: '/usr/bin/ffmpeg',
      CACHE_POLICY: 'lfu',
      CACHE_MAX_ENTRIES: '5',
      CACHE_MAX_MB: '7',
      DRAIN_SECONDS: '4',
      SHUTDOWN_GRACE_SECONDS: '1',
      FAILPOINT: 'chosen',
      MAX_QUEUED: '7',
      METRICS: 'false',
      METRICS_ENABLED: 'false',
      SENTRY_DSN: 'https://key@sentry.example/1',
      PROBE_TTL_SECONDS: '9',
      ALERT_WINDOW_SECONDS: '60',
      ALERT_MIN_SAMPLE: '1',
      ALERT_HIT_RATE_MIN_SAMPLE: '1',
      ALERT_ERROR_RATE: '0.5',
      ALERT_MEAN_SECONDS: '90',
      ALERT_HIT_RATE: '0',
      ALERT_FALLBACK_RATE: '1',
      ALERT_COST_PER_GENERATION: '9.99',
      ALERT_COST_PER_DAY: '0',
      OUTBOUND_ALLOW_HOSTS: 'files.example,127.0.0.1:6100',
      RUNWAY_API_KEY: 'another',
      RUNWAYML_API_SECRET: 'key',
      RUNWAY_API_BASE_URL: 'http://127.0.0.1:6100',
      RUNWAY_RATE_LIMIT_RPM: '120',
      RUNWAY_MAX_CONCURRENT_REQUESTS: '5',
      RUNWAY_TIMEOUT_SECONDS: '600',
      RUNWAY_MAX_FILE_SIZE_MB: '100',
      RUNWAY_DEFAULT_QUALITY: 'premium',
      RUNWAY_PRICE_PER_SECOND: '0.2',
      RUNWAY_PRICE_CURRENCY: 'USD',
      GEMINI_API_KEY: 'key',
      GOOGLE_API_KEY: 'key',
      GOOGLE_API_BASE_URL: 'http://127.0.0.1:6200',
      GOOGLE_WEBHOOK_SECRET: 'whsec_c2VjcmV0c2VjcmV0',
      GOOGLE_RATE_LIMIT_RPM: '120',
      GOOGLE_MAX_CONCURRENT_REQUESTS: '50',
      GOOGLE_TIMEOUT_SECONDS: '600',
      GOOGLE_MAX_FILE_SIZE_MB: '100',
      GOOGLE_DEFAULT_QUALITY: 'premium',
      ELEVENLABS_API_KEY: 'another',
      ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:6200',
      ELEVENLABS_MODEL: 'eleven_v3',
      ELEVENLABS_VOICE_FEMALE: 'woman1',
      ELEVENLABS_VOICE_MALE: 'man1',
      ELEVENLABS_RATE_LIMIT_RPM: '120',
      ELEVENLABS_MAX_CONCURRENT_REQUESTS: '5',
      ELEVENLABS_TIMEOUT_SECONDS: '60',
      ELEVENLABS_PRICE_PER_1K_CHARACTERS: '0.165',
      ELEVENLABS_PRICE_CURRENCY: 'USD',
      NANO_BANANA_API_KEY: 'key',
      NANOBANANA_API_KEY: 'key',
      NANO_BANANA_API_BASE_URL: 'http://127.0.0.1:6100',
      NANO_BANANA_RATE_LIMIT_RPM: '120',
      NANO_BANANA_MAX_CONCURRENT_REQUESTS: '50',
      NANO_BANANA_TIMEOUT_SECONDS: '600',
      NANO_BANANA_MAX_FILE_SIZE_MB: '100',
      NANO_BANANA_DEFAULT_QUALITY: 'premium',
      VEO3_API_KEY: 'another',
      VEO3_API_BASE_URL: 'http://127.0.0.1:6100/v1',
      VEO3_GENERATE_PATH: '/generate',
      VEO3_STATUS_PATH: '/status/{job_id}',
      VEO3_WEBHOOK_SECRET: 'one,two',
      VEO3_RATE_LIMIT_RPM: '120',
      VEO3_MAX_CONCURRENT_REQUESTS: '50',
      VEO3_TIMEOUT_SECONDS: '600',
      VEO3_MAX_DURATION_SECONDS: '30',
      VEO3_MAX_FILE_SIZE_MB: '100',
      VEO3_DEFAULT_QUALITY: 'premium',
      VEO3_IDEMPOTENT: 'true',
      VEO3_PRICE_PER_SECOND: '0.2',
      VEO3_PRICE_CURRENCY: 'USD',
      VEO3_BACKUP_API_KEY: 'another',
      VEO3_BACKUP_API_BASE_URL: 'http://127.0.0.1:6100/v1',
      VEO3_BACKUP_GENERATE_PATH: '/generate',
      VEO3_BACKUP_STATUS_PATH: '/status/{job_id}',
      VEO3_BACKUP_WEBHOOK_SECRET: 'one,two',
      VEO3_BACKUP_RATE_LIMIT_RPM: '120',
      VEO3_BACKUP_MAX_CONCURRENT_REQUESTS: '50',
      VEO3_BACKUP_TIMEOUT_SECONDS: '600',
      VEO3_BACKUP_MAX_DURATION_SECONDS: '30',
      VEO3_BACKUP_MAX_FILE_SIZE_MB: '100',
      VEO3_BACKUP_DEFAULT_QUALITY: 'premium',
      VEO3_BACKUP_IDEMPOTENT: 'true',
      VEO3_BACKUP_PRICE_PER_SECOND: '0.2',
      VEO3_BACKUP_PRICE_CURRENCY: 'USD',
    }
    expect(Object.keys(changed).sort()).toEqual([...environmentNames].sort())
    for (const [name, value] of Object.entries(changed)) {
      const rest = {
        ...Object.fromEntries(
          ['VEO3_', 'VEO3_BACKUP_', 'RUNWAY_'].flatMap((prefix) => [
            [`${prefix}API_KEY`, 'key'],
            [`${prefix}PRICE_PER_SECOND`, '0.1'],
            [`${prefix}PRICE_CURRENCY`, 'INR'],
          ]),
        ),
        ELEVENLABS_API_KEY: 'key',
        ELEVENLABS_PRICE_PER_1K_CHARACTERS: '0.1',
        ELEVENLABS_PRICE_CURRENCY: 'INR',
        DATABASE_URL: 'postgresql://localhost/base',
        ...(name === 'NANO_BANANA_API_BASE_URL' && { NANO_BANANA_API_KEY: 'key' }),
        ...(/^GOOGLE_(API_BASE_URL|WEBHOOK_SECRET)$/.test(name) && { GEMINI_API_KEY: 'key' }),
        ...(name === 'FX_RATES' && { FX_DATE: '2026-11-20' }),
        ...(name === 'CACHE_TYPE' && { REDIS_CACHE_URL: 'redis://localhost:6379/1' }),
        ...(name === 'REDIS_CACHE_URL' && { CACHE_TYPE: 'redis', REDIS_CACHE_URL: 'redis://localhost:6379/1' }),
      }
      expect(readConfig({ ...rest, [name]: value })).not.toEqual(readConfig(rest))
    }
  })
})
