import { join } from 'node:path'
import { createLocalProvider } from '../../src/providers/local.ts'
import { describeProvider } from './provider.ts'

describeProvider('the local renderer', {
  open: async () => ({
    provider: createLocalProvider({
      languages: ['en'],
      // A child process that hears the signal, without the child.
      render: async (_job, { signal, onProgress }) => {
        signal.throwIfAborted()
        onProgress({ stage: 'frames', done: 1, total: 2 })
      },
    }),
    request: {
      workId: 'work_1',
      model: 'local/talking-head',
      tenantId: 'local',
      requestedAt: new Date('2026-11-21'),
      photo: { path: join('photos', 'a.jpg'), sha256: 'ab', width: 800, height: 1000, face: 0, faceMesh: null },
      script: 'Hello.',
      language: 'en',
      voice: 'en-us-slt',
      speed: 1,
      pitchSemitones: 0,
      quality: 'standard',
      aspectRatio: null,
      maxSeconds: 60,
      speechSeconds: 2,
      lipSync: true,
      facialAnimationStrength: 0.8,
      noiseReduction: true,
      audioEnhancement: true,
      burnSubtitles: true,
    },
    finish: async () => {},
    close: async () => {},
  }),
})
