/** Runway before the suite, in each of the ways in which it can speak. */

import { readConfig } from '../../src/config.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import { describeEnvironment, describeProvider, describeVendor } from './provider.ts'
import { openRunwayRig } from './runway-rig.ts'

for (const model of ['runway/gwm1_avatars', 'runway/gwm1_avatars-audio', 'runway/act_two']) {
  const subject = { open: () => openRunwayRig({ model }) }
  describeProvider(model, subject)
  // The calls before the paid one differ, and what it is asked for; the rest is the same.
  if (model === 'runway/gwm1_avatars') describeVendor(model, subject, { neverDedupes: true })
}

describeEnvironment('runway', {
  has: (environment) =>
    createCatalogue({
      environment: readConfig(environment).providers,
      ask: () => Promise.reject(new Error('nothing is asked')),
      sendForm: () => Promise.reject(new Error('nothing is sent')),
      render: async () => {},
      languages: [],
      now: () => new Date(),
    }).some(({ id, provider }) => id === 'runway' && provider !== null),
  halves: [
    [{ RUNWAY_API_BASE_URL: 'https://eu.runway.example' }, 'RUNWAY_API_KEY'],
    [{ RUNWAY_PRICE_PER_SECOND: '1', RUNWAY_PRICE_CURRENCY: 'USD' }, 'RUNWAY_API_KEY'],
    [{ RUNWAY_API_KEY: 'k', RUNWAY_PRICE_PER_SECOND: '1' }, 'RUNWAY_PRICE_CURRENCY'],
    [{ RUNWAYML_API_SECRET: 'k', RUNWAY_PRICE_CURRENCY: 'USD' }, 'RUNWAY_PRICE_PER_SECOND'],
  ],
})
