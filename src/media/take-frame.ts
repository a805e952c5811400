import { stat } from 'node:fs/promises'
import { Failure } from '../errors.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

/** Past a fade-in, before anybody has long to wait. */
const atSeconds = '0.5'

/**
 * Writes a JPEG of one picture of a foreign video that was inspected before.
 * @throws Failure PROVIDER_ERROR 'output-unusable'
 */
export function createTakeFrame(path: string) {
  return async (video: string, to: string, signal: AbortSignal): Promise<void> => {
    const args = ['-v', 'error', '-nostdin', '-y', '-protocol_whitelist', 'file', '-f', 'mov', '-ss', atSeconds]
    const picture = ['-i', `file:${video}`, '-frames:v', '1', '-q:v', '3', '-f', 'image2', `file:${to}`]
    const { errors } = await runFfmpeg({ path, args: [...args, ...picture], timeoutMs: 30_000, signal, limited: true })
    const found = await stat(to).catch(() => null)
    if (found && found.size > 0) return
    throw new Failure('PROVIDER_ERROR', {
      reason: 'output-unusable',
      message: 'No picture could be taken from the video that was made.',
      cause: new Error(errors),
    })
  }
}
