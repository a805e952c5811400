/**
 * A real browser for tests, which can reach this machine and nothing else. CHROMIUM_PATH names one; else the installed one
 * is used; on a root Debian without one the package is installed first.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const run = promisify(execFile)
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findBrowser(),
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  })
}

async function findBrowser(): Promise<string> {
  const given = process.env.CHROMIUM_PATH
  if (given) return given
  const found = () => places.find((place) => existsSync(place))
  const installed = found()
  if (installed) return installed
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('These tests need Chromium: install it, or set CHROMIUM_PATH.')
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update'], { env })
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env, maxBuffer: 64 * 1024 * 1024 })
  const fresh = found()
  if (!fresh) throw new Error('apt-get installed chromium, but none was found.')
  return fresh
}
