import { readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { chooseFonts } from '../../../../src/renderer/burn-in/choose-fonts.ts'
import { readCoverage } from '../../../../src/renderer/burn-in/font-coverage.ts'
import { captionFonts } from '../../../../src/renderer/burn-in/font-list.ts'
import { fontDir } from '../../../support/photos.ts'

const filesFor = async (text: string, language = 'en') =>
  (await chooseFonts(text, language, fontDir)).files.map((file) => basename(file, '-semi-bold.ttf'))

describe('the fonts of captions', () => {
  it('are all there, with their licence, and no others', () => {
    const shipped = readdirSync(fontDir).filter((name) => name.endsWith('.ttf'))
    expect(captionFonts.map(({ file }) => file).sort()).toEqual(shipped.sort())
    expect(readdirSync(fontDir)).toEqual(expect.arrayContaining(['OFL.txt', 'NOTICE', 'fonts.conf']))
    const bytes = readdirSync(fontDir).reduce((sum, name) => sum + statSync(join(fontDir, name)).size, 0)
    expect(bytes).toBeLessThan(20e6)
  })

  it.each([
    ['en', 'It costs 5 €, isn’t it “fine”?', ['noto-sans']],
    ['vi', 'Bức ảnh này bây giờ có thể nói được', ['noto-sans']],
    ['ru', 'Эта фотография говорит по-русски', ['noto-sans']],
    ['ar', 'مرحباً، كيف حالك؟ 25 نوفمبر', ['noto-sans-arabic', 'noto-sans']],
    ['hi', 'क्षत्रिय, हिन्दी, विद्यार्थी।', ['noto-sans-devanagari', 'noto-sans']],
    ['ja', '今日は「東京」へ。髙橋さん、YouTube！', ['noto-sans-jp', 'noto-sans']],
    ['zh', '你好，这张照片。臺灣繁體', ['noto-sans-sc', 'noto-sans']],
    ['ko', '안녕하세요! 뷁', ['noto-sans-kr', 'noto-sans']],
    ['en', 'Party 🎉👍🏽', ['noto-sans', 'noto-emoji']],
  ])('are the fewest that show the text (%s, %s)', async (language, text, files) => {
    expect(await filesFor(text, language)).toEqual(files)
  })

  it('draw Chinese letters as their language does', async () => {
    expect(await filesFor('東京', 'ja')).toContain('noto-sans-jp')
    expect(await filesFor('北京', 'zh-CN')).toContain('noto-sans-sc')
    expect(await filesFor('北京 ひらがな', 'und')).toContain('noto-sans-jp')
  })

  it('refuse letters that none of them has, by the name of the writing', async () => {
    await expect(chooseFonts('ᠮᠣᠩᠭᠣᠯ and ᏣᎳᎩ', 'mn', fontDir)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      status: 422,
      reason: 'subtitles-unsupported',
      message: expect.stringContaining('Mongolian'),
      hint: expect.stringContaining('burn_subtitles'),
      extra: { scripts: ['Mongolian', 'Cherokee'] },
    })
    await expect(chooseFonts('人 𪚥', 'zh', fontDir)).rejects.toMatchObject({ extra: { scripts: ['Han'] } })
  })

  it('leave out signs that none of them has, and nothing else', async () => {
    const { clean } = await chooseFonts('a \u{1f800} b 1️⃣ ❤️ می‌تواند', 'en', fontDir)
    expect(clean('a \u{1f800} b 1️⃣ ❤️ می‌تواند')).toBe('a b 1 ❤ می‌تواند')
  })
})

describe('what a font covers', () => {
  it('is read from the short and from the long kind of map', async () => {
    const plain = await readCoverage(join(fontDir, 'noto-sans-semi-bold.ttf'))
    expect(['A', 'ß', 'Ж', '€'].map((each) => plain(each.codePointAt(0)!))).toEqual([true, true, true, true])
    expect(['今', 'م', '🎉'].map((each) => plain(each.codePointAt(0)!))).toEqual([false, false, false])
    const emoji = await readCoverage(join(fontDir, 'noto-emoji-semi-bold.ttf'))
    expect(emoji(0x1f389)).toBe(true)
  })

  it('is no guess for a file that is no font', async () => {
    const path = join(tmpdir(), `no-font-${process.pid}.ttf`)
    await writeFile(path, 'this is not a font at all')
    await expect(readCoverage(path)).rejects.toThrow(RangeError)
  })
})
