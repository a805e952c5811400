/** The voices and their samples, which are spoken at the first request and kept, the last few, in memory. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Failure } from '../errors.ts'
import { primaryLanguage } from './language.ts'
import type { Clock, SpeechMeter } from './ports.ts'
import type { ListVoices, OpenedMedia, OpenVoiceSample } from './use-cases.ts'

export function listVoices({ voices }: Pick<SpeechMeter, 'voices'>): ListVoices {
  return (language) =>
    language === undefined
      ? voices
      : voices.filter((voice) => primaryLanguage(voice.language) === primaryLanguage(language))
}

/** About 250 kB each. */
const keptSamples = 40

export interface SampleParts {
  readonly voices: SpeechMeter['voices']
  /** A WAV file of the voice saying a sentence of its language. */
  readonly speakSample: (voice: string) => Promise<Uint8Array>
  readonly clock: Clock
}

export function openVoiceSample({ voices, speakSample, clock }: SampleParts): OpenVoiceSample {
  const kept = new Map<string, Promise<OpenedMedia>>()
  const make = async (id: string, language: string): Promise<OpenedMedia> => {
    const bytes = await speakSample(id)
    return {
      bytes: bytes.length,
      etag: `"${createHash('sha256').update(bytes).digest('hex')}"`,
      contentType: 'audio/wav',
      language,
      fileName: `${id}.wav`,
      modifiedAt: clock.now(),
      read: async (range) => Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]),
    }
  }
  return async (id) => {
    const voice = voices.find((candidate) => candidate.id === id)
    if (!voice) throw voiceNotFound()
    const sample = kept.get(id) ?? make(id, voice.language)
    // The newest last: the first is the one to drop.
    kept.delete(id)
    kept.set(id, sample)
    if (kept.size > keptSamples) kept.delete(kept.keys().next().value!)
    // A failure is told to all who wait for it, and tried again for the next.
    sample.catch(() => kept.get(id) === sample && kept.delete(id))
    return sample
  }
}

function voiceNotFound(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'voice-not-found',
    status: 404,
    message: 'There is no such voice.',
    hint: 'GET /api/v1/voices lists the voices.',
  })
}
