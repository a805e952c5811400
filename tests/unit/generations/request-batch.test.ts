import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { requestBatch } from '../../../src/generations/request-batch.ts'
import type { AskedMoney, WishParts } from '../../../src/generations/settle-wishes.ts'
import type { GenerationRequest } from '../../../src/generations/use-cases.ts'
import { createHeart, type Heart, settings } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

const wishes: WishParts = {
  findModel: (name) => ({ kind: 'model', id: name, warning: null }),
  whyNot: () => null,
  currency: 'INR',
  convert: (money) =>
    money.currency === 'USD' ? { micros: money.micros * 80, currency: 'INR' } : money.currency === 'INR' ? money : null,
  currencies: ['INR', 'USD'],
}

let heart: Heart
beforeEach(async () => {
  heart = await createHeart([createScriptedProvider('a')])
})
afterEach(() => heart.dispose())

/** Eight seconds of speech at 0.15 INR: 1.20 INR each. */
function ask(scripts: readonly (string | Failure)[], costLimit?: AskedMoney) {
  const items = scripts.map((script): GenerationRequest | Failure => {
    if (script instanceof Failure) return script
    const photo = { file: `${heart.directory}/upload`, sha256: 'ab'.repeat(32) }
    const caller = { tenantId: 'local', requestId: null }
    return { caller, photo, face: undefined, script, settings, metadata: {}, consent: true, fresh: false }
  })
  const requestEach = (request: GenerationRequest) => heart.request(request)
  return requestBatch({ wishes, requestGeneration: requestEach })({
    tenantId: 'local',
    items,
    ...(costLimit && { costLimit }),
  })
}
const words = (outcomes: Awaited<ReturnType<typeof ask>>['outcomes']) =>
  outcomes.map((outcome) => (outcome instanceof Failure ? outcome.reason : outcome.generation.origin))

describe('a batch', () => {
  it('is answered in order, whatever comes of each', async () => {
    const wrong = new Failure('INVALID_REQUEST', { reason: 'field-missing', message: 'script is required.' })
    const { outcomes, estimate } = await ask(['One.', wrong, 'Two.', 'Three.', 'Four.', 'Five.'])
    expect(words(outcomes)).toEqual(['made', 'field-missing', 'made', 'made', 'made', 'made'])
    expect(outcomes.map((each) => (each instanceof Failure ? null : each.generation.script))).toEqual([
      'One.',
      null,
      'Two.',
      'Three.',
      'Four.',
      'Five.',
    ])
    expect(estimate).toEqual({ micros: 6_000_000, currency: 'INR' })
  })

  it('keeps what is newly made within its limit, first come first served', async () => {
    const { outcomes, estimate } = await ask(['One.', 'Two.', 'Three.', 'Four.'], { micros: 2_400_000, currency: null })
    expect(words(outcomes)).toEqual(['made', 'made', 'cost-limit-too-low', 'cost-limit-too-low'])
    expect(estimate.micros).toBe(2_400_000)
    expect(outcomes[2]).toMatchObject({
      message: 'It would cost 1.20 INR; 0.00 INR is left of the limit of the batch.',
    })
  })

  it('counts what is made twice once, and knows its limit in other currencies', async () => {
    const { outcomes, estimate } = await ask(['One.', 'One.', 'Two.', 'One.'], { micros: 16_000, currency: 'USD' })
    expect(words(outcomes)).toEqual(['made', 'shared', 'cost-limit-too-low', 'shared'])
    expect(estimate.micros).toBe(1_200_000)
    await expect(ask(['One.'], { micros: 1, currency: 'XAU' })).rejects.toMatchObject({ reason: 'currency-unknown' })
  })

  it('lets no price that nobody knows into a limit', async () => {
    await heart.dispose()
    heart = await createHeart([createScriptedProvider('a', { model: { prices: [] } })])
    const { outcomes } = await ask(['One.'], { micros: 9_000_000, currency: 'INR' })
    expect(words(outcomes)).toEqual(['cost-limit-too-low'])
  })

  it('looks at four side by side, and with a limit at one after the other', async () => {
    const most = async (costLimit?: AskedMoney) => {
      let now = 0
      let highest = 0
      const items = Array.from({ length: 50 }, () => ({}) as GenerationRequest)
      const requestGeneration = async () => {
        now += 1
        highest = Math.max(highest, now)
        await new Promise((turn) => setImmediate(turn))
        now -= 1
        throw new Failure('INVALID_REQUEST', { reason: 'no-face', message: 'There is no face.' })
      }
      await requestBatch({ wishes, requestGeneration })({ tenantId: 'local', items, ...(costLimit && { costLimit }) })
      return highest
    }
    expect(await most()).toBe(4)
    expect(await most({ micros: 1, currency: null })).toBe(1)
  })

  it('begins nothing more once its caller is gone', async () => {
    const gone = new AbortController()
    const asked: string[] = []
    const requestGeneration = async (request: GenerationRequest) => {
      asked.push(request.script)
      gone.abort(new Error('gone'))
      return heart.request(request)
    }
    const caller = { tenantId: 'local', requestId: null }
    const items = Array.from({ length: 9 }, (_, index): GenerationRequest => {
      const photo = { file: `${heart.directory}/upload`, sha256: 'ab'.repeat(32) }
      const script = `Number ${index}.`
      return { caller, photo, face: undefined, script, settings, metadata: {}, consent: true, fresh: false }
    })
    const batch = requestBatch({ wishes, requestGeneration })({ tenantId: 'local', items, signal: gone.signal })
    await expect(batch).rejects.toThrow('gone')
    expect(asked).toEqual(['Number 0.'])
  })
})
