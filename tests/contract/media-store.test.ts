import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { createDiskStore } from '../../src/media/disk-store.ts'
import { describeMediaStore } from './media-store.ts'

const options = (directory: string) => ({ root: join(directory, 'media'), tempRoot: join(directory, 'temp') })

describeMediaStore('the disk store', (directory) => createDiskStore(options(directory)))

it('leaves no empty directories of a removed key on the disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'disk-store-'))
  try {
    const store = createDiskStore(options(directory))
    await writeFile(join(directory, 'file'), 'x')
    await store.put('t/k/i/f', join(directory, 'file'))
    await store.remove('t/k/i/f')
    expect(await readdir(join(directory, 'media'))).toEqual([])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

const otherFilesystem = '/dev/shm'
const hasOther = await Promise.all([stat(otherFilesystem), stat(tmpdir())]).then(
  ([a, b]) => a.dev !== b.dev,
  () => false,
)

;(hasOther ? it : it.skip)('copies a file that comes from another filesystem', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'disk-store-'))
  const away = await mkdtemp(join(otherFilesystem, 'disk-store-'))
  try {
    const store = createDiskStore(options(directory))
    await writeFile(join(away, 'file'), 'from afar')
    expect(await store.put('t/k/i/f', join(away, 'file'))).toMatchObject({ bytes: 9 })
    expect(await readdir(away)).toEqual([])
    const keys: string[] = []
    for await (const { key } of store.list()) keys.push(key)
    expect(keys).toEqual(['t/k/i/f'])
  } finally {
    await rm(directory, { recursive: true, force: true })
    await rm(away, { recursive: true, force: true })
  }
})
