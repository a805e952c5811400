/** What the service says of itself, described. */
import { z } from 'zod'
import type { Operation } from '../openapi/operation.ts'
import { api } from '../paths.ts'
import { indexSchema, liveSchema, readySchema } from '../schemas/service.ts'

export const indexOperation: Operation = {
  id: 'getIndex',
  method: 'get',
  path: '/',
  tag: 'service',
  summary: 'Name, version and where things are',
  answers: {
    200: {
      description: 'The index.',
      content: {
        'application/json': {
          schema: indexSchema,
          examples: {
            index: { value: { name: 'talking-photo', version: '0.1.0', links: { generate: `${api}/video/generate` } } },
          },
        },
      },
    },
  },
}

export const liveOperation: Operation = {
  id: 'getLiveness',
  method: 'get',
  path: '/health/live',
  tag: 'service',
  summary: 'Does the process answer?',
  answers: {
    200: {
      description: 'It does.',
      content: { 'application/json': { schema: liveSchema, examples: { live: { value: { status: 'ok' } } } } },
    },
  },
}

export const readyOperation: Operation = {
  id: 'getReadiness',
  method: 'get',
  path: '/health/ready',
  tag: 'service',
  summary: 'Can work be done now?',
  answers: {
    200: {
      description: 'Yes.',
      content: {
        'application/json': {
          schema: readySchema,
          examples: { ready: { value: { ready: true, checks: { database: 'ok' } } } },
        },
      },
    },
    503: {
      description: 'No: what is wrong.',
      content: {
        'application/json': {
          schema: readySchema,
          examples: { unready: { value: { ready: false, checks: { database: 'unreachable' } } } },
        },
      },
    },
  },
}

export const documentOperation: Operation = {
  id: 'getOpenApi',
  method: 'get',
  path: '/api/openapi.json',
  tag: 'service',
  summary: 'This document',
  answers: {
    200: {
      description: 'OpenAPI 3.1.',
      content: {
        'application/json': {
          schema: z.looseObject({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) }),
          examples: { document: { value: { openapi: '3.1.0', paths: {} } } },
        },
      },
    },
  },
}

export const metricsOperation: Operation = {
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  tag: 'service',
  summary: 'Figures of this process for Prometheus',
  answers: {
    200: {
      description: 'Text exposition format 0.0.4; absent with METRICS=false.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
  },
}
