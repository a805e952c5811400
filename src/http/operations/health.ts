/** How the whole and each provider are, described. */
import { z } from 'zod'
import type { Operation } from '../openapi/operation.ts'
import { degradedProbe, healthSchema, healthyProbe, type PublicHealth, unhealthyProbe } from '../schemas/watching.ts'

const healthy: PublicHealth = {
  status: 'healthy',
  version: '0.1.0',
  database: 'ok',
  providers: {
    local: {
      status: 'healthy',
      error: null,
      status_code: null,
      checked_at: '2026-01-02T03:04:05.678Z',
      breaker: null,
    },
  },
}

export const healthOperation: Operation = {
  id: 'getHealth',
  method: 'get',
  path: '/health',
  tag: 'service',
  summary: 'How the whole is, by what is known of each provider',
  description: 'No provider is asked for this answer; what is known for longer than a minute is renewed after it.',
  answers: {
    200: {
      description: 'Something can be made.',
      content: { 'application/json': { schema: healthSchema, examples: { healthy: { value: healthy } } } },
    },
    503: {
      description: 'Nothing can be made: the database is not there, or no provider is.',
      content: {
        'application/json': {
          schema: healthSchema,
          examples: { unhealthy: { value: { ...healthy, status: 'unhealthy', database: 'unreachable' } } },
        },
      },
    },
  },
}

export const probeOperation: Operation = {
  id: 'getProviderHealth',
  method: 'get',
  path: '/health/{provider}',
  tag: 'service',
  summary: 'Ask a provider how it is',
  description: 'One answer is shared by all who ask within a few seconds (`PROBE_TTL_SECONDS`).',
  parameters: {
    path: z.object({ provider: z.string().meta({ description: 'Its id, as /health lists it.', examples: ['local'] }) }),
  },
  answers: {
    200: {
      description: 'It is well.',
      content: {
        'application/json': {
          schema: healthyProbe,
          examples: { healthy: { value: { status: 'healthy', provider: 'local' } } },
        },
      },
    },
    206: {
      description: 'It answers, but not with 200.',
      content: {
        'application/json': {
          schema: degradedProbe,
          examples: { degraded: { value: { status: 'degraded', provider: 'local', status_code: 503 } } },
        },
      },
    },
    500: {
      description: 'It cannot be used: no key, no answer within 10 seconds, or an error.',
      content: {
        'application/json': {
          schema: unhealthyProbe,
          examples: {
            unhealthy: { value: { status: 'unhealthy', provider: 'local', error: 'API key not configured' } },
          },
        },
      },
    },
  },
  problems: ['provider-not-found'],
}
