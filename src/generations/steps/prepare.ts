/**
 * Makes what the route's model needs beside photo and script, one part a run: the speech, in a voice vendor's voice where there is
 * one, else in ours; and a film of the photo speaking it, for a model that follows one.
 */
import { askVoice } from '../ask-voice.ts'
import { commitStep } from '../commit-step.ts'
import { type HouseWork, makeHere } from '../make-here.ts'
import { spokenBy } from '../material.ts'
import { afterPreparation, nextPreparation, type Preparation } from '../preparations.ts'
import type { Call } from '../work.ts'
import { openAttempt, type RunStep, type StepParts } from './step.ts'

export const prepare: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, model } = open
  const need = nextPreparation(parts, work, model, attempt.calls)
  switch (need) {
    case null:
      await commitStep(parts, work, { changes: {}, next: { step: 'start', runsHere: model.runsHere } })
      return
    case 'voice':
      return askVoice(parts, work, open, signal)
    default: {
      const next = afterPreparation(parts, work, open, need)
      const make = makersOf(parts, attempt.calls)[need]
      return makeHere(parts, work, open, { name: need, phase: 'prepare', make, next }, signal)
    }
  }
}

function makersOf(
  { finisher, media }: Pick<StepParts, 'finisher' | 'media'>,
  calls: readonly Call[],
): Readonly<Record<Exclude<Preparation, 'voice'>, HouseWork['make']>> {
  return {
    async speech(request, context) {
      const { speech, words, seconds } = await finisher.speak(request, context)
      return { files: { speech, words }, keeps: { seconds } }
    },
    async words(request, context) {
      const spoken = await spokenBy(media, calls)
      if (!spoken) throw new Error('the words of a speech are to be timed that nobody spoke')
      const { words, seconds } = await finisher.timeWords(request, spoken, context)
      return { files: { words }, keeps: { seconds } }
    },
    async performance(request, context) {
      const spoken = await spokenBy(media, calls)
      const { video, speech, words, seconds } = await finisher.perform(request, spoken, context)
      return { files: { video, speech, words }, keeps: { seconds } }
    },
  }
}
