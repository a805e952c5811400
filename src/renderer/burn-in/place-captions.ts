import type { CueLimits } from '../../captions/build-cues.ts'
import { outerLips } from '../face/landmarks.ts'
import type { Face } from '../ports.ts'

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** Size and place of captions, for a whole clip, pixels. */
export interface CaptionPlace {
  readonly fontPixels: number
  /** Of a caption with its box. */
  readonly maxWidth: number
  readonly limits: CueLimits
  /** Where the box ends: its lower edge at the bottom, its upper edge at the top. */
  readonly edge: 'bottom' | 'top'
  readonly y: number
}

/** Of the short side: 54 px at 1080 is what broadcasters set; phones are held farther than they are wide. */
const fontShare = 0.05
const portraitFontShare = 0.058
/** Kept free at every side: players lay controls over the rest. */
const safeShare = 0.1
const narrowShare = 0.05
/** An average Latin letter of this weight, in em. */
const letterWidth = 0.56
/** Height of a box of two lines, in em: see draw-caption.ts. */
const boxHeight: Readonly<Record<1 | 2, number>> = { 1: 1.75, 2: 3.05 }

/**
 * At the bottom, a tenth of the height from the edge. Where that would cover the mouth (a face that fills the picture):
 * nearer to the edge, then on one line, then at the top.
 */
export function placeCaptions({ width, height }: PictureSize, face: Face | null): CaptionPlace {
  const fontPixels = Math.round(Math.min(width, height) * (height > width * 1.2 ? portraitFontShare : fontShare))
  const maxWidth = 2 * Math.floor((width * (1 - 2 * (width > height * 1.2 ? safeShare : narrowShare))) / 2)
  const lineWidth = Math.max(12, Math.min(42, Math.floor((maxWidth - fontPixels) / (letterWidth * fontPixels))))
  const mouth = face && mouthBottom(face)
  const place = { fontPixels, maxWidth, edge: 'bottom' as const }
  for (const lines of [2, 1] as const) {
    for (const share of [safeShare, safeShare / 2, safeShare / 4]) {
      const y = Math.round(height * (1 - share))
      if (mouth === null || y - boxHeight[lines] * fontPixels > mouth)
        return { ...place, limits: { lineWidth, lines }, y }
    }
  }
  return { ...place, limits: { lineWidth, lines: 2 }, edge: 'top', y: Math.round(height * safeShare) }
}

/** The lower edge of the lower lip with the room that it opens into. */
function mouthBottom({ points, mouthWidth }: Face): number {
  const lips = [...outerLips.upper, ...outerLips.lower].map((point) => points[point * 3 + 1]!)
  return Math.max(...lips) + 0.35 * mouthWidth
}
