/** A current ffmpeg, as files from vendors need one: TEST_FFMPEG_PATH, the system's, or one installed by apt. */
import { existsSync } from 'node:fs'
import { findCurrentFfmpeg } from '../../src/media/current-ffmpeg.ts'
import { aptInstall } from './apt-install.ts'

/** @returns the path of the program */
export async function currentFfmpeg(): Promise<string> {
  const find = () => findCurrentFfmpeg(process.env.TEST_FFMPEG_PATH, process.env.PATH ?? '')
  return find().catch(async () => {
    await aptInstall(
      'ffmpeg',
      () => existsSync('/usr/bin/ffmpeg'),
      'These tests need ffmpeg 5 or newer: install it, or name one with TEST_FFMPEG_PATH.',
    )
    return find()
  })
}
