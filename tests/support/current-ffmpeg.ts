/** A current ffmpeg, as files from vendors need one: TEST_FFMPEG_PATH, the system's, or one installed by apt. */
import { execFileSync } from 'node:child_process'
import { findCurrentFfmpeg } from '../../src/media/current-ffmpeg.ts'

export async function currentFfmpeg(): Promise<string> {
  const find = () => findCurrentFfmpeg(process.env.TEST_FFMPEG_PATH, process.env.PATH ?? '')
  return find().catch(() => {
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'ffmpeg'], { stdio: 'ignore' })
    } catch (error) {
      throw new Error('These tests need ffmpeg 5 or newer: install it, or name one with TEST_FFMPEG_PATH.', {
        cause: error,
      })
    }
    return find()
  })
}
