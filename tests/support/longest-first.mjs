// The longest files start first, also in a fresh clone, where jest knows no times yet: one of them at the end would leave a core idle.
import { createRequire } from 'node:module'

// Jest's own, found as jest finds it.
const { default: Sequencer } = createRequire(createRequire(import.meta.resolve('jest')).resolve('@jest/core'))(
  '@jest/test-sequencer',
)

/** What their paths begin with, longest first; the rest follow in jest's own order. */
const longest = [
  'e2e/cluster.test',
  'e2e/many-calls',
  'e2e/vendors',
  'e2e/settings',
  'e2e/kill',
  'e2e/cluster-lost-nodes',
  'e2e/lip-sync',
  'unit/renderer/render-process',
  'unit/database/migrate',
  'e2e/main-job',
  'unit/database/open-database',
  'hostile/files',
  'hostile/fuzz',
  'hostile/scripts',
  'e2e/recording',
  'e2e/languages',
  'e2e/sharing',
  'unit/renderer/analysis-process',
  'contract/',
  'e2e/',
  'unit/renderer/',
]

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = longest.findIndex((start) => path.includes(`/tests/${start}`))
      return found < 0 ? longest.length : found
    }
    return super.sort(tests).sort((a, b) => rank(a) - rank(b))
  }
}
