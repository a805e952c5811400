/** The models, described. */
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfOwned, reasonsOfQuery } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import { modelFields, modelsSchema, type PublicModels } from '../schemas/model.ts'

const example: PublicModels = {
  items: [
    {
      id: 'local/talking-head',
      name: 'Local renderer',
      provider: 'local',
      provider_name: 'Local renderer',
      kind: 'video',
      tier: 'economy',
      capabilities: {
        seconds: { min: 1, max: 60, whole: false },
        aspect_ratios: 'any',
        languages: ['en', 'fr'],
        drive: 'script',
        yields: 'talking-video',
        takes_recordings: true,
      },
      limits: { requests_per_minute: null, max_concurrent: null, timeout_seconds: 3600, max_file_bytes: 1_073_741_824 },
      price: {
        price: { amount: '0.00', micros: 0, currency: 'INR' },
        unit: 'call',
        label: 'list',
        source: 'runs on your own machine',
        from: '2026-01-01',
        converted: { amount: '0.00', micros: 0, currency: 'INR' },
        holds: true,
      },
      other_prices: [],
      aliases: ['local'],
      share: 1,
      notes: null,
      available: true,
      why: null,
      health: { breaker: 'closed' },
    },
    {
      id: 'vendor/motion',
      name: 'Vendor Motion',
      provider: 'vendor',
      provider_name: 'Vendor',
      kind: 'video',
      tier: 'standard',
      capabilities: {
        seconds: { min: 2, max: 10, whole: false },
        aspect_ratios: ['1:1', '9:16', '16:9'],
        languages: null,
        drive: 'performance',
        yields: 'silent-video',
        takes_recordings: false,
      },
      limits: null,
      price: {
        price: { amount: '0.05', micros: 50_000, currency: 'USD' },
        unit: 'second',
        label: 'list',
        source: "the vendor's price list",
        from: '2026-04-21',
        converted: { amount: '4.1625', micros: 4_162_500, currency: 'INR' },
        holds: true,
      },
      other_prices: [
        {
          price: { amount: '0.20', micros: 200_000, currency: 'INR' },
          unit: 'second',
          label: 'seed',
          source: "the project's guide",
          from: '2025-09-13',
          converted: { amount: '0.20', micros: 200_000, currency: 'INR' },
          holds: false,
        },
      ],
      aliases: ['motion'],
      share: 1,
      notes: 'A moving picture without sound: it cannot speak.',
      available: false,
      why: 'VENDOR_API_KEY is not set',
      health: null,
    },
  ],
  profiles: {
    economy: { short_side: 720, fps: 24, max_kilobits_per_second: 2000 },
    standard: { short_side: 1080, fps: 30, max_kilobits_per_second: 4000 },
    premium: { short_side: 1080, fps: 60, max_kilobits_per_second: 8000 },
  },
  money: { currency: 'INR', rates: { USD: '83.25' }, rates_of: '2026-01-02' },
  registry: { file: false, loaded_at: '2026-01-02T03:04:05.678Z', error: null },
}

export const modelsOperation: Operation = {
  id: 'listModels',
  method: 'get',
  path: `${api}/models`,
  tag: 'models',
  summary: 'List the models, what they can and cost, and who can be had',
  description: 'Also those that this installation has no key for, and those that this version cannot call.',
  parameters: { query: modelFields },
  answers: {
    200: {
      description: 'All that are known, or those of the kind and availability that were asked for.',
      content: { 'application/json': { schema: modelsSchema, examples: { two: { value: example } } } },
    },
  },
  problems: reasonsOfQuery,
}

export const unversionedModelsOperation: Operation = {
  ...modelsOperation,
  id: 'listModelsUnversioned',
  path: '/api/models',
  summary: `The same as GET ${api}/models`,
  problems: [...reasonsOfQuery, ...reasonsOfOwned],
}
