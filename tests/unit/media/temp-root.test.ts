import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { claimTempRoot } from '../../../src/media/temp-root.ts'

const host = hostname().replaceAll(/[^A-Za-z0-9.]/g, '_')
/** Above the largest pid that Linux gives. */
const deadPid = 2 ** 22 + 1

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'temp-root-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('removes what processes of this host that are gone have left, and nobody else’s', async () => {
  const [dead, alive, elsewhere] = [`${host}-${deadPid}`, `${host}-1`, 'another.host-77']
  for (const name of [dead, alive, elsewhere]) {
    await mkdir(join(root, name))
    await writeFile(join(root, name, 'half-a-film.mp4'), 'x')
  }
  const temp = await claimTempRoot(root)
  expect((await readdir(root)).sort()).toEqual([alive, elsewhere, `${host}-${process.pid}`].sort())
  expect(await readdir(temp.path)).toEqual([])
  await temp.release()
  expect((await readdir(root)).sort()).toEqual([alive, elsewhere].sort())
})

it('starts empty even where an earlier process had the same pid', async () => {
  const first = await claimTempRoot(root)
  await writeFile(join(first.path, 'left'), 'x')
  const again = await claimTempRoot(root)
  expect(await readdir(again.path)).toEqual([])
})
