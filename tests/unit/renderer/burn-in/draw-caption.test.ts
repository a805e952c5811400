import { describe, expect, it } from '@jest/globals'
import { type ChosenFonts, chooseFonts } from '../../../../src/renderer/burn-in/choose-fonts.ts'
import { type CaptionBitmap, drawCaption, loadFonts } from '../../../../src/renderer/burn-in/draw-caption.ts'
import { fontDir } from '../../../support/photos.ts'

async function fontsOf(text: string): Promise<ChosenFonts> {
  const fonts = await chooseFonts(text, 'und', fontDir)
  await loadFonts(fonts.files)
  return fonts
}

async function draw(lines: readonly string[], maxWidth = 2000): Promise<CaptionBitmap> {
  const { description } = await fontsOf(lines.join(''))
  return drawCaption(lines, { font: description, fontPixels: 40, maxWidth })
}

/** Ink of each column: what the white letters add. */
function inkOf({ width, height, add }: CaptionBitmap): number[] {
  return Array.from({ length: width }, (_, x) => {
    let sum = 0
    for (let y = 0; y < height; y++) sum += add[y * width + x]! > 60 ? add[y * width + x]! : 0
    return sum
  })
}

/** Columns from the first to the last letter. */
function lettersOf(bitmap: CaptionBitmap): number[] {
  const ink = inkOf(bitmap)
  return ink.slice(
    ink.findIndex((sum) => sum > 0),
    ink.findLastIndex((sum) => sum > 0) + 1,
  )
}

/** Pearson's, over the length of the shorter. */
function likeness(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  const mean = (values: readonly number[]) => values.slice(0, length).reduce((sum, value) => sum + value, 0) / length
  const [ma, mb] = [mean(a), mean(b)]
  let [both, aa, bb] = [0, 0, 0]
  for (let i = 0; i < length; i++) {
    both += (a[i]! - ma) * (b[i]! - mb)
    aa += (a[i]! - ma) ** 2
    bb += (b[i]! - mb) ** 2
  }
  return both / Math.sqrt(aa * bb)
}

describe('a caption', () => {
  it('is white letters on a translucent dark box with round corners', async () => {
    const { width, height, keep, add, keepChroma, addChroma } = await draw(['Hello there'])
    expect([width % 2, height % 2]).toEqual([0, 0])
    expect(Math.max(...add)).toBe(235)
    expect(keep[0]).toBe(256)
    expect(add[0]).toBe(0)
    const edge = (height >> 1) * width + 4
    expect(keep[edge]! / 256).toBeCloseTo(0.4, 1)
    expect(add[edge]).toBeLessThan(16)
    expect(keepChroma.length).toBe(keep.length / 4)
    // Grey stays grey: what is taken of a chroma sample is given back as 128.
    for (const [i, kept] of keepChroma.entries()) {
      expect(Math.abs(((128 * kept + 128) >> 8) + addChroma[i]! - 128)).toBeLessThanOrEqual(1)
    }
  })

  it('is as high for letters that hang low as for letters that do not', async () => {
    const heights = await Promise.all(['moon', 'going', 'Hill'].map(async (text) => (await draw([text])).height))
    expect(new Set(heights).size).toBe(1)
    expect((await draw(['moon', 'going'])).height).toBeGreaterThan(heights[0]! + 40)
  })

  it('shrinks its letters rather than grow wider than it may', async () => {
    const wide = await draw(['The quick brown fox jumps over the lazy dog'])
    const held = await draw(['The quick brown fox jumps over the lazy dog'], 500)
    expect(wide.width).toBeGreaterThan(700)
    expect(held.width).toBeLessThanOrEqual(502)
    expect(held.width).toBeGreaterThan(440)
    expect(held.height).toBeLessThan(wide.height)
  })

  it('shows signs that mean something in markup', async () => {
    const [plain, marked] = [await draw(['a b c']), await draw(['a <b> & c'])]
    expect(lettersOf(marked).length).toBeGreaterThan(lettersOf(plain).length * 1.5)
  })

  it('joins Arabic letters', async () => {
    const joined = lettersOf(await draw(['ههههه']))
    const apart = lettersOf(await draw(['ه\u200cه\u200cه\u200cه\u200cه']))
    expect(joined.filter((sum) => sum === 0)).toHaveLength(0)
    expect(apart.filter((sum) => sum === 0).length).toBeGreaterThan(4)
  })

  it('sets an Arabic line from right to left and its numbers from left to right', async () => {
    const latin = lettersOf(await draw(['YouTube']))
    const mixed = lettersOf(await draw(['\u200fYouTube هو موقع']))
    expect(likeness([...latin].reverse(), [...mixed].reverse())).toBeGreaterThan(0.95)
    expect(likeness(latin, mixed)).toBeLessThan(0.7)
    const number = lettersOf(await draw(['2026']))
    expect(likeness(number, lettersOf(await draw(['في عام 2026'])))).toBeGreaterThan(0.95)
  })

  it('makes one letter of a Hindi conjunct and puts a short i before its consonant', async () => {
    const conjunct = lettersOf(await draw(['क्षक्षक्ष'])).length
    const apart = lettersOf(await draw(['क्\u200cषक्\u200cषक्\u200cष'])).length
    expect(conjunct).toBeLessThan(apart * 0.8)
    const consonant = lettersOf(await draw(['क']))
    const withVowel = lettersOf(await draw(['कि']))
    expect(likeness([...consonant].reverse().slice(8), [...withVowel].reverse().slice(8))).toBeGreaterThan(
      likeness(consonant.slice(8), withVowel.slice(8)),
    )
  })

  it('has a picture for an emoji, of one piece where it is a sequence', async () => {
    const family = lettersOf(await draw(['👨‍👩‍👧'])).length
    const person = lettersOf(await draw(['👨'])).length
    expect(family).toBeLessThan(1.5 * person)
  })
})
