import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { listVoices, openVoiceSample } from '../../../src/generations/voices.ts'

const voice = (id: string, language: string) => ({ id, name: id, language, gender: 'male' as const, engine: 'test' })
const voices = [voice('a', 'en-US'), voice('b', 'nb-NO'), voice('c', 'en-GB')]

function samples(speak: (id: string) => Promise<Uint8Array> = async (id) => Buffer.from(`sound of ${id}`)) {
  const spoken: string[] = []
  const open = openVoiceSample({
    voices,
    clock: { now: () => new Date(0) },
    speakSample: (id) => {
      spoken.push(id)
      return speak(id)
    },
  })
  return { open, spoken }
}

describe('the voices', () => {
  it('are listed by language, whatever its region or other name', () => {
    const idsOf = (language?: string) => listVoices({ voices })(language).map(({ id }) => id)
    expect([idsOf(), idsOf('en'), idsOf('en-AU'), idsOf('no'), idsOf('fr')]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
      ['a', 'c'],
      ['b'],
      [],
    ])
  })

  it('speak their sample once for all who ask at once or later', async () => {
    const { open, spoken } = samples()
    const [one, other] = await Promise.all([open('a'), open('a')])
    expect((await open('a')).etag).toBe(one.etag)
    expect(other.etag).toBe(one.etag)
    expect(String(await buffer(await one.read()))).toBe('sound of a')
    expect(String(await buffer(await one.read({ start: 0, end: 4 })))).toBe('sound')
    expect(spoken).toEqual(['a'])
  })

  it('try a sample again that failed', async () => {
    let broken = true
    const { open, spoken } = samples(async () => {
      if (broken) throw new Error('the engine broke')
      return Buffer.from('sound')
    })
    await expect(open('a')).rejects.toThrow('the engine broke')
    broken = false
    await expect(open('a')).resolves.toMatchObject({ bytes: 5 })
    expect(spoken).toEqual(['a', 'a'])
  })

  it('are not heard where they are not', async () => {
    await expect(samples().open('nobody')).rejects.toMatchObject({ status: 404, reason: 'voice-not-found' })
  })
})
