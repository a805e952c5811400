/**
 * A real browser for tests, which can reach this machine and nothing else. CHROMIUM_PATH names one; else the installed one
 * is used; on a root Debian without one the package is installed first.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { aptInstall } from './apt-install.ts'

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
  await aptInstall(
    'chromium',
    () => found() !== undefined,
    'These tests need Chromium: install it, or set CHROMIUM_PATH.',
  )
  return found()!
}
