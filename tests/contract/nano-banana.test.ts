/**
 * The image models in the provider's contract. Broken once in the adapter, and seen by: a field more, a size in lower case, the key in
 * the address <- every test (the simulator's violations) · the signal not handed on <- 'stops …' · a key that is wrong taken for a wrong
 * request, a project without billing likewise <- 'names what …: key', '…: credit' · RetryInfo not read <- 'names what …: rate-limit' · 404
 * taken for a model <- 'asks the vendor whether …' · no end to lost edits, the type believed that is said <- 'goes on without …'
 */
import { expect, it } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { EndedCall } from '../../src/providers/provider.ts'
import { openNanoBananaRig } from './nano-banana-rig.ts'
import { describeEnvironment, describeProvider, describeSynchronousVendor } from './provider.ts'

describeProvider('nano-banana', { open: () => openNanoBananaRig() })
describeSynchronousVendor('nano-banana', { open: () => openNanoBananaRig() })
describeEnvironment('nano-banana', {
  has: (environment) =>
    createCatalogue({
      environment: readConfig(environment).providers,
      ask: () => Promise.reject(new Error('nothing is asked')),
      render: async () => {},
      languages: [],
      now: () => new Date(),
    }).some(({ id, provider }) => id === 'nano-banana' && provider !== null),
  halves: [[{ NANO_BANANA_API_BASE_URL: 'https://eu.example' }, 'NANO_BANANA_API_KEY']],
})

const contextIn = (scratch: string) => ({
  idempotencyKey: 'cal_1',
  signal: new AbortController().signal,
  scratch,
  onProgress: () => {},
  callbackUrl: null,
  ended: [],
  material: {},
})

/** Makes all the calls of the request, as the core would; one that fails and is optional is lost. */
async function makeAll({ provider, request, directory }: Awaited<ReturnType<typeof openNanoBananaRig>>) {
  const ended: EndedCall[] = []
  let call: ReturnType<typeof provider.next> = provider.plan(request)
  while (typeof call !== 'string') {
    const { name, optional } = call
    const state = await provider.start(call, request, { ...contextIn(directory), ended }).then(
      () => 'completed' as const,
      (error: unknown) => {
        if (!optional) throw error
        return 'lost' as const
      },
    )
    ended.push({ name, state, keeps: null })
    call = provider.next(request, ended)
  }
  return { end: call, ended }
}

it.each(['gemini-3.1-flash-lite-image', 'gemini-3.1-flash-image', 'gemini-3-pro-image'])(
  'edits the photo into each mouth with %s, and pays each once',
  async (model) => {
    const rig = await openNanoBananaRig({ model })
    try {
      expect((await makeAll(rig)).end).toBe('done')
      const paid = Object.entries(rig.simulator.control.state().paid)
      expect(paid.map(([what, { accepted }]) => [what.split(' ').at(-1), accepted])).toEqual(
        ['ah', 'ee', 'oo', 'f'].map((shape) => [shape, 1]),
      )
      expect(paid.every(([what]) => what.startsWith(`${model} `))).toBe(true)
      expect(rig.mistakes()).toEqual([])
    } finally {
      await rig.close()
    }
  },
)

it('goes on without an edit or two that were only talked about, and not without three', async () => {
  const rig = await openNanoBananaRig()
  try {
    rig.simulator.control.setFault('words@ee')
    rig.simulator.control.setFault('finish@oo:no_image')
    const { end, ended } = await makeAll(rig)
    expect(end).toBe('done')
    expect(ended.filter(({ state }) => state === 'lost').map(({ name }) => name)).toEqual(['ee', 'oo'])
    rig.simulator.control.setFault('picture@f:broken')
    expect((await makeAll(rig)).end).toBe('hopeless')
  } finally {
    await rig.close()
  }
})

it('tells what the vendor says it used, and its name for the edit', async () => {
  const rig = await openNanoBananaRig()
  const { provider, request, directory } = rig
  try {
    const context = contextIn(directory)
    expect(await provider.start(provider.plan(request), request, context)).toMatchObject({
      kind: 'finished',
      cost: { micros: 67_860, currency: 'USD' },
      requestId: 'edit-1',
    })
    rig.simulator.control.setFault('picture:bare:times=1')
    expect(await provider.start(provider.plan(request), request, context)).not.toHaveProperty('cost')
  } finally {
    await rig.close()
  }
})

it('asks the vendor whether a model is still there', async () => {
  const { provider, ...rig } = await openNanoBananaRig()
  const { signal } = new AbortController()
  try {
    for (const { id } of provider.models) expect(await provider.knows!(id, { signal })).toBe(true)
    expect(await provider.knows!('nano-banana/gemini-2.5-flash-image', { signal })).toBe(false)
    expect(rig.mistakes()).toEqual([])
  } finally {
    await rig.close()
  }
})
