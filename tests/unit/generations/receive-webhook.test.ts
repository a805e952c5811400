import { afterEach, describe, expect, it } from '@jest/globals'
import { receiveWebhook } from '../../../src/generations/receive-webhook.ts'
import type { Provider, WebhookRequest } from '../../../src/providers/provider.ts'
import { createHeart, type Heart } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

let heart: Heart | undefined
afterEach(async () => {
  await heart?.dispose()
  heart = undefined
})

type Script = NonNullable<Parameters<typeof createScriptedProvider>[1]>

/** A vendor whose signature is the word 'signed'; the body is event id and job. */
const sending = (id: string, script: Script): Provider & Pick<ReturnType<typeof createScriptedProvider>, 'polled'> => ({
  ...createScriptedProvider(id, script),
  webhook({ rawBody, headers }: WebhookRequest) {
    const [eventId = '', jobId = ''] = rawBody.toString().split(' ')
    return headers.signature === 'signed' ? { kind: 'hint', eventId, jobId } : { kind: 'refused', why: 'no signature' }
  },
})

const accepted = async () => ({ operation: { job: 'j-1' }, jobId: 'j-1' })
const pending = { kind: 'pending', progress: null } as const

async function live(script: Script, ...others: Provider[]) {
  const vendor = sending('a', { start: accepted, ...script })
  heart = await createHeart([vendor, ...others])
  const receive = receiveWebhook(heart.parts)
  const { generation } = await heart.request()
  return {
    heart,
    vendor,
    id: generation.id,
    attempts: () => heart!.store.listAttempts(generation.workId),
    say: (body: string, signature = 'signed') => receive('a', { rawBody: Buffer.from(body), headers: { signature } }),
    /** Runs what may run at once, and answers the jobs that wait. */
    async settle() {
      const waiting = []
      for (let jobs = heart!.takeJobs(); jobs.length > 0; jobs = heart!.takeJobs()) {
        for (const job of jobs) {
          if (job.delaySeconds) waiting.push(job)
          else await heart!.runJob(job)
        }
      }
      return waiting
    },
  }
}

describe("a vendor's word", () => {
  it('has the next look made at once, and the one that was planned is dropped', async () => {
    const scene = await live({ status: ['completed'] })
    const planned = await scene.settle()
    expect(planned).toHaveLength(1)
    expect(await scene.say('e-1 j-1')).toBe('looked')
    await scene.settle()
    expect(await scene.heart.reload(scene.id)).toMatchObject({ status: 'completed', making: { providerJobId: 'j-1' } })
    await scene.heart.runJob(planned[0]!)
    expect(scene.vendor.polled).toHaveLength(1)
  })

  it('counts once, however often it comes', async () => {
    const scene = await live({ status: [pending, pending] })
    await scene.settle()
    expect(await scene.say('e-1 j-1')).toBe('looked')
    expect(await scene.say('e-1 j-1')).toBe('known')
    await scene.settle()
    expect(scene.vendor.polled).toHaveLength(1)
  })

  it('is not believed: a look that finds nothing changes nothing', async () => {
    const scene = await live({ status: [pending] })
    await scene.settle()
    await scene.say('e-1 j-1')
    await scene.settle()
    expect(await scene.heart.reload(scene.id)).toMatchObject({ status: 'processing', step: 'poll' })
  })

  it('is refused without its signature, of unknown calls and of unknown senders', async () => {
    const scene = await live({ status: [] })
    await scene.settle()
    await expect(scene.say('e-1 j-1', 'forged')).rejects.toMatchObject({ reason: 'webhook-refused', status: 401 })
    await expect(scene.say('e-1 j-7')).rejects.toMatchObject({ reason: 'call-not-found', status: 404 })
    const receive = receiveWebhook(scene.heart.parts)
    await expect(receive('b', { rawBody: Buffer.from(''), headers: {} })).rejects.toMatchObject({ status: 404 })
  })

  it('brings in a late result as long as nothing else was sent', async () => {
    const second = createScriptedProvider('b', { model: { prices: [] } })
    const scene = await live({ status: ['completed'], limits: { timeoutSeconds: 5 } }, second)
    const [look] = await scene.settle()
    scene.heart.tick(6_000)
    await scene.heart.runJob(look!)
    // The second route is chosen but nothing is sent there yet.
    const [choose] = scene.heart.takeJobs()
    await scene.heart.runJob(choose!)
    const [start] = scene.heart.takeJobs()
    expect(await scene.say('e-1 j-1')).toBe('adopted')
    await scene.settle()
    expect(await scene.heart.reload(scene.id)).toMatchObject({ status: 'completed', making: { provider: 'a' } })
    await scene.heart.runJob(start!)
    expect(second.started).toEqual([])
    expect(await scene.attempts()).toMatchObject([{ state: 'succeeded' }, { state: 'cancelled', cost: null }])
  })

  it('leaves what another vendor took to that vendor: nobody pays twice', async () => {
    const second = createScriptedProvider('b', {
      start: async () => ({ operation: { job: 'b-1' } }),
      status: [pending, 'completed'],
      model: { prices: [] },
    })
    const scene = await live({ status: ['completed'], limits: { timeoutSeconds: 5 } }, second)
    const [look] = await scene.settle()
    scene.heart.tick(6_000)
    await scene.heart.runJob(look!)
    const [planned] = await scene.settle()
    expect(await scene.say('e-1 j-1')).toBe('late')
    await scene.settle()
    await scene.heart.runJob(planned!)
    const [again] = await scene.settle()
    await scene.heart.runJob(again!)
    await scene.settle()
    expect(await scene.heart.reload(scene.id)).toMatchObject({ status: 'completed', making: { provider: 'b' } })
    expect(await scene.attempts()).toMatchObject([{ state: 'expired' }, { state: 'succeeded', costBearer: 'user' }])
  })

  it('of a result that comes after all is over is paid by the house', async () => {
    const second = createScriptedProvider('b', { model: { prices: [] } })
    const scene = await live({ status: ['completed'], limits: { timeoutSeconds: 5 } }, second)
    const [look] = await scene.settle()
    scene.heart.tick(6_000)
    await scene.heart.runJob(look!)
    await scene.settle()
    expect(await scene.heart.reload(scene.id)).toMatchObject({ status: 'completed', making: { provider: 'b' } })
    expect(await scene.say('e-1 j-1')).toBe('late')
    await scene.settle()
    expect(await scene.attempts()).toMatchObject([
      { state: 'expired', cost: { micros: 1_200_000 }, costBearer: 'house' },
      { state: 'succeeded', costBearer: 'user' },
    ])
    expect(await scene.heart.reload(scene.id)).toMatchObject({ cost: { micros: 0 } })
  })
})
