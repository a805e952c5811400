import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createSandboxVoice } from '../../scripts/sandbox-voice.ts'
import type { Speaker, SpeakRequest, SpokenTrack } from '../../src/renderer/ports.ts'
import { createEspeakSpeaker } from '../../src/renderer/speech/espeak-speaker.ts'
import { createFliteSpeaker } from '../../src/renderer/speech/flite-speaker.ts'
import { speakOrAlign } from '../../src/renderer/speech/speak-recording.ts'
import { openElevenLabsRig } from './elevenlabs-rig.ts'
import { describeSpeaker, type SpeakerRig } from './speaker.ts'

const flite = createFliteSpeaker()
const sandboxVoice = createSandboxVoice()
const text = 'Bob and Pam made a map of the park. Maybe somebody moved it!'
const words = 'Bob and Pam made a map of the park Maybe somebody moved it'.split(' ')

describeSpeaker('flite', { open: async () => ({ speaker: flite }), voice: 'en-us-slt', text, words })
describeSpeaker('espeak', {
  open: async () => ({ speaker: createEspeakSpeaker() }),
  voice: 'fr-fr-espeak',
  text: "Bonjour tout le monde ! Aujourd'hui, il fait beau.",
  words: "Bonjour tout le monde Aujourd'hui il fait beau".split(' '),
})
describeSpeaker('a cloud voice', { open: openCloudSpeaker, voice: 'en-us-rms', text, words })

/** The adapter before its simulator, whose voice is Susan; the times of what it says by the letters that it tells. Ross only guides. */
async function openCloudSpeaker(): Promise<SpeakerRig & { truth(request: SpeakRequest): Promise<SpokenTrack> }> {
  const rig = await openElevenLabsRig({ speak: sandboxVoice })
  const speaker: Speaker = {
    voices: flite.voices,
    async speak(request) {
      // Whoever asks a cloud voice has looked before whether there is one of ours to guide it.
      if (!flite.voices.some(({ id }) => id === request.voice)) return flite.speak(request)
      const scratch = await mkdtemp(join(tmpdir(), 'cloud-'))
      try {
        const asked = { ...rig.request, script: request.text, voice: request.voice, speed: request.speed }
        const outcome = await rig.provider.start(rig.provider.plan(asked), asked, {
          idempotencyKey: 'cal_1',
          signal: request.signal ?? new AbortController().signal,
          scratch,
          onProgress: () => {},
          callbackUrl: null,
          ended: [],
          material: {},
        })
        if (outcome.kind !== 'finished') throw new Error('it is not finished')
        const fileOf = (role: string) => {
          const output = outcome.outputs.find((each) => each.role === role)
          if (!output || !('file' in output)) throw new Error(`there is no ${role}`)
          return output.file
        }
        const spoken = { recordingPath: fileOf('speech'), charactersPath: fileOf('characters') }
        return await speakOrAlign(flite, { ...request, ...spoken })
      } finally {
        await rm(scratch, { recursive: true, force: true })
      }
    },
  }
  const truth = (request: SpeakRequest) => flite.speak({ ...request, voice: 'en-us-slt' })
  return { speaker, truth, close: rig.close }
}

describe('the times of a cloud voice', () => {
  it('are those of its sounds: lips that must meet do so within 40 ms', async () => {
    const rig = await openCloudSpeaker()
    try {
      const request = { text, voice: 'en-us-rms', speed: 1, pitchSemitones: 0 }
      const [found, truth] = [await rig.speaker.speak(request), await rig.truth(request)]
      const closures = ({ phones }: SpokenTrack) =>
        phones.filter(({ phone }) => 'pbm'.includes(phone)).map(({ startMs, endMs }) => (startMs + endMs) / 2)
      const off = closures(truth).map((middleMs, index) => Math.abs(middleMs - closures(found)[index]!))
      expect(off.length).toBeGreaterThan(9)
      expect(off.filter((ms) => ms > 40).length).toBeLessThanOrEqual(1)
    } finally {
      await rig.close?.()
    }
  })
})
