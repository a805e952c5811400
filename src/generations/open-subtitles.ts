/** The script with the times of its words, which is stored beside the video, as captions. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { buildCues } from '../captions/build-cues.ts'
import { isRightToLeft } from '../captions/line-text.ts'
import { writeSubRip } from '../captions/sub-rip.ts'
import type { TimedScript } from '../captions/time-script.ts'
import { writeWebVtt } from '../captions/web-vtt.ts'
import { Failure } from '../errors.ts'
import type { GenerationStore, MediaStore } from './ports.ts'
import { requireGeneration, requireOutput } from './read-generations.ts'
import type { OpenSubtitles } from './use-cases.ts'

export function openSubtitles({ store, media }: { store: GenerationStore; media: MediaStore }): OpenSubtitles {
  return async (tenantId, id, format) => {
    const generation = await requireGeneration(store, tenantId, id)
    const { wordsKey } = requireOutput(generation)
    if (wordsKey === null) throw unavailable()
    const script = JSON.parse(await text(await media.read(wordsKey))) as TimedScript
    const language = generation.settings.language ?? 'und'
    const written = format === 'vtt' ? toWebVtt(script, language) : toSubRip(script)
    const bytes = Buffer.from(written)
    return {
      bytes: bytes.length,
      etag: `"${createHash('sha256').update(bytes).digest('hex')}"`,
      contentType: format === 'vtt' ? 'text/vtt; charset=utf-8' : 'application/x-subrip; charset=utf-8',
      language,
      fileName: `${id}.${format}`,
      modifiedAt: generation.finishedAt ?? generation.createdAt,
      read: async (range) => Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]),
    }
  }
}

const toWebVtt = (script: TimedScript, language: string) =>
  writeWebVtt(buildCues(script), { language, rtl: isRightToLeft(script) })
const toSubRip = (script: TimedScript) => writeSubRip(buildCues(script), { rtl: isRightToLeft(script) })

function unavailable(): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'subtitles-unavailable',
    message: 'The times of the words of this video are not known, so it has no subtitles.',
    hint: 'Videos made by the renderer on this machine have them.',
  })
}
