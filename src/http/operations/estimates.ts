/** POST /api/v1/estimates, described. */
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfQuery, reasonsOfWishes } from '../openapi/reasons.ts'
import { strictBody } from '../openapi/strict-body.ts'
import { api } from '../paths.ts'
import { estimateFields, estimateSchema, type PublicEstimate } from '../schemas/estimate.ts'

const money = (amount: string, micros: number) => ({ amount, micros, currency: 'INR' })
const free = money('0.00', 0)

const example: PublicEstimate = {
  speech: { seconds: 32.4, language: 'en', language_source: 'detected', voice: 'en-us-slt' },
  quality: 'economy',
  options: [
    {
      provider: 'local',
      model: 'local/talking-head',
      tier: 'economy',
      video_seconds: 32.4,
      cost: free,
      price: {
        price: free,
        unit: 'call',
        label: 'list',
        source: 'runs on your own machine',
        from: '2026-01-01',
      },
      processing_seconds: 14.5,
      measured: true,
      within_budget: true,
      ranks: [
        { strategy: 'quality-cost', rank: 1, why: 'cheapest for economy; economy tier, 0.00 INR for 32.4 s' },
        { strategy: 'latency', rank: 1, why: 'fastest (about 15 s); economy tier, 0.00 INR for 32.4 s' },
      ],
    },
  ],
  unable: [{ provider: 'vendor', model: 'vendor/motion', why: 'VENDOR_API_KEY is not set' }],
  budget: money('4.00', 4_000_000),
  recommendation: {
    provider: 'local',
    model: 'local/talking-head',
    why: 'Ranked first, and within the budget: cheapest for economy; economy tier, 0.00 INR for 32.4 s.',
    alternatives: [],
  },
  warnings: [],
}

export const estimateOperation: Operation = {
  id: 'estimate',
  method: 'post',
  path: `${api}/estimates`,
  tag: 'models',
  summary: 'What a video would cost with each model, and whom to take',
  description:
    'Needs no photo and makes nothing. With a `budget` one is recommended that keeps to it; where none does, what would: ' +
    'fewer words, a lower quality, or a larger budget.',
  body: {
    required: true,
    content: {
      'application/json': {
        schema: estimateFields.meta(
          strictBody('EstimateRequest', 'Words or seconds, and settings.', {
            required: [],
            oneOf: [{ required: ['script'] }, { required: ['seconds'] }],
          }),
        ),
        examples: {
          script: {
            summary: 'Words within a budget',
            value: {
              script: 'Good morning! I was a photo a moment ago.',
              quality: 'standard',
              aspect_ratio: 'square',
              language: 'en',
              voice_settings: { speed: 1.1, pitch: 0 },
              strategies: ['quality-cost', 'latency'],
              budget: { amount: '4.00', currency: 'INR' },
            },
          },
          seconds: { summary: 'Seconds', value: { seconds: 30, quality: 'premium', model: 'local/talking-head' } },
        },
      },
    },
  },
  answers: {
    200: {
      description: 'Who can do it, at which cost and in which time; who cannot, and why.',
      content: { 'application/json': { schema: estimateSchema, examples: { one: { value: example } } } },
    },
  },
  problems: [
    ...reasonsOfQuery,
    ...reasonsOfWishes,
    'field-missing',
    'content-type-unsupported',
    'json-malformed',
    'body-incomplete',
    'body-too-large',
    'upload-too-slow',
    'script-not-speakable',
    'language-unsupported',
    'language-writing-mismatch',
    'voice-unknown',
    'voice-language-mismatch',
    'speech-engine-failed',
    'analysis-busy',
    'analysis-crashed',
    'analysis-timeout',
    'analysis-closed',
  ],
}
