import { readConfig } from '../../src/config.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import { googleWires, openGoogleRig } from './google-rig.ts'
import { describeEnvironment, describeProvider, describeVendor } from './provider.ts'

for (const wire of Object.keys(googleWires) as (keyof typeof googleWires)[]) {
  const subject = { open: () => openGoogleRig(wire) }
  describeProvider(`google by ${wire}`, subject)
  describeVendor(`google by ${wire}`, subject, { neverDedupes: true })
}

describeEnvironment('google', {
  has: (environment) =>
    createCatalogue({
      environment: readConfig(environment).providers,
      ask: () => Promise.reject(new Error('nothing is asked')),
      render: async () => {},
      languages: [],
      now: () => new Date(),
    }).some(({ id, provider }) => id === 'google' && provider !== null),
  halves: [
    [{ GOOGLE_WEBHOOK_SECRET: 'whsec_c2VjcmV0c2VjcmV0' }, 'GEMINI_API_KEY'],
    [{ GOOGLE_API_BASE_URL: 'https://google.example' }, 'GEMINI_API_KEY'],
  ],
})
