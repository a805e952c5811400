/** A script as the calls of an attempt: one for each clip, and what each is told. */
import type { Model } from './model.ts'
import { type PlannedClip, planClips } from './plan-clips.ts'
import type { CallPlan, SpeakingRequest } from './provider.ts'

export function clipsOf(request: SpeakingRequest, model: Model): readonly PlannedClip[] {
  const { script, speechSeconds } = request
  return planClips({ clipSeconds: model.clipSeconds!, speechSeconds, script })
}

export function callOf(clips: readonly PlannedClip[], index: number): CallPlan {
  const { seconds } = clips[index]!
  const whole = clips.reduce((sum, clip) => sum + clip.seconds, 0)
  const before = clips.slice(0, index).reduce((sum, clip) => sum + clip.seconds, 0)
  return { name: `clip-${index + 1}`, seconds, span: [before / whole, (before + seconds) / whole] }
}

/** @throws Error for the name of no clip */
export function indexOfCall(name: string, clips: readonly PlannedClip[]): number {
  const index = Number(/^clip-(\d+)$/.exec(name)?.[1] ?? 0) - 1
  if (!clips[index]) throw new Error(`there is no call ${name}`)
  return index
}

const languageNames = new Intl.DisplayNames('en', { type: 'language' })

/** The words stand in double quotes, as the models know a line that is spoken; there are no other double quotes in it. */
export function clipPrompt(clip: PlannedClip, index: number, request: SpeakingRequest): string {
  const words = clip.text.replaceAll(/["\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02]/g, "'").replaceAll(/\s+/g, ' ')
  const { language, speed, facialAnimationStrength: strength, burnSubtitles } = request
  const pace = speed >= 1.15 ? ' quickly' : speed <= 0.87 ? ' slowly' : ''
  const face = strength < 0.4 ? 'a calm face' : 'a natural, friendly expression'
  return [
    index === 0
      ? 'The person in the picture looks into the camera'
      : 'The person goes on speaking from exactly this moment, in the same voice, and looks into the camera',
    ` and says${pace}${language === 'en' ? '' : ` in ${languageNames.of(language) ?? language}`}: "${words}"`,
    ` They say exactly these words, once, with ${face} and lips in time, then close their mouth and stay still.`,
    ' Fixed camera, one continuous shot; the same framing, light, background and clothes. A clear voice and a quiet room,',
    ` no music and no other voices${burnSubtitles ? '' : ', no subtitles and no text'}.`,
  ].join('')
}
