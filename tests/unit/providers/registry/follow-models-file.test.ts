import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../../src/errors.ts'
import { followModelsFile } from '../../../../src/providers/follow-models-file.ts'
import { createModelRegistry } from '../../../../src/providers/model-registry.ts'
import { createScriptedProvider } from '../../../doubles/scripted-provider.ts'
import { until } from '../../../support/until.ts'

let directory: string
let path: string
const stops: (() => void)[] = []
const lines: { level: string; event: unknown }[] = []
const log = {
  info: (fields: object) => void lines.push({ level: 'info', ...(fields as { event: string }) }),
  warn: (fields: object) => void lines.push({ level: 'warn', ...(fields as { event: string }) }),
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'models-'))
  path = join(directory, 'models.json')
  lines.length = 0
})
afterEach(async () => {
  for (const stop of stops.splice(0)) stop()
  await rm(directory, { recursive: true, force: true })
})

const withTier = (tier: string) => JSON.stringify({ models: { 'a/model': { tier } } })

async function follow() {
  const provider = createScriptedProvider('a')
  const entries = [{ id: 'a', name: 'A', provider, missing: null, models: provider.models }]
  const registry = createModelRegistry({ entries, now: () => new Date() })
  stops.push(await followModelsFile(registry, path, log))
  return registry
}

describe('following the models file', () => {
  it('takes what is written into it, and what is put in its place', async () => {
    await writeFile(path, withTier('economy'))
    const registry = await follow()
    const tier = () => registry.models()[0]?.tier
    expect(tier()).toBe('economy')
    await writeFile(path, withTier('premium'))
    await until(() => tier() === 'premium', 'the registry to follow')
    await writeFile(join(directory, 'other.json'), withTier('standard'))
    await rename(join(directory, 'other.json'), path)
    await until(() => tier() === 'standard', 'the registry to follow')
    expect(registry.state().error).toBeNull()
  })

  it('keeps the last good one while the file is wrong or gone, and logs why', async () => {
    await writeFile(path, withTier('premium'))
    const registry = await follow()
    await writeFile(path, withTier('best'))
    await until(() => registry.state().error !== null, 'the registry to follow')
    expect(registry.state().error).toContain('models.a/model.tier')
    expect(registry.models()[0]?.tier).toBe('premium')
    await rm(path)
    await until(() => registry.state().error === 'The models file cannot be read.', 'the registry to follow')
    await writeFile(path, withTier('economy'))
    await until(() => registry.models()[0]?.tier === 'economy', 'the registry to follow')
    expect(registry.state().error).toBeNull()
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', event: 'models_file_refused' }))
    expect(lines.at(-1)).toMatchObject({ level: 'info', event: 'models_file_loaded' })
  })

  it('does not start with a file that is wrong or not there', async () => {
    await expect(follow()).rejects.toMatchObject({ reason: 'models-file-invalid' })
    await writeFile(path, '{"modles": {}}')
    await expect(follow()).rejects.toBeInstanceOf(Failure)
  })
})
