/**
 * Makes what the route's model needs beside photo and script, one part a run: the speech, in a voice vendor's voice where there is
 * one, else in ours; and a film of the photo speaking it, for a model that follows one.
 */
import { askVoice } from '../ask-voice.ts'
import { commitStep } from '../commit-step.ts'
import { makeHere } from '../make-here.ts'
import { spokenBy } from '../material.ts'
import { afterPreparation, nextPreparation, type Preparation } from '../preparations.ts'
import { openAttempt, type RunStep } from './step.ts'

export const prepare: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt } = open
  const need = nextPreparation(parts, work, open.model, attempt.calls)
  const next = (made: Preparation) => afterPreparation(parts, work, open, made)
  const { finisher } = parts
  switch (need) {
    case 'voice':
      return askVoice(parts, work, open, signal)
    case 'speech':
      return makeHere(
        parts,
        work,
        open,
        {
          name: need,
          phase: 'prepare',
          next: next(need),
          async make(request, context) {
            const { speech, words, seconds } = await finisher.speak(request, context)
            return { files: { speech, words }, keeps: { seconds } }
          },
        },
        signal,
      )
    case 'words':
      return makeHere(
        parts,
        work,
        open,
        {
          name: need,
          phase: 'prepare',
          next: next(need),
          async make(request, context) {
            const spoken = await spokenBy(parts.media, attempt.calls)
            if (!spoken) throw new Error(`attempt ${attempt.id} times words that nobody spoke`)
            const { words, seconds } = await finisher.timeWords(request, spoken, context)
            return { files: { words }, keeps: { seconds } }
          },
        },
        signal,
      )
    case 'performance':
      return makeHere(
        parts,
        work,
        open,
        {
          name: need,
          phase: 'prepare',
          next: next(need),
          async make(request, context) {
            const spoken = await spokenBy(parts.media, attempt.calls)
            const { video, speech, words, seconds } = await finisher.perform(request, spoken, context)
            return { files: { video, speech, words }, keeps: { seconds } }
          },
        },
        signal,
      )
    case null:
      await commitStep(parts, work, { changes: {}, next: { step: 'start', runsHere: open.model.runsHere } })
  }
}
