import { describe, expect, it } from '@jest/globals'
import { readEdit } from '../../../src/providers/nano-banana-answers.ts'

const now = new Date('2026-11-21T12:00:00Z')
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(40, 9)])
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40, 9)])
const webp = Buffer.concat([Buffer.from('RIFF1234WEBP', 'latin1'), Buffer.alloc(40, 9)])
const rates = { input: 0.5, output: 60 }

const answer = (json: unknown, status = 200) => ({ status, headers: {}, text: '', json })
const picture = (bytes: Buffer, more: object = {}) => ({
  inlineData: { mimeType: 'image/png', data: bytes.toString('base64') },
  ...more,
})
const candidate = (parts: readonly unknown[], finishReason = 'STOP') => ({
  candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
})
const faultOf = (json: unknown, status = 200): unknown => {
  try {
    readEdit(answer(json, status), rates, now)
  } catch (error) {
    return (error as { fault?: string }).fault
  }
  return null
}

describe('an edited picture', () => {
  it('costs what its tokens do', () => {
    const usageMetadata = { promptTokenCount: 1320, candidatesTokenCount: 1130, totalTokenCount: 2450 }
    const read = readEdit(answer({ ...candidate([picture(jpeg)]), usageMetadata }), rates, now)
    expect(read.costMicros).toBe(660 + 67_800)
    const candidatesTokensDetails = [
      { modality: 'IMAGE', tokenCount: 1120 },
      { modality: 'TEXT', tokenCount: 10 },
    ]
    const apart = { ...usageMetadata, candidatesTokensDetails }
    expect(readEdit(answer({ ...candidate([picture(jpeg)]), usageMetadata: apart }), rates, now).costMicros).toBe(
      67_860,
    )
    expect(readEdit(answer(candidate([picture(jpeg)])), rates, now).costMicros).toBeNull()
  })

  it('is of the type that its bytes are', () => {
    for (const [bytes, type] of [
      [jpeg, 'jpg'],
      [png, 'png'],
      [webp, 'webp'],
    ] as const) {
      expect(readEdit(answer(candidate([{ text: 'Done.' }, picture(bytes)])), rates, now).type).toBe(type)
    }
  })

  it('is the last picture, and none of the drafts among the thoughts', () => {
    const parts = [picture(jpeg, { thought: true }), picture(webp), picture(png), picture(jpeg, { thought: true })]
    expect(readEdit(answer(candidate(parts)), rates, now).type).toBe('png')
    expect(faultOf(candidate([picture(jpeg, { thought: true }), { text: 'Hm.', thought: true }]))).toBe('vendor-failed')
  })

  it.each(['SAFETY', 'OTHER', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'IMAGE_SAFETY'])(
    'is refused where the prompt is blocked: %s',
    (blockReason) => {
      expect(faultOf({ promptFeedback: { blockReason } })).toBe('policy')
    },
  )

  it.each([
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'PROHIBITED_CONTENT',
    'SAFETY',
    'RECITATION',
    'SPII',
    'BLOCKLIST',
  ])('is refused where it ends so: %s', (finishReason) => {
    expect(faultOf({ candidates: [{ content: {}, finishReason }] })).toBe('policy')
    expect(faultOf(candidate([picture(png)], finishReason))).toBe('policy')
  })

  it.each([
    ['NO_IMAGE', 'vendor-failed'],
    ['IMAGE_OTHER', 'vendor-failed'],
    ['OTHER', 'vendor-failed'],
    ['STOP', 'vendor-failed'],
    ['SOMETHING_NEW', 'vendor-failed'],
    ['MAX_TOKENS', 'bad-input'],
  ])('has failed where it ends without a picture: %s', (reason, fault) => {
    expect(faultOf(candidate([{ text: 'I cannot do that.' }], reason))).toBe(fault)
  })

  it.each([
    ['no JSON', undefined, 'bad-answer'],
    ['an array', [], 'bad-answer'],
    ['nothing in it', {}, 'bad-answer'],
    ['no candidate', { candidates: [] }, 'bad-answer'],
    ['a candidate without anything', { candidates: [{}] }, 'vendor-failed'],
    ['parts that are none', { candidates: [{ content: { parts: 'x' } }] }, 'vendor-failed'],
    ['a picture that is text', candidate([{ inlineData: { mimeType: 'image/png', data: '!!!!' } }]), 'bad-output'],
    ['a picture without bytes', candidate([{ inlineData: { mimeType: 'image/png', data: '' } }]), 'bad-output'],
  ])('may be anything: %s', (_, json, fault) => {
    expect(faultOf(json)).toBe(fault)
  })
})
