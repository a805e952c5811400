import { beforeAll, describe, expect, it } from '@jest/globals'
import type { TimedScript } from '../../../../src/captions/time-script.ts'
import { type CaptionBurner, createCaptionBurner } from '../../../../src/renderer/burn-in/burn-captions.ts'
import { fontDir } from '../../../support/photos.ts'

const [width, height] = [640, 360]
const script: TimedScript = {
  words: [
    { text: 'First ', startMs: 200, endMs: 500 },
    { text: 'words. ', startMs: 500, endMs: 1000 },
    { text: 'Then ', startMs: 3000, endMs: 3300 },
    { text: 'others.', startMs: 3300, endMs: 4000 },
  ],
  durationMs: 6000,
}

/** A frame with something in every byte. */
const makeFrame = () => Uint8Array.from({ length: (width * height * 3) / 2 }, (_, i) => 16 + ((i * 31) % 220))
const open = (text = script) =>
  createCaptionBurner({ script: text, language: 'en', picture: { width, height }, face: null }, fontDir)

/** The rectangle of luma that differs. */
function changed(before: Uint8Array, after: Uint8Array): { left: number; top: number; right: number; bottom: number } {
  const area = { left: width, top: height, right: 0, bottom: 0 }
  for (let i = 0; i < width * height; i++) {
    if (before[i] === after[i]) continue
    const [x, y] = [i % width, Math.floor(i / width)]
    area.left = Math.min(area.left, x)
    area.top = Math.min(area.top, y)
    area.right = Math.max(area.right, x + 1)
    area.bottom = Math.max(area.bottom, y + 1)
  }
  return area
}

describe('burning captions in', () => {
  let burner: CaptionBurner
  beforeAll(async () => {
    burner = await open()
  })

  it('shows a caption in its time only, centred, a tenth above the lower edge', async () => {
    const frame = makeFrame()
    await burner.lay(frame, 199)
    expect(Buffer.compare(frame, makeFrame())).toBe(0)
    await burner.lay(frame, 200)
    const area = changed(makeFrame(), frame)
    expect(area.bottom).toBe(0.9 * height)
    expect(area.top).toBeGreaterThan(0.75 * height)
    expect(Math.abs((area.left + area.right) / 2 - width / 2)).toBeLessThanOrEqual(2)
    burner.lift(frame)
    expect(Buffer.compare(frame, makeFrame())).toBe(0)
    await burner.lay(frame, 2500)
    expect(Buffer.compare(frame, makeFrame())).toBe(0)
  })

  it('gives each of several frames back what it had, in any order', async () => {
    const frames = [makeFrame(), makeFrame().reverse(), makeFrame().fill(77)]
    const memory = new Uint8Array(3 * frames[0]!.length)
    const inMemory = frames.map((frame, i) => {
      memory.set(frame, i * frame.length)
      return memory.subarray(i * frame.length, (i + 1) * frame.length)
    })
    for (const [i, frame] of inMemory.entries()) await burner.lay(frame, 3000 + i * 300)
    for (const [i, frame] of inMemory.entries()) expect(Buffer.compare(frame, frames[i]!)).not.toBe(0)
    for (const i of [2, 0, 1]) burner.lift(inMemory[i]!)
    for (const [i, frame] of inMemory.entries()) expect(Buffer.compare(frame, frames[i]!)).toBe(0)
    burner.lift(inMemory[0]!)
    expect(Buffer.compare(inMemory[0]!, frames[0]!)).toBe(0)
  })

  it('lays nothing for words that have nothing to show', async () => {
    const silent = await open({ words: [{ text: '\u{1f800}', startMs: 0, endMs: 900 }], durationMs: 900 })
    const frame = makeFrame()
    await silent.lay(frame, 100)
    expect(Buffer.compare(frame, makeFrame())).toBe(0)
  })

  it('keeps inside the frame and inside the width that is allowed, whatever is said', async () => {
    const words = Array.from({ length: 30 }, (_, i) => ({
      text: `${'W'.repeat(1 + (i % 40))} `,
      startMs: i * 400,
      endMs: (i + 1) * 400,
    }))
    const loud = await open({ words, durationMs: 12_000 })
    for (let ms = 0; ms < 12_000; ms += 400) {
      const frame = makeFrame()
      await loud.lay(frame, ms)
      const area = changed(makeFrame(), frame)
      expect(area.left).toBeGreaterThanOrEqual(0.09 * width)
      expect(area.right).toBeLessThanOrEqual(0.91 * width)
      expect(area.bottom).toBeLessThanOrEqual(0.9 * height)
      loud.lift(frame)
      expect(Buffer.compare(frame, makeFrame())).toBe(0)
    }
  })
})
