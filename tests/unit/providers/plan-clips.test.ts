import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { sentSeconds } from '../../../src/providers/model.ts'
import { clipMarginSeconds, planClips } from '../../../src/providers/plan-clips.ts'

const clipSeconds = [4, 6, 8]
const room = 8 - clipMarginSeconds
/** A calm speaker: 14 letters a second. */
const plan = (script: string, speechSeconds = script.length / 14) => planClips({ clipSeconds, speechSeconds, script })
const texts = (script: string, speechSeconds?: number) => plan(script, speechSeconds).map(({ text }) => text)
const lettersIn = (text: string) => [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length
const withoutBlanks = (text: string) => text.replaceAll(/\s+/g, '')

describe('a script in clips', () => {
  it('is one clip where it fits, as long as it needs', () => {
    expect(plan('Hello from me.', 1.2)).toMatchObject([{ text: 'Hello from me.', seconds: 4 }])
    expect(plan('Hello from me.', 1.2)[0]?.speechSeconds).toBeCloseTo(1.2)
    expect(plan('Hello from me.', 3.6)[0]?.seconds).toBe(6)
    expect(plan('Hello from me.', 7.5)[0]?.seconds).toBe(8)
  })

  it.each([
    ['Our shop opens on Monday at nine in the morning. Come and see the new collection of lamps and chairs. We look forward to it!', 9.5],
    ['Wir haben am Montag ab neun Uhr geöffnet, auch für Sie. Kommen Sie vorbei und sehen Sie sich die neuen Lampen an!', 8.5],
    ['हमारी दुकान सोमवार को सुबह नौ बजे खुलती है और शाम को सात बजे बंद होती है। आइए और नए दीपक देखिए, वे बहुत सुंदर और सस्ते हैं।', 9.5],
    ['متجرنا يفتح يوم الاثنين في الساعة التاسعة صباحا للجميع. هل تريد أن ترى المصابيح الجديدة والكراسي الجميلة عندنا؟ مرحبا بكم دائما في متجرنا الجديد', 10.5],
    ['我们的店星期一早上九点开门，欢迎大家光临参观。请来看看我们新到的灯具和椅子，非常漂亮！期待您的到来，谢谢大家。', 12],
  ])('ends its clips where sentences end: %s', (script, speech) => {
    const clips = texts(script, speech)
    expect(clips.length).toBeGreaterThan(1)
    for (const text of clips.slice(0, -1)) expect(text).toMatch(/[.!?؟।。！]$/)
  }) // biome-ignore format: one script a line

  it('takes no full stop of an abbreviation, a name or a number for the end of a sentence', () => {
    const script =
      'I have been to see Dr. Smith and Mrs. Brown about the 3.5 million that J. Doe left to the U.S. museum, e.g. for its new wing and garden.'
    for (const text of texts(script, 9.5).slice(0, -1)) expect(text).not.toMatch(/(Dr|Mrs|3|J|U\.S|e\.g)\.$/)
  })

  it('cuts a long sentence at a pause if it can, else between words, and leaves no word alone', () => {
    const atPause = texts('When you come to our shop on the corner of the street, you will see a lamp that nobody else has got.', 9)
    expect(atPause[0]).toMatch(/street,$/)
    const noPause = plan('we have everything that you could ever want for the house and the garden and the balcony and the yard today', 7.8)
    expect(noPause).toHaveLength(2)
    for (const { speechSeconds } of noPause) expect(speechSeconds).toBeGreaterThan(1.2)
  }) // biome-ignore format: one script a line

  it('moves words so that a short sentence is not left alone', () => {
    const clips = plan('Thank you. And now we come to the part that all of you have been waiting for, so please be quiet and look at this.', 8.4)
    for (const { speechSeconds } of clips) expect(speechSeconds).toBeGreaterThan(1.2)
    const [sentence, last] = [`${'word '.repeat(18)}end.`, 'Bye.']
    const alone = plan(`${sentence} ${last}`, 7.7)
    for (const { speechSeconds } of alone) expect(speechSeconds).toBeGreaterThan(1.2)
  }) // biome-ignore format: one script a line

  it('cuts runs without blanks between their words, and a word that is longer than any clip between letters', () => {
    const chinese = '这是一个没有任何停顿的非常长的句子因为说话的人不想停下来所以模型必须在词与词之间把它切开'
    const clips = texts(chinese, 14)
    expect(clips.length).toBeGreaterThan(1)
    expect(clips.join('')).toBe(chinese)
    const word = 'a'.repeat(200)
    expect(texts(word, 20).join('')).toBe(word)
    expect(Math.max(...plan(word, 20).map(({ speechSeconds }) => speechSeconds))).toBeLessThanOrEqual(room)
  })

  it('does not begin a clip with the end of a sentence, nor end one with an opening bracket', () => {
    const script =
      '彼は「はい、わかりました。すぐに行きます」と言いました。それから「ありがとう」と言って、静かに部屋を出て行きました。'
    for (const speech of [8, 11, 14, 19]) {
      for (const text of texts(script, speech)) {
        expect(text).not.toMatch(/^[。、」]/)
        expect(text).not.toMatch(/[「（]$/)
      }
    }
  })

  it('loses and reorders nothing, cuts no word, and every clip has room for its words', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-zäöüß]{1,14}[.,!?;:]?["’)]?$/),
      fc.constantFrom('Dr.', '3.5', '—', '„ja“', '1985', '你好，世界。', 'สวัสดีครับ', '"Yes!"', '…', 'naïve', '🙂'),
    )
    const script = fc
      .array(fc.tuple(word, fc.constantFrom(' ', '  ', '\n', '\t ')), { minLength: 1, maxLength: 150 })
      .map((words) => words.flat().join(''))
    fc.assert(
      fc.property(script, fc.double({ min: 0.4, max: 60, noNaN: true }), (text, speech) => {
        const clips = plan(text, speech)
        expect(withoutBlanks(clips.map((clip) => clip.text).join(''))).toBe(withoutBlanks(text))
        for (const clip of clips) {
          expect(clip.text).toBe(clip.text.trim())
          expect(clip.text).not.toBe('')
          expect(clipSeconds).toContain(clip.seconds)
          // What is one letter to a reader cannot be cut, however long it takes.
          if (lettersIn(clip.text) > 1) expect(clip.speechSeconds + clipMarginSeconds).toBeLessThanOrEqual(clip.seconds + 1e-9)
        }
        expect(clips.reduce((sum, clip) => sum + clip.speechSeconds, 0)).toBeLessThanOrEqual(speech + 1e-6)
        const whole = new Set(text.match(/\S+/g))
        if (/^[a-z\s.,]*$/.test(text) && text.length * 0.5 > speech) {
          for (const clip of clips) for (const part of clip.text.split(/\s+/)) expect(whole.has(part)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  }) // biome-ignore format: one check a line

  it('is asked for, and paid, as it is planned', () => {
    const model = { clipSeconds, seconds: { min: 1, max: 60 } }
    const script =
      'One sentence of some length is here. Another one follows it, a little longer than the first. And a third.'
    const planned = plan(script, 9)
    expect(sentSeconds(model, 9, script)).toBe(planned.reduce((sum, { seconds }) => sum + seconds, 0))
    expect(sentSeconds(model, 9)).toBeLessThanOrEqual(sentSeconds(model, 9, script))
    expect(sentSeconds(model, 2)).toBe(4)
    expect(sentSeconds(model, 7.5, script)).toBe(8)
  })
})
