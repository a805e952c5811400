/** A current ffmpeg of the system, as a paid provider needs it; on a root Debian without one the package is installed first. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
const place = '/usr/bin/ffmpeg'

/** @returns the path of the program */
export async function currentFfmpeg(): Promise<string> {
  if (existsSync(place)) return place
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`This test needs ${place}: install ffmpeg.`)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update'], { env })
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'ffmpeg'], { env, maxBuffer: 64 * 1024 * 1024 })
  return place
}
