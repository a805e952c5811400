/** Estimates with real routing over scripted models, and speech of a second for each ten characters. */
import { type EstimateParts, estimateWork } from '../../src/generations/estimate-work.ts'
import { createPriceBook } from '../../src/money/price-book.ts'
import { type Model, sentSeconds } from '../../src/providers/model.ts'
import { createAIServiceRouter } from '../../src/routing/ai-service-router.ts'
import { scriptedModel } from './scripted-provider.ts'

const usualModels = [scriptedModel('local')]
const day = new Date('2026-11-21T00:00:00Z')

export function createEstimate({
  models = usualModels,
  pace = async () => null,
  rates = { USD: '83.25' },
}: {
  readonly models?: readonly Model[]
  readonly pace?: EstimateParts['store']['recentPace']
  readonly rates?: Readonly<Record<string, string>>
} = {}) {
  const book = createPriceBook({ currency: 'INR', rates })
  const secondsOf = (text: string) => Math.max(1, text.length / 10)
  let ids = 0
  return estimateWork({
    router: createAIServiceRouter({
      models: () => models,
      priority: models.map(({ provider }) => provider),
      quote: (model, request) => {
        const seconds = sentSeconds(model, request.seconds)
        return { sentSeconds: seconds, cost: book.quote(model, { seconds }, day)?.money ?? null }
      },
      pace: (model, quality) => pace(model.provider, quality),
    }),
    speech: {
      voices: [{ id: 'en-us-slt', name: 'Slt', language: 'en-US', gender: 'female', engine: 'flite' }],
      languageScores: async () => ({ en: 0.9 }),
      estimate: ({ text, speed }) => {
        const seconds = secondsOf(text) / speed
        return { seconds, low: seconds, high: seconds }
      },
      measure: async ({ text, speed }) => ({ seconds: secondsOf(text) / speed }),
    },
    store: { recentPace: pace },
    quote: (model, seconds) => book.quote(model, { seconds }, day),
    sentSeconds,
    longestSeconds: () => Math.max(0, ...models.map(({ seconds }) => seconds.max)),
    absent: () => [{ provider: 'vendor', model: 'vendor/motion', why: 'its key is not set' }],
    wishes: {
      findModel(name) {
        const found = models.find(({ id }) => id === name)
        const known = models.map(({ id }) => id)
        if (name === 'local/talking-head') return { kind: 'model', id: models[0]!.id, warning: null }
        return found ? { kind: 'model', id: found.id, warning: null } : { kind: 'unknown', why: null, known }
      },
      whyNot: () => null,
      currency: 'INR',
      convert: book.convert,
      currencies: ['INR', ...Object.keys(rates)],
    },
    newId: (prefix) => `${prefix}_${++ids}`,
  })
}
