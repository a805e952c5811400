/**
 * Media for the sandbox in which the photo really speaks the script: the project's own renderer makes them. A vendor's film is as
 * long as was asked for; after the last word the picture stands still.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseVoice } from '../src/generations/choose-voice.ts'
import { primaryLanguage } from '../src/generations/language.ts'
import { createRenderProcess } from '../src/renderer/render-process.ts'
import { createSpeaker } from '../src/renderer/speech/create-speaker.ts'
import { scoreLanguages } from '../src/renderer/speech/score-languages.ts'
import { audioMarginSeconds, createFfmpegMedia, lengthOf, runFfmpeg, spoil } from '../src/sandbox/ffmpeg-media.ts'
import type { MakeMedia, MediaRequest } from '../src/sandbox/media-maker.ts'

export interface SpeakingMediaOptions {
  readonly ffmpegPath: string
  /** Told why a film came without speech: no face in the photo, a language that nobody speaks. */
  readonly onFallback: (why: string) => void
}

/** The renderer's own bound; the contract goes further. */
const mostSemitones = 12

export function openSpeakingMedia({ ffmpegPath, onFallback }: SpeakingMediaOptions): {
  makeMedia: MakeMedia
  close(): Promise<void>
} {
  const asset = (path: string) => fileURLToPath(new URL(`../assets/${path}`, import.meta.url))
  const renderer = createRenderProcess({
    entry: new URL('../dist/renderer/render-child.js', import.meta.url),
    modelDir: asset('face'),
    fontDir: asset('fonts'),
    ffmpegPath,
    niceness: 10,
    spares: 1,
  })
  const plain = createFfmpegMedia({ ffmpegPath })
  const { voices } = createSpeaker()
  const speech = { voices, languageScores: (text: string) => scoreLanguages(text) }

  const speak = async (request: MediaRequest): ReturnType<MakeMedia> => {
    const { directory, script, width, height, signal } = request
    const { voice } = await chooseVoice(script, { language: null, voice: null }, speech)
    const photoPath = join(directory, 'photo')
    const tempDir = join(directory, 'render')
    await mkdir(tempDir)
    await writeFile(photoPath, request.photo)
    const spoken = join(directory, 'spoken.mp4')
    const thumbnail = join(directory, 'thumbnail.jpg')
    const job = {
      photoPath,
      face: 0,
      script,
      voice: voice.id,
      speed: request.voice.speed,
      pitchSemitones: Math.max(-mostSemitones, Math.min(mostSemitones, request.voice.pitch)),
      lipSync: request.lipSync,
      animationStrength: request.animationStrength,
      audioEnhancement: true,
      burnSubtitles: false,
      language: primaryLanguage(voice.language),
      shortSide: Math.min(width, height),
      fps: request.fps,
      maxKilobitsPerSecond: request.maxKilobitsPerSecond,
      aspectRatio: width / height,
      // Longer speech is cut off below, as a vendor would.
      maxSeconds: 600,
      seed: 1,
      outputPath: spoken,
      thumbnailPath: thumbnail,
      wordsPath: join(directory, 'words.json'),
      tempDir,
      metadata: { comment: 'Synthetic media: made by the sandbox' },
    }
    await renderer.render(job, { signal })
    const video = join(directory, 'video.mp4')
    await runFfmpeg(ffmpegPath, fillArguments(request, spoken, video), signal)
    return { video, thumbnail }
  }

  return {
    makeMedia: async (request) => {
      // The sound or the performance is there already; nobody needs to speak.
      if (request.speech || request.performance) return plain(request)
      try {
        return await spoil({ request, ffmpegPath }, await speak(request))
      } catch (error) {
        request.signal.throwIfAborted()
        onFallback(error instanceof Error ? error.message : String(error))
        return plain(request)
      }
    },
    close: () => renderer.close(),
  }
}

/** Holds the last picture and silence until the film is as long as it was to be. */
function fillArguments(request: MediaRequest, spoken: string, video: string): string[] {
  const seconds = lengthOf(request)
  const sound = `apad,atrim=0:${seconds - audioMarginSeconds}`
  const hold = ['-vf', `tpad=stop_mode=clone:stop_duration=${seconds}`, '-af', sound]
  return [
    '-i', spoken, ...hold, '-t', String(seconds), '-map_metadata', '0',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '22', '-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart', video,
  ] // biome-ignore format: one line reads as the command it is
}
