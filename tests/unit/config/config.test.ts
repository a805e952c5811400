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

  it('refuses a failpoint in production', () => {
    expect(mistakesOf({ ENVIRONMENT: 'production', FAILPOINT: 'stored' })).toContain('FAILPOINT')
    expect(readConfig({ FAILPOINT: 'stored' }).failpoint).toBe('stored')
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
      LOCAL_RENDERER: 'false',
      FFMPEG_PATH: '/usr/bin/ffmpeg',
      SHUTDOWN_GRACE_SECONDS: '1',
      FAILPOINT: 'chosen',
      MAX_QUEUED: '7',
      METRICS: 'false',
    }
    expect(Object.keys(changed).sort()).toEqual([...environmentNames].sort())
    for (const [name, value] of Object.entries(changed)) {
      const rest = { DATABASE_URL: 'postgresql://localhost/base' }
      expect(readConfig({ ...rest, [name]: value })).not.toEqual(readConfig(rest))
    }
  })
})
