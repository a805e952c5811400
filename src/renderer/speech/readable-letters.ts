import type { EspeakVoice } from './espeak-voices.ts'
import { notSpeakable } from './speakable.ts'

const maximumShown = 5

/**
 * Refuses letters that the voice does not read: the engine would say "letter" in English, or nothing, for each. Latin is read by every
 * voice (the others read it in English), single Greek letters too, as signs.
 * @throws Failure `INVALID_REQUEST` with reason `script-not-speakable`
 */
export function requireReadableBy({ name, scripts }: EspeakVoice, clean: string): void {
  const read = ['Latin', 'Greek', 'Common', 'Inherited', ...scripts].map((script) => `\\p{Script=${script}}`).join('')
  const foreign = clean.match(new RegExp(`(?![${read}])\\p{L}`, 'gu')) ?? []
  if (foreign.length > 0) {
    const shown = [...new Set(foreign)].slice(0, maximumShown).join(' ')
    throw notSpeakable(
      `This voice (${name}) cannot read: ${shown}`,
      'Leave these letters out, or write them as they sound.',
    )
  }
  if (!/[\p{L}\p{N}]/u.test(clean)) {
    throw notSpeakable('The script has no words to speak.', 'Write at least one word; emoji are not spoken.')
  }
}
