/** Rating a video and reading its story, described. */
import { completedGeneration, exampleGenerationId, exampleRequestId } from '../openapi/examples.ts'
import type { Operation } from '../openapi/operation.ts'
import { api } from '../paths.ts'
import { generationSchema } from '../schemas/generation.ts'
import { type PublicTrace, ratingFields, traceSchema } from '../schemas/trace.ts'
import { generationPath } from './videos.ts'

const ratedAt = '2026-01-02T03:05:00.000Z'

export const rateOperation: Operation = {
  id: 'rateVideo',
  method: 'post',
  path: `${api}/video/{id}/rating`,
  tag: 'videos',
  summary: 'Say how good a video is',
  description: 'Of a completed generation. Saying it again replaces what was said before.',
  parameters: { path: generationPath },
  body: {
    required: true,
    content: {
      'application/json': {
        schema: ratingFields,
        examples: {
          score: { value: { score: 5 } },
          words: { value: { score: 4, comment: 'The lips fit well.' } },
        },
      },
    },
  },
  answers: {
    200: {
      description: 'The generation with its rating.',
      content: {
        'application/json': {
          schema: generationSchema,
          examples: {
            rated: {
              value: {
                ...completedGeneration,
                rating: { score: 4, comment: 'The lips fit well.', rated_at: ratedAt },
              },
            },
          },
        },
      },
    },
  },
  problems: [
    'generation-not-found',
    'nothing-to-rate',
    'fields-invalid',
    'field-missing',
    'field-invalid',
    'field-unknown',
    'content-type-unsupported',
    'json-malformed',
    'body-incomplete',
    'body-too-large',
    'upload-too-slow',
    'text-not-storable',
  ],
}

const { adjusted, route, output, estimate, cost } = completedGeneration

const trace: PublicTrace = {
  id: exampleGenerationId,
  status: 'completed',
  origin: 'made',
  accepted_at: '2026-01-02T03:04:05.678Z',
  started_at: '2026-01-02T03:04:05.778Z',
  finished_at: '2026-01-02T03:04:11.278Z',
  deadline_at: '2026-01-02T03:09:05.678Z',
  queued_seconds: 0.1,
  queue: null,
  adjusted,
  route,
  attempts: [
    {
      id: 'att_019aa5b2c3d6700089ab0123456789ab',
      ordinal: 1,
      provider: 'local',
      model: 'local/talking-head',
      why: 'free, on this machine',
      state: 'succeeded',
      failure: null,
      sent_seconds: 1.9,
      slot: null,
      slot_waited_seconds: null,
      estimate: cost,
      cost,
      cost_bearer: 'user',
      begun_at: '2026-01-02T03:04:05.728Z',
      finished_at: '2026-01-02T03:04:11.278Z',
      seconds: 5.55,
      calls: [
        {
          id: 'cal_019aa5b2c3d7700089ab0123456789ab',
          name: 'render',
          state: 'completed',
          provider_request_id: null,
          provider_job_id: null,
          sends: 1,
          maker: 'route',
          provider: null,
          estimate: { amount: '0.00', micros: 0, currency: 'INR' },
          failure: null,
          vain_fetches: 0,
          reported_cost: null,
          started_at: '2026-01-02T03:04:05.778Z',
          finished_at: '2026-01-02T03:04:11.178Z',
          seconds: 5.4,
          deadline_at: '2026-01-02T03:09:05.678Z',
        },
      ],
    },
  ],
  events: [
    {
      kind: 'queued',
      count: 1,
      first_seq: 1,
      first_at: '2026-01-02T03:04:05.678Z',
      last_seq: 1,
      last_at: '2026-01-02T03:04:05.678Z',
    },
    {
      kind: 'progress frames',
      count: 18,
      first_seq: 6,
      first_at: '2026-01-02T03:04:06.678Z',
      last_seq: 23,
      last_at: '2026-01-02T03:04:10.678Z',
    },
  ],
  cache_key: 'local_0123456789abcdef',
  output_check: output && { ...output, at: '2026-01-02T03:04:11.250Z' },
  settlement: { estimate: estimate.cost, cost, house_costs: [] },
  failure: null,
  log_ids: {
    request_id: exampleRequestId,
    generation_id: exampleGenerationId,
    work_id: completedGeneration.work_id,
    attempt_ids: ['att_019aa5b2c3d6700089ab0123456789ab'],
    call_ids: ['cal_019aa5b2c3d7700089ab0123456789ab'],
  },
}

export const traceOperation: Operation = {
  id: 'getVideoTrace',
  method: 'get',
  path: `${api}/video/{id}/trace`,
  tag: 'videos',
  summary: 'The whole story of a generation',
  description:
    'From the request over the queue, each attempt and call with its times, failures and costs, to the check of the file and the settlement; with the ids under which the logs speak of it.',
  parameters: { path: generationPath },
  answers: {
    200: {
      description: 'The story so far.',
      content: { 'application/json': { schema: traceSchema, examples: { made: { value: trace } } } },
    },
  },
  problems: ['generation-not-found'],
}
