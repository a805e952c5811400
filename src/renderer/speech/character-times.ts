import { z } from 'zod'
import type { WordTiming } from '../ports.ts'

/** When each character of a text is said, seconds from the start: three lists of one length, as a cloud voice tells them. */
const characterTimes = z.object({
  characters: z.array(z.string()),
  startSeconds: z.array(z.number().nonnegative()),
  endSeconds: z.array(z.number().nonnegative()),
})

export type CharacterTimes = z.output<typeof characterTimes>

/** A letter or digit that is said, lower case and without accents, with its time. */
export interface TimedLetter {
  readonly letter: string
  readonly startMs: number
  readonly endMs: number
}

/** Times may overlap by so much and reach so far beyond the end before they are not believed. */
const slackSeconds = 0.25
/** Words that are written otherwise than they are said (normalised numbers) may be missing. */
const leastFound = 0.8

/** @returns null for what is no CharacterTimes */
export function readCharacterTimes(json: unknown): CharacterTimes | null {
  const read = characterTimes.safeParse(json).data
  const isWhole =
    read?.startSeconds.length === read?.characters.length && read?.endSeconds.length === read?.characters.length
  return read && isWhole ? read : null
}

/**
 * The timed letters of each word, in order; undefined for a word that is not found among them.
 * @returns null where the times are not those of these words in a sound of that length
 */
export function findLetters(
  words: readonly WordTiming[],
  { characters, startSeconds, endSeconds }: CharacterTimes,
  soundSeconds: number,
): readonly (readonly TimedLetter[] | undefined)[] | null {
  let latest = 0
  for (const [index, start] of startSeconds.entries()) {
    if (start < latest - slackSeconds || endSeconds[index]! < start - slackSeconds) return null
    latest = Math.max(latest, endSeconds[index]!)
  }
  if (latest > soundSeconds + slackSeconds) return null
  const letters = characters.flatMap((character, index) =>
    lettersOf(character).map((letter) => ({
      letter,
      startMs: startSeconds[index]! * 1000,
      endMs: endSeconds[index]! * 1000,
    })),
  )
  let cursor = 0
  const found = words.map(({ word }) => {
    const wanted = lettersOf(word)
    const at = wanted.length === 0 ? -1 : findRun(letters, wanted, cursor)
    if (at === -1) return undefined
    cursor = at + wanted.length
    return letters.slice(at, cursor)
  })
  return found.filter((each) => each !== undefined).length >= leastFound * words.length ? found : null
}

function lettersOf(text: string): readonly string[] {
  return [...text.normalize('NFKD').toLowerCase()].filter((letter) => /[\p{L}\p{N}]/u.test(letter))
}

/** How many letters may lie between two words that are found again. */
const farthestJump = 120

function findRun(letters: readonly TimedLetter[], wanted: readonly string[], from: number): number {
  const last = Math.min(letters.length - wanted.length, from + farthestJump)
  for (let at = from; at <= last; at++) if (wanted.every((letter, i) => letters[at + i]!.letter === letter)) return at
  return -1
}
