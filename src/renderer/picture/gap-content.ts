import type { RgbImage } from '../ports.ts'
import { type Curve, curveAt } from './curve.ts'
import { fromMouth, type MouthFrame } from './mouth-frame.ts'

/** A pixel's BT.709 luma (0..255) and its red-difference chroma. */
export interface Tone {
  readonly luma: number
  readonly red: number
}

export type Look = (x: number, y: number) => Tone

/** The tone of the nearest pixel. */
export function lookAt(picture: RgbImage): Look {
  const { width, height, data } = picture
  return (x, y) => {
    const i = Math.min(width - 1, Math.max(0, Math.round(x)))
    const j = Math.min(height - 1, Math.max(0, Math.round(y)))
    const at = (j * width + i) * 3
    const luma = 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!
    return { luma, red: (data[at]! - luma) / 1.5748 }
  }
}

/** Shares of the gap between the mesh's inner lips that look like teeth and like a dark mouth. */
export interface GapContent {
  readonly teeth: number
  readonly dark: number
}

/**
 * The mesh draws many closed mouths ajar, so the pixels decide. Against the lips' mean, teeth are paler (a little brighter and a third
 * less red) or clearly brighter; an open mouth is less than half as bright. On 21 faces: teeth .30-.87 where teeth show, at most .08
 * elsewhere (lit lips reach 1.19 x the lips' mean).
 */
export function inspectGap(
  frame: MouthFrame,
  look: Look,
  upper: Curve,
  lower: Curve,
  edges: { upper: Curve; lower: Curve },
): GapContent {
  const aboveTones: Tone[] = []
  const belowTones: Tone[] = []
  const gap: Tone[] = []
  for (let i = -8; i <= 8; i++) {
    const u = ((i < 0 ? frame.left : frame.right) * i) / 10
    const from = curveAt(upper, u)
    const to = curveAt(lower, u)
    for (let k = 1; k < 8; k++) {
      const p = fromMouth(frame, u, from + ((to - from) * k) / 8)
      gap.push(look(p.x, p.y))
    }
    if (Math.abs(i) > 4) continue
    for (const k of [0.35, 0.5, 0.65]) {
      const above = fromMouth(frame, u, from + (curveAt(edges.upper, u) - from) * k)
      const below = fromMouth(frame, u, to + (curveAt(edges.lower, u) - to) * k)
      aboveTones.push(look(above.x, above.y))
      belowTones.push(look(below.x, below.y))
    }
  }
  const lips = meanTone([...aboveTones, ...belowTones])
  const dark = gap.filter(({ luma }) => luma < 0.5 * lips.luma).length
  // Where the mesh lies too low its upper lip is teeth; the lower lip alone says so (.36 where both together said .03).
  const teeth = Math.max(...[lips, meanTone(belowTones)].map((lip) => gap.filter((tone) => isTooth(tone, lip)).length))
  return { teeth: teeth / gap.length, dark: dark / gap.length }
}

export function isTooth({ luma, red }: Tone, lip: Tone): boolean {
  const paler = (lip.red - red) / Math.max(4, lip.red)
  return (luma > 1.12 * lip.luma && paler > 0.35) || luma > 1.3 * lip.luma
}

export function meanTone(tones: readonly Tone[]): Tone {
  return {
    luma: tones.reduce((sum, t) => sum + t.luma, 0) / tones.length,
    red: tones.reduce((sum, t) => sum + t.red, 0) / tones.length,
  }
}
