import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { openSubtitles } from '../../../src/generations/open-subtitles.ts'
import { createHeart, type Heart } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'
import { parseWebVtt } from '../../support/parse-web-vtt.ts'

let heart: Heart
afterEach(() => heart.dispose())

async function finished(words: boolean): Promise<string> {
  heart = await createHeart([createScriptedProvider('a', { words })])
  const { generation } = await heart.request()
  await heart.runAll()
  return generation.id
}

describe('the subtitles of a generation', () => {
  it('are made of the times that the model told', async () => {
    const id = await finished(true)
    const vtt = await openSubtitles(heart.parts)('local', id, 'vtt')
    expect(vtt).toMatchObject({ contentType: 'text/vtt; charset=utf-8', language: 'en', fileName: `${id}.vtt` })
    const file = await text(await vtt.read())
    expect(Buffer.byteLength(file)).toBe(vtt.bytes)
    expect(parseWebVtt(file).cues).toMatchObject([{ startMs: 100, lines: ['Hello there.'] }])
    expect(await text(await vtt.read({ start: 0, end: 5 }))).toBe('WEBVTT')

    const srt = await openSubtitles(heart.parts)('local', id, 'srt')
    expect(srt).toMatchObject({ contentType: 'application/x-subrip; charset=utf-8', fileName: `${id}.srt` })
    expect(await text(await srt.read())).toMatch(/^1\r\n00:00:00,100 --> [^\r]+\r\nHello there\.\r\n$/)
    expect(srt.etag).not.toBe(vtt.etag)
    expect((await openSubtitles(heart.parts)('local', id, 'vtt')).etag).toBe(vtt.etag)
  })

  it('are not there for a video whose words have no times', async () => {
    const id = await finished(false)
    expect(await heart.reload(id)).toMatchObject({ status: 'completed', output: { wordsKey: null } })
    await expect(openSubtitles(heart.parts)('local', id, 'vtt')).rejects.toMatchObject({
      status: 404,
      reason: 'subtitles-unavailable',
      hint: expect.any(String),
    })
  })

  it('wait for the video, and are nobody else’s', async () => {
    heart = await createHeart([createScriptedProvider('a')])
    const { generation } = await heart.request()
    await expect(openSubtitles(heart.parts)('local', generation.id, 'srt')).rejects.toMatchObject({
      status: 409,
      reason: 'not-finished',
    })
    await expect(openSubtitles(heart.parts)('other', generation.id, 'srt')).rejects.toMatchObject({ status: 404 })
  })
})
