import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FinishContext } from '../generations/finisher.ts'
import { foreignInput, unusableClip } from './measure-clip.ts'
import { runFfmpeg } from './run-ffmpeg.ts'
import { readWavFormat } from './wav-reader.ts'

const timeoutMs = 120_000

/**
 * Lays a speech under a foreign film that was inspected before. It becomes as long as the speech: a film that ends before holds its
 * last picture, so that nothing said is lost.
 * @returns a function of film and speech (WAV). @throws Failure PROVIDER_ERROR 'output-unusable'
 */
export function createDubVideo(path: string) {
  return async (
    film: string,
    speech: string,
    { scratch, signal }: FinishContext,
  ): Promise<{ readonly video: string }> => {
    const video = join(scratch, 'dubbed.mp4')
    const seconds = await secondsOf(speech)
    const { exitCode, errors } = await runFfmpeg({
      path,
      args: [
        ...['-v', 'error', '-nostdin', '-y', ...foreignInput(film), '-i', `file:${speech}`],
        ...['-map', '0:v:0', '-map', '1:a:0', '-map_metadata', '-1'],
        ...['-vf', `tpad=stop_mode=clone:stop_duration=${seconds}`, '-t', `${seconds}`],
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '17', '-pix_fmt', 'yuv420p'],
        ...['-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-movflags', '+faststart'],
        ...['-f', 'mp4', `file:${video}`],
      ],
      timeoutMs,
      signal,
      limited: true,
    })
    const made = await stat(video).catch(() => null)
    if (exitCode !== 0 || !made || made.size === 0) throw unusableClip(errors)
    return { video }
  }
}

async function secondsOf(wav: string): Promise<number> {
  const file = await open(wav)
  try {
    const { dataBytes, channels, bitsPerSample, sampleRate } = await readWavFormat(file)
    return (dataBytes * 8) / (channels * bitsPerSample * sampleRate)
  } finally {
    await file.close()
  }
}
