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
