/** What every MediaStore must do, whatever it keeps its bytes in. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MediaStore } from '../../src/generations/ports.ts'

export function describeMediaStore(name: string, make: (directory: string) => MediaStore | Promise<MediaStore>): void {
  describe(`${name} as a media store`, () => {
    let directory: string
    let store: MediaStore

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'media-store-'))
      store = await make(directory)
    })
    afterEach(() => rm(directory, { recursive: true, force: true }))

    const source = async (content: string) => {
      const file = join(await mkdtemp(join(directory, 'source-')), 'file')
      await writeFile(file, content)
      return file
    }
    const keys = async () => {
      const found: string[] = []
      for await (const { key } of store.list()) found.push(key)
      return found.sort()
    }
    const text = async (stream: Readable) => {
      let all = ''
      for await (const chunk of stream.setEncoding('utf8')) all += chunk
      return all
    }

    it('moves a file to its key and tells its size and hash', async () => {
      const file = await source('hello')
      const facts = await store.put('t1/videos/gen_1/video.mp4', file)
      expect(facts).toEqual({ bytes: 5, sha256: createHash('sha256').update('hello').digest('hex') })
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
      expect(await store.describe('t1/videos/gen_1/video.mp4')).toEqual(facts)
      expect(await text(await store.read('t1/videos/gen_1/video.mp4'))).toBe('hello')
      expect(await readFile(await store.localPath('t1/videos/gen_1/video.mp4'), 'utf8')).toBe('hello')
    })

    it('replaces what was there', async () => {
      await store.put('t/k/i/f', await source('old'))
      await store.put('t/k/i/f', await source('newer'))
      expect(await text(await store.read('t/k/i/f'))).toBe('newer')
      expect(await keys()).toEqual(['t/k/i/f'])
    })

    it('reads a range with both ends included', async () => {
      await store.put('t/k/i/f', await source('0123456789'))
      expect(await text(await store.read('t/k/i/f', { start: 2, end: 4 }))).toBe('234')
      expect(await text(await store.read('t/k/i/f', { start: 9, end: 9 }))).toBe('9')
      expect(await text(await store.read('t/k/i/f', { start: 0, end: 0 }))).toBe('0')
    })

    it('names a missing key before any byte is promised', async () => {
      await store.put('t/k/i/f', await source('x'))
      for (const key of ['t/k/i/other', 't/k/none/f', 't/k/i/f/deeper']) {
        await expect(store.read(key)).rejects.toMatchObject({ name: 'Failure', reason: 'media-missing' })
        await expect(store.describe(key)).rejects.toMatchObject({ name: 'Failure', reason: 'media-missing' })
        await expect(store.localPath(key)).rejects.toMatchObject({ name: 'Failure', reason: 'media-missing' })
      }
      await expect(store.localPath('t/k')).rejects.toMatchObject({ reason: 'media-missing' })
    })

    it('removes a key, and a missing one without a word', async () => {
      await store.put('t/k/1/f', await source('x'))
      await store.put('t/k/2/f', await source('y'))
      await store.remove('t/k/1/f')
      await store.remove('t/k/1/f')
      await store.remove('never/was/here/f')
      expect(await keys()).toEqual(['t/k/2/f'])
    })

    it('lists every key with its time, and nothing in a store never used', async () => {
      expect(await keys()).toEqual([])
      await store.put('t/k/1/f', await source('x'))
      await store.put('u/photos/2/photo.jpg', await source('y'))
      expect(await keys()).toEqual(['t/k/1/f', 'u/photos/2/photo.jpg'])
      for await (const { modifiedAt } of store.list()) expect(modifiedAt.getTime()).toBeGreaterThan(0)
    })

    it('keeps a reader whole while the key is replaced or removed', async () => {
      await store.put('t/k/i/f', await source('first'))
      const reader = await store.read('t/k/i/f')
      await store.put('t/k/i/f', await source('second'))
      await store.remove('t/k/i/f')
      expect(await text(reader)).toBe('first')
    })

    it('survives puts and removes of neighbours at the same time', async () => {
      const work = Array.from({ length: 40 }, async (_, i) => {
        const key = `t/k/same/f${i}`
        await store.put(key, await source(`${i}`))
        if (i % 2) await store.remove(key)
      })
      await Promise.all(work)
      expect(await keys()).toHaveLength(20)
    })

    it('puts a key beside one that is removed at the same moment', async () => {
      const lanes = Array.from({ length: 24 }, async (_, lane) => {
        for (let i = 0; i < 12; i += 1) {
          const file = await source('x')
          await Promise.all([store.put(`t/k/${lane}/f${i + 1}`, file), store.remove(`t/k/${lane}/f${i}`)])
        }
      })
      await Promise.all(lanes)
      expect(await keys()).toHaveLength(24)
    })

    it.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../x',
      't/../../x',
      't/./x',
      't//x',
      't/x/',
      't\\..\\x',
      't/.hidden',
      't/a\0b',
      't/ü',
      't/a b',
      'C:/x',
      `t/${'x'.repeat(200)}`,
    ])('refuses the key %j', async (key) => {
      const file = await source('x')
      await expect(store.put(key, file)).rejects.toThrow('not a media key')
      await expect(store.localPath(key)).rejects.toThrow('not a media key')
      await expect(store.read(key)).rejects.toThrow('not a media key')
      await expect(store.remove(key)).rejects.toThrow('not a media key')
      expect(await readFile(file, 'utf8')).toBe('x')
    })

    it('gives scratch space that is empty, its own, and gone after', async () => {
      const [one, two] = [await store.scratch('render'), await store.scratch('render')]
      expect(one.path).not.toBe(two.path)
      expect(await readdir(one.path)).toEqual([])
      expect((await stat(one.path)).mode & 0o077).toBe(0)
      await writeFile(join(one.path, 'file'), 'x')
      await one.dispose()
      await one.dispose()
      await expect(stat(one.path)).rejects.toMatchObject({ code: 'ENOENT' })
      expect(await readdir(two.path)).toEqual([])
      await expect(store.scratch('../out')).rejects.toThrow('not a label')
    })
  })
}
