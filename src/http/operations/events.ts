/** The log of a generation as pages and as a stream, described. */
import { exampleGenerationId } from '../openapi/examples.ts'
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfQuery } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import { eventFields, eventHeaders, eventPageSchema } from '../schemas/event.ts'
import { generationPath } from './videos.ts'

const progress = {
  id: exampleGenerationId,
  seq: 7,
  at: '2026-01-02T03:04:07.678Z',
  status: 'processing',
  progress: 41,
  type: 'progress',
  step: 'start',
  stage: 'frames',
  done: 24,
  total: 57,
  eta_seconds: 2.6,
}

export const eventsOperation: Operation = {
  id: 'getVideoEvents',
  method: 'get',
  path: `${api}/video/{id}/events`,
  tag: 'videos',
  summary: 'Read or follow the log of a generation',
  description:
    'With `Accept: text/event-stream` a stream of Server-Sent Events: everything after the given point, then what ' +
    'happens, until the final event. The id of an event is its `seq`, so an EventSource takes up again by itself where it ' +
    'was cut, at any server. With any other Accept a page of JSON.',
  parameters: { path: generationPath, query: eventFields, header: eventHeaders },
  answers: {
    200: {
      description: 'A page, or the stream.',
      content: {
        'application/json': {
          schema: eventPageSchema,
          examples: { page: { value: { items: [progress], next_after: 7, last_seq: 7, ended: false } } },
        },
        'text/event-stream': {
          schema: { type: 'string', description: 'Each `data` is one Event.' },
          'x-item-schema': { $ref: '#/components/schemas/Event' },
          examples: {
            progress: { value: `retry: 2000\n\nid: 7\nevent: progress\ndata: ${JSON.stringify(progress)}\n\n` },
          },
        },
      },
    },
    204: {
      description: 'For a stream: the generation is over and there is nothing after that point. Do not come back.',
    },
  },
  problems: ['generation-not-found', ...reasonsOfQuery, 'too-many-streams', 'streams-full'],
}
