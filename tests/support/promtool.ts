/**
 * Prometheus' own checker of rules. PROMTOOL_PATH names one; else the installed one is used; on a Debian without one it is
 * taken out of the package `prometheus`, which is not installed: its daemon must not start.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { apt } from './apt-install.ts'

const run = promisify(execFile)
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/talking-photo', import.meta.url))

export async function findPromtool(places: readonly string[] = ['/usr/bin/promtool', '/usr/local/bin/promtool']) {
  const given = process.env.PROMTOOL_PATH
  if (given) return given
  const kept = join(cacheFolder, 'promtool')
  return [...places, kept].find((place) => existsSync(place)) ?? takeFromPackage(kept)
}

async function takeFromPackage(place: string): Promise<string> {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error('These tests need promtool: install Prometheus, or set PROMTOOL_PATH.')
  }
  const folder = await mkdtemp(join(tmpdir(), 'promtool-'))
  try {
    if (process.getuid?.() === 0) await apt('apt-get update', [])
    // As root, apt would want to become another user, who may not write here.
    await apt('apt-get download -o APT::Sandbox::User=root "$0"', ['prometheus'], { cwd: folder })
    const [file] = await readdir(folder)
    await run('dpkg-deb', ['-x', file!, folder], { cwd: folder })
    await mkdir(cacheFolder, { recursive: true })
    await copyFile(join(folder, 'usr/bin/promtool'), `${place}.new`)
    await rename(`${place}.new`, place)
    return place
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
