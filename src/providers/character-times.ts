/** The times at which the letters of a script are spoken, as a cloud voice tells them: the content of a 'characters' output. */
import { z } from 'zod'

/** Three lists of one length: each character of the script as it was sent, with seconds from the start of the speech. */
export const characterTimes = z.strictObject({
  characters: z.array(z.string()),
  startSeconds: z.array(z.number().nonnegative()),
  endSeconds: z.array(z.number().nonnegative()),
})

export type CharacterTimes = z.output<typeof characterTimes>
