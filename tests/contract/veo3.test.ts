import { writeFile } from 'node:fs/promises'
import { expect, it } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import { describeEnvironment, describeProvider, describeVendor } from './provider.ts'
import { openVeo3Rig } from './veo3-rig.ts'

const accounts = [
  { id: 'veo3', prefix: 'VEO3_' },
  { id: 'veo3-backup', prefix: 'VEO3_BACKUP_' },
]

for (const account of accounts) {
  const subject = { open: (options: { dedupes?: boolean } = {}) => openVeo3Rig(account, options) }
  describeProvider(account.id, subject)
  // The second account is the same adapter: once is enough.
  if (account === accounts[0]) describeVendor(account.id, subject)
  describeEnvironment(account.id, {
    has: (environment) =>
      createCatalogue({
        environment: readConfig(environment).providers,
        ask: () => Promise.reject(new Error('nothing is asked')),
        render: async () => {},
        languages: [],
        now: () => new Date(),
      }).some(({ id, provider }) => id === account.id && provider !== null),
    halves: [
      [{ [`${account.prefix}WEBHOOK_SECRET`]: 's' }, `${account.prefix}API_KEY`],
      [{ [`${account.prefix}API_BASE_URL`]: 'https://eu.veo3.example/v1' }, `${account.prefix}API_KEY`],
      [
        { [`${account.prefix}API_KEY`]: 'k', [`${account.prefix}PRICE_PER_SECOND`]: '1' },
        `${account.prefix}PRICE_CURRENCY`,
      ],
    ],
  })
}

it('hears that the photo is too large before it is all sent', async () => {
  const rig = await openVeo3Rig(accounts[0]!)
  try {
    await writeFile(rig.request.photo.path, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(30_000_000)]))
    const { signal } = new AbortController()
    const context = {
      idempotencyKey: 'cal_1',
      signal,
      scratch: rig.directory,
      onProgress: () => {},
      callbackUrl: null,
      ended: [],
      material: {},
    }
    const started = rig.provider.start({ name: 'generate' }, rig.request, context)
    await expect(started).rejects.toMatchObject({ fault: 'too-large', vendorStatus: 413 })
    expect(rig.accepted()).toBe(0)
  } finally {
    await rig.close()
  }
})
