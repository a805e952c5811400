import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../errors.ts'

/** Debian 12's: the oldest that still gets its holes mended. */
const oldestMajor = 5

/**
 * An ffmpeg that may be given files from outside. The one that comes with the packages is of 2018 and only ever sees our own.
 * @param named a path that is set; else the first on `searchPath` is taken
 * @throws Failure INVALID_REQUEST 'ffmpeg-missing' that says how to install one
 */
export async function findCurrentFfmpeg(named: string | undefined, searchPath: string): Promise<string> {
  const path = named ?? (await firstOn(searchPath))
  const words =
    path === null
      ? ''
      : await promisify(execFile)(path, ['-version']).then(
          (ran) => ran.stdout,
          () => '',
        )
  const major = Number(/^ffmpeg version n?(\d+)\./.exec(words)?.[1] ?? 0)
  if (path !== null && major >= oldestMajor) return path
  throw new Failure('INVALID_REQUEST', {
    reason: 'ffmpeg-missing',
    message: `A provider outside of this machine needs ffmpeg ${oldestMajor} or newer here, to look at what it delivers; ${
      path === null ? 'none was found' : `${path} is ${major > 0 ? `version ${major}` : 'older, or none'}`
    }.`,
    hint: 'Install it (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg) or name one with FFMPEG_PATH.',
  })
}

async function firstOn(searchPath: string): Promise<string | null> {
  for (const directory of searchPath.split(delimiter)) {
    const path = join(directory || '.', 'ffmpeg')
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return null
}
