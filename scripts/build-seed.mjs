/**
 * Part of the build: a new embedded database is unpacked from this instead of being made anew, which takes 4 seconds and 700 MB.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../dist/database/open-database.js'
import { seedFile } from '../dist/database/open-embedded.js'

const dataDir = await mkdtemp(join(tmpdir(), 'talking-photo-seed-'))
try {
  const database = await openDatabase({ dataDir, seed: async () => undefined })
  try {
    const dump = await database.jobsConnection.pglite.dumpDataDir('gzip')
    await writeFile(seedFile, Buffer.from(await dump.arrayBuffer()))
  } finally {
    await database.close()
  }
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
