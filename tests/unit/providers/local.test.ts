import { describe, expect, it } from '@jest/globals'
import { createLocalProvider, type LocalRenderJob } from '../../../src/providers/local.ts'
import type { CallProgress, SpeakingRequest } from '../../../src/providers/provider.ts'
import { type QualityProfiles, usualProfiles } from '../../../src/providers/quality-profile.ts'

const request: SpeakingRequest = {
  workId: 'gen_1',
  model: 'local/talking-head',
  tenantId: 'local',
  requestedAt: new Date('2026-11-21'),
  speechSeconds: 2,
  photo: { path: '/photos/a.jpg', sha256: 'ab', width: 800, height: 1000, face: 1, faceMesh: 'mesh' },
  script: 'Hello.',
  language: 'en',
  voice: 'en-us-slt',
  speed: 1.2,
  pitchSemitones: -2,
  quality: 'economy',
  aspectRatio: '9:16',
  maxSeconds: 30,
  lipSync: true,
  facialAnimationStrength: 0.5,
  noiseReduction: false,
  audioEnhancement: true,
  burnSubtitles: false,
}

const context = {
  idempotencyKey: 'cal_1',
  signal: new AbortController().signal,
  scratch: '/scratch/x',
  callbackUrl: null,
  ended: [],
  material: {},
}

async function rendered(changes: Partial<SpeakingRequest>, profiles?: () => QualityProfiles): Promise<LocalRenderJob> {
  const jobs: LocalRenderJob[] = []
  const provider = createLocalProvider({
    languages: ['en'],
    ...(profiles && { profiles }),
    render: async (job) => {
      jobs.push(job)
    },
  })
  await provider.start({ name: 'render' }, { ...request, ...changes }, { ...context, onProgress: () => {} })
  return jobs[0]!
}

describe('the local provider', () => {
  it('hands every setting to the renderer', async () => {
    expect(await rendered({ burnSubtitles: true })).toMatchObject({
      photoPath: '/photos/a.jpg',
      face: 1,
      faceMesh: 'mesh',
      script: 'Hello.',
      voice: 'en-us-slt',
      speed: 1.2,
      pitchSemitones: -2,
      lipSync: true,
      animationStrength: 0.5,
      audioEnhancement: true,
      burnSubtitles: true,
      language: 'en',
      aspectRatio: 9 / 16,
      maxSeconds: 30,
    })
  })

  it('renders what the tiers mean at the moment', async () => {
    const economy = { shortSide: 480, fps: 25, maxKilobitsPerSecond: 900 }
    expect(await rendered({ quality: 'economy' }, () => ({ ...usualProfiles, economy }))).toMatchObject(economy)
  })

  it('renders the tiers of the guide', async () => {
    expect(await rendered({ quality: 'economy' })).toMatchObject({
      shortSide: 720,
      fps: 24,
      maxKilobitsPerSecond: 2000,
    })
    expect(await rendered({ quality: 'standard' })).toMatchObject({
      shortSide: 1080,
      fps: 30,
      maxKilobitsPerSecond: 4000,
    })
    expect(await rendered({ quality: 'premium' })).toMatchObject({
      shortSide: 1080,
      fps: 60,
      maxKilobitsPerSecond: 8000,
    })
  })

  it('marks the file as synthetic', async () => {
    const { metadata } = await rendered({})
    expect(metadata.comment).toContain('Synthetic media')
    expect(metadata.comment).toContain('gen_1')
  })

  it('seeds by generation, so that a repeated render is the same', async () => {
    const [first, again, other] = [await rendered({}), await rendered({}), await rendered({ workId: 'gen_2' })]
    expect(again.seed).toBe(first.seed)
    expect(other.seed).not.toBe(first.seed)
  })

  it('tells what it does not do', () => {
    const provider = createLocalProvider({ render: async () => {}, languages: ['en'] })
    expect(provider.adjust(request)).toEqual([])
    expect(provider.adjust({ ...request, noiseReduction: true })).toMatchObject([
      { setting: 'background_noise_reduction', asked: true, used: false },
    ])
  })

  it('turns stages into one rising share of the whole', async () => {
    const seen: CallProgress[] = []
    const provider = createLocalProvider({
      languages: ['en'],
      render: async (_job, { onProgress }) => {
        onProgress({ stage: 'speech', done: 0, total: 10 })
        onProgress({ stage: 'speech', done: 10, total: 10 })
        onProgress({ stage: 'face', done: 1, total: 1 })
        for (const done of [0, 50, 100]) onProgress({ stage: 'frames', done, total: 100 })
        onProgress({ stage: 'encode', done: 1, total: 1 })
      },
    })
    await provider.start({ name: 'render' }, request, { ...context, onProgress: (progress) => seen.push(progress) })
    const fractions = seen.map(({ fraction }) => fraction)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions[0]).toBe(0)
    expect(fractions.at(-1)).toBe(1)
  })

  it('is done after its one call', () => {
    const provider = createLocalProvider({ render: async () => {}, languages: ['en'] })
    expect(provider.plan(request)).toEqual({ name: 'render' })
    expect(provider.next(request, [{ name: 'render', state: 'completed', keeps: null }])).toBe('done')
  })
})
