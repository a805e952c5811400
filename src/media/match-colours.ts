/** A clip takes up the colours with which the one before ends: the same mean, within bounds that a drift of a model stays in. */
import type { Colour } from './measure-clip.ts'

export interface ColourMatch {
  /** What brightness above black is multiplied with. */
  readonly gain: number
  /** What is added to the two colour differences. */
  readonly u: number
  readonly v: number
}

/** More than that is another picture, not a drift: it stays as it was sent. */
const bounds = { gain: 0.25, difference: 12 } as const
const [black, brightest, pictures] = [16, 235, 3] as const

export const asSent: ColourMatch = { gain: 1, u: 0, v: 0 }

/** @param end mean colour with which the clip before ends, as it is shown @param start with which this one begins, as it was sent */
export function matchColours(end: Colour, start: Colour): ColourMatch {
  const gain = (end.y - black) / Math.max(1, start.y - black)
  return {
    gain: within(gain, 1 - bounds.gain, 1 + bounds.gain),
    u: within(end.u - start.u, -bounds.difference, bounds.difference),
    v: within(end.v - start.v, -bounds.difference, bounds.difference),
  }
}

export function matched({ y, u, v }: Colour, match: ColourMatch): Colour {
  return { y: (y - black) * match.gain + black, u: u + match.u, v: v + match.v }
}

/** The same for ffmpeg; null where nothing is to be done. */
export function matchFilter({ gain, u, v }: ColourMatch): string | null {
  if (Math.abs(gain - 1) < 0.004 && Math.abs(u) < 0.5 && Math.abs(v) < 0.5) return null
  const y = `clip((val-${black})*${gain.toFixed(4)}+${black}\\,${black}\\,${brightest})`
  const shifted = (by: number) => `clip(val+${by.toFixed(2)}\\,16\\,240)`
  return `lutyuv=y=${y}:u=${shifted(u)}:v=${shifted(v)}`
}

/** Mean colour of the first, or the last, pictures of a stretch. */
export function edgeColour(colours: readonly Colour[], from: number, to: number, edge: 'first' | 'last'): Colour {
  const few = Math.min(pictures, to - from)
  const seen = edge === 'first' ? colours.slice(from, from + few) : colours.slice(to - few, to)
  const mean = (of: keyof Colour) => seen.reduce((sum, colour) => sum + colour[of], 0) / seen.length
  return { y: mean('y'), u: mean('u'), v: mean('v') }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
