/** What Google's models do otherwise than asked: they are told words and a picture, and little else. */
import { type AspectRatio, type Model, sentSeconds } from './model.ts'
import { planClips } from './plan-clips.ts'
import type { AskedSettings, SettingAdjustment } from './provider.ts'

/** Of the two shapes there are, the one that is asked for, or that crops the photo less. */
export function shapeFor({ aspectRatio, photo }: Pick<AskedSettings, 'aspectRatio' | 'photo'>): AspectRatio {
  return aspectRatio ?? (photo.width > photo.height ? '16:9' : '9:16')
}

export function googleAdjustments(asked: AskedSettings, model: Model): readonly SettingAdjustment[] {
  const { speechSeconds, script, voice, language, speed, pitchSemitones, quality, photo } = asked
  const clips = planClips({ clipSeconds: model.clipSeconds!, speechSeconds, script })
  const seconds = sentSeconds(model, speechSeconds, script)
  const told: (SettingAdjustment | false)[] = [
    clips.length > 1
      ? {
          setting: 'voice',
          asked: voice,
          used: null,
          why: `This provider speaks with a voice of its own choice. The video is joined from ${clips.length} clips that are spoken one by one: the voice may vary.`,
        }
      : { setting: 'voice', asked: voice, used: null, why: 'This provider speaks with a voice of its own choice.' },
    seconds > speechSeconds + 1 && {
      setting: 'duration',
      asked: Math.round(speechSeconds * 10) / 10,
      used: seconds,
      why: `This provider makes clips of ${model.clipSeconds!.join(', ')} seconds; their price is for ${seconds} seconds, and what is silent at their ends is cut off.`,
    },
    asked.aspectRatio === null && {
      setting: 'aspect_ratio',
      asked: null,
      used: shapeFor(asked),
      why: 'This provider knows two shapes; it crops the photo to this one.',
    },
    quality !== 'economy' && {
      setting: 'quality',
      asked: quality,
      used: '720p 24/s',
      why: 'Clips of every length are made in this size only, at one price.',
    },
    language !== 'en' && {
      setting: 'language',
      asked: language,
      used: language,
      why: 'This provider is asked for the language in words; it has been tried by its maker in English only.',
    },
    (speed !== 1 || pitchSemitones !== 0) && {
      setting: 'voice_settings',
      asked: { speed, pitch: pitchSemitones },
      used: null,
      why: 'This provider is asked in words to speak faster or slower; the pitch is that of its voice.',
    },
    photo.face !== 0 && {
      setting: 'face',
      asked: photo.face,
      used: null,
      why: 'This provider chooses by itself which face speaks.',
    },
    !asked.lipSync && {
      setting: 'lip_sync_enabled',
      asked: false,
      used: true,
      why: 'This provider always moves the lips with the words.',
    },
    asked.burnSubtitles && {
      setting: 'burn_subtitles',
      asked: true,
      used: false,
      why: 'This provider does not write into the picture.',
    },
    asked.noiseReduction && {
      setting: 'background_noise_reduction',
      asked: true,
      used: false,
      why: 'The sound is the one that the provider makes; its clips are only made equally loud.',
    },
  ]
  return told.filter((adjustment) => adjustment !== false)
}
