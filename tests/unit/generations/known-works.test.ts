import { describe, expect, it } from '@jest/globals'
import { answerName, createKnownWorks, readKnownWork } from '../../../src/generations/known-works.ts'
import type { JoinableWork } from '../../../src/generations/ports.ts'
import { createMemoryRegion } from '../../doubles/memory-region.ts'
import { sampleNow, sampleOutput, sampleWork } from '../../support/sample-rows.ts'

const key = 'ab12'.repeat(16)
const making = {
  provider: 'local',
  model: 'local/portrait',
  providerRequestId: null,
  providerJobId: null,
  fallbackUsed: false,
  originalError: null,
  qualityMetrics: null,
}
const work = sampleWork({
  photoId: 'pho_1',
  key,
  state: 'done',
  finishedAt: sampleNow,
  output: sampleOutput('gen_1'),
  making,
})
const found: JoinableWork = { work, sibling: { photoId: 'pho_1', adjusted: [], queue: null } }

describe('known works', () => {
  it('comes back from JSON as it was found, without the script', async () => {
    const region = createMemoryRegion(readKnownWork)
    const known = createKnownWorks(region)
    await known.keep('tenant-a', key, found)
    expect(await known.get('tenant-a', key)).toEqual({ ...found, work: { ...work, script: '' } })
    expect(JSON.stringify([...region.entries])).not.toContain('from the photo')
    expect(await known.get('tenant-b', key)).toBeUndefined()
  })

  it('says whose it is, who made it and what it is called', async () => {
    const region = createMemoryRegion(readKnownWork)
    await createKnownWorks(region).keep('tenant-a', key, found)
    const tags = [...region.entries.values()].map((entry) => entry.tags)
    expect(tags).toEqual([
      { user: 'tenant-a', provider: 'local', model: 'local/portrait', name: 'local_ab12ab12ab12ab12' },
    ])
    expect(answerName('local', key)).toBe('local_ab12ab12ab12ab12')
  })

  it('forgets', async () => {
    const known = createKnownWorks(createMemoryRegion(readKnownWork))
    await known.keep('tenant-a', key, found)
    await known.forget('tenant-a', key)
    expect(await known.get('tenant-a', key)).toBeUndefined()
  })

  it('takes nothing for a work that is none', () => {
    const json = JSON.parse(JSON.stringify(found))
    expect(readKnownWork(json)).toEqual(found)
    expect(readKnownWork({ ...json, sibling: null })).toBeUndefined()
    expect(readKnownWork({ ...json, work: { ...json.work, state: 'open' } })).toBeUndefined()
    expect(readKnownWork({ ...json, work: { ...json.work, finishedAt: 'yesterday' } })).toBeUndefined()
    expect(readKnownWork({})).toBeUndefined()
  })
})
