/** What Runway's models do otherwise than asked. */
import type { AskedSettings, SettingAdjustment } from './provider.ts'
import { audioAvatar, performer } from './runway-models.ts'
import { presetVoice, toRatio } from './runway-wire.ts'

/** What the API takes where a request does not say; whoever asked for nothing else is told nothing. */
const usualStrength = 0.8

export function runwayAdjustments(
  asked: AskedSettings,
  genderOf: (voice: string) => 'female' | 'male' | null,
): readonly SettingAdjustment[] {
  const common = [
    asked.photo.face !== 0 && {
      setting: 'face',
      asked: asked.photo.face,
      used: null,
      why: 'This provider chooses by itself which face speaks.',
    },
    asked.noiseReduction && {
      setting: 'background_noise_reduction',
      asked: true,
      used: false,
      why: 'This provider has no such setting.',
    },
    asked.burnSubtitles && {
      setting: 'burn_subtitles',
      asked: true,
      used: false,
      why: 'This provider does not write into the picture.',
    },
  ]
  const own = asked.model === performer ? ofPerformer(asked) : ofAvatar(asked)
  const speech = asked.model === performer || asked.model === audioAvatar ? [] : ofItsVoice(asked, genderOf)
  return [...speech, ...own, ...common].filter((adjustment) => adjustment !== false)
}

type Told = readonly (SettingAdjustment | false)[]

/** The performance is our renderer's: only the shape and size of the picture are theirs. */
function ofPerformer({ aspectRatio, photo, quality }: AskedSettings): Told {
  return [
    aspectRatio === null && {
      setting: 'aspect_ratio',
      asked: null,
      used: toRatio({ aspectRatio, photo }),
      why: "This provider knows six shapes; this one is the nearest to the photo's own.",
    },
    quality !== 'economy' && {
      setting: 'quality',
      asked: quality,
      used: '720p',
      why: 'This provider makes pictures of about a megapixel, whatever is asked for.',
    },
  ]
}

function ofAvatar({ aspectRatio, quality, lipSync, facialAnimationStrength }: AskedSettings): Told {
  return [
    aspectRatio !== null && {
      setting: 'aspect_ratio',
      asked: aspectRatio,
      used: null,
      why: 'This provider chooses the shape of its picture by itself.',
    },
    quality !== 'standard' && {
      setting: 'quality',
      asked: quality,
      used: null,
      why: 'This provider makes one quality only.',
    },
    !lipSync && {
      setting: 'lip_sync_enabled',
      asked: false,
      used: true,
      why: 'The lips of its avatars always move with the speech.',
    },
    facialAnimationStrength !== usualStrength && {
      setting: 'facial_animation_strength',
      asked: facialAnimationStrength,
      used: null,
      why: 'This provider moves the face as it sees fit.',
    },
  ]
}

function ofItsVoice(
  { voice, language, speed, pitchSemitones, audioEnhancement }: AskedSettings,
  genderOf: (voice: string) => 'female' | 'male' | null,
): Told {
  const why = "The voice is the provider's own and is taken as it comes."
  return [
    {
      setting: 'voice',
      asked: voice,
      used: presetVoice(genderOf(voice)),
      why: 'This provider speaks with voices of its own.',
    },
    language !== 'en' && {
      setting: 'language',
      asked: language,
      used: null,
      why: 'This provider is told the words, not the language, and names none that it speaks.',
    },
    speed !== 1 && { setting: 'voice_settings.speed', asked: speed, used: 1, why },
    pitchSemitones !== 0 && { setting: 'voice_settings.pitch', asked: pitchSemitones, used: 0, why },
    audioEnhancement && { setting: 'audio_enhancement', asked: true, used: false, why },
  ]
}
