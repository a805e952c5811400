import { buildCues, type Cue } from '../../captions/build-cues.ts'
import { isRightToLeft, lineText } from '../../captions/line-text.ts'
import type { TimedScript } from '../../captions/time-script.ts'
import type { Face } from '../ports.ts'
import { type Covered, layCaption } from './caption-overlay.ts'
import { chooseFonts } from './choose-fonts.ts'
import { type CaptionBitmap, drawCaption, loadFonts } from './draw-caption.ts'
import { type PictureSize, placeCaptions } from './place-captions.ts'

/** Captions that are laid over frames as they go by, and taken off before a frame is drawn over. */
export interface CaptionBurner {
  /** Lays the caption of the time `atMs` over the frame, if there is one. */
  lay(frame: Uint8Array, atMs: number): Promise<void>
  /** Gives a frame back what it had before `lay`. */
  lift(frame: Uint8Array): void
}

export interface CaptionRequest {
  readonly script: TimedScript
  /** BCP 47; decides how Chinese letters are drawn. */
  readonly language: string
  readonly picture: PictureSize
  /** The face in the picture, whose mouth is to stay free. */
  readonly face: Face | null
}

/**
 * Every caption is drawn once, a moment before it is needed, so a long clip holds two of them and no more.
 * @param fontDir assets/fonts
 * @throws Failure as chooseFonts
 */
export async function createCaptionBurner(
  { script, language, picture, face }: CaptionRequest,
  fontDir: string,
): Promise<CaptionBurner> {
  const text = script.words.map((word) => word.text).join('')
  const fonts = await chooseFonts(text, language, fontDir)
  await loadFonts(fonts.files)
  const { fontPixels, maxWidth, limits, edge, y } = placeCaptions(picture, face)
  const rtl = isRightToLeft(script)
  const cues = buildCues(script, limits)
  const draw = (cue: Cue) => {
    const lines = cue.lines.map((line) => fonts.clean(lineText(line, rtl)).trim()).filter((line) => line !== '')
    return lines.length === 0 ? null : drawCaption(lines, { font: fonts.description, fontPixels, maxWidth })
  }
  const drawn = new Map<number, Promise<CaptionBitmap> | null>()
  const drawnCue = (index: number) => {
    const cue = cues[index]
    if (!cue || drawn.has(index)) return drawn.get(index) ?? null
    const bitmap = draw(cue)
    // Met when its time comes; until then it must not count as unhandled.
    bitmap?.catch(() => {})
    drawn.set(index, bitmap)
    return bitmap
  }
  const covered = new Map<number, Covered>()
  let current = 0
  drawnCue(0)

  return {
    async lay(frame, atMs) {
      while (current < cues.length && cues[current]!.endMs <= atMs) drawn.delete(current++)
      const cue = cues[current]
      if (!cue || cue.startMs > atMs) return
      const bitmap = await drawnCue(current)
      drawnCue(current + 1)
      if (!bitmap) return
      const left = 2 * Math.floor((picture.width - bitmap.width) / 4)
      const top = 2 * Math.floor((edge === 'bottom' ? y - bitmap.height : y) / 2)
      covered.set(frame.byteOffset, layCaption(frame, picture.width, picture.height, bitmap, left, top))
    },
    lift(frame) {
      covered.get(frame.byteOffset)?.restore()
      covered.delete(frame.byteOffset)
    },
  }
}
