import type { TimedScript, TimedWord } from './time-script.ts'

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const letter = /\p{L}/u
const rightToLeftMark = '\u200f'

/** Whether most letters of a script are written from right to left. */
export function isRightToLeft({ words }: TimedScript): boolean {
  const letters = [...words.map(({ text }) => text).join('')].filter((each) => letter.test(each))
  return letters.filter((each) => rightToLeft.test(each)).length * 2 > letters.length
}

/**
 * What goes before a line so that it is set in the script's direction: players and Pango take the direction from the
 * first letter, which in an Arabic sentence may be that of a Latin name.
 */
export function directionMark(line: readonly TimedWord[], rtl: boolean): string {
  const first = line
    .map(({ text }) => text)
    .join('')
    .match(letter)?.[0]
  return rtl && first !== undefined && !rightToLeft.test(first) ? rightToLeftMark : ''
}

/** The words of a line as they are shown, each with the blank after it: line breaks of the script are blanks here. */
export function shownWords(line: readonly TimedWord[]): readonly TimedWord[] {
  return line.map((word, i) => {
    const text = word.text.replace(/\s*[\n\r\u2028\u2029]\s*/gu, ' ')
    const from = i === 0 ? text.trimStart() : text
    return { ...word, text: i === line.length - 1 ? from.trimEnd() : from }
  })
}

/** A line as plain text. */
export function lineText(line: readonly TimedWord[], rtl: boolean): string {
  return (
    directionMark(line, rtl) +
    shownWords(line)
      .map(({ text }) => text)
      .join('')
  )
}
