import { describe, expect, it } from '@jest/globals'
import { createPngScale } from '../../../src/media/png-ballast.ts'
import { apngControl, apngFrames, blackRows, pngChunk, pngFile, pngHeader, zTxt } from '../../hostile/build-png.ts'

const size = { width: 10, height: 10 }
const file = (...between: Buffer[]) =>
  pngFile(pngHeader(size), ...between, pngChunk('IDAT', blackRows(10, 10)), pngChunk('tEXt', Buffer.from('a\0b')))

function weigh(bytes: Buffer, step: number): boolean {
  const scale = createPngScale()
  for (let at = 0; at < bytes.length; at += step) scale.add(bytes.subarray(at, at + step))
  return scale.tooHeavy()
}

describe('the scale for what a PNG carries', () => {
  it.each([1, 3, 7, 8, 9, 1000, 65_536])('counts the same in pieces of %i bytes', (step) => {
    const megabyte = 1024 * 1024 - Buffer.from('Comment\0\0').length
    expect(weigh(file(zTxt(Buffer.alloc(megabyte))), step)).toBe(false)
    expect(weigh(file(zTxt(Buffer.alloc(megabyte + 1))), step)).toBe(true)
  })

  it('adds up what comes in many small pieces', () => {
    expect(weigh(file(...new Array(100).fill(zTxt(Buffer.alloc(20_000)))), 4096)).toBe(true)
    expect(weigh(file(...new Array(1997).fill(pngChunk('tEXt'))), 4096)).toBe(false)
    expect(weigh(file(...new Array(1998).fill(pngChunk('tEXt'))), 4096)).toBe(true)
  })

  it('minds neither many pixels nor many frames', () => {
    const frames = apngFrames(5000, size, blackRows(10, 10))
    expect(weigh(file(apngControl(5000), frames, pngChunk('IDAT', Buffer.alloc(3_000_000))), 4096)).toBe(false)
  })
})
