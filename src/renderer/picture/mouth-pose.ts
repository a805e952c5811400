import type { LipTrack, PhoneTiming } from '../ports.ts'
import type { MouthPose } from './fields.ts'
import type { MouthFrame } from './mouth-frame.ts'
import type { Seam } from './seam.ts'

/** A frame's mouth: the pose that moves the skin and what the painted inside needs to know. */
export interface MouthMoment {
  readonly pose: MouthPose
  /** Gap at the middle, pixels. */
  readonly gap: number
  /** What of the gap the photo does not have, pixels. */
  readonly extra: number
  /** Tongue height, 0..1. */
  readonly tongue: number
  /** Lips rounded, 0..1: they hide the teeth. */
  readonly rounding: number
}

/** Upper lip's share of an opening; the jaw does the rest. */
const upperShare = 0.14
/** Corners sink with the opening. */
const cornerShare = 0.24
/** Opening narrows the mouth slightly. */
const narrowing = 0.1
/** A gap below this (in S) in any of a frame's samples counts as shut, so that closures shorter than a frame are seen. */
const shut = 0.015

export interface MouthShape {
  readonly frame: MouthFrame
  readonly seam: Seam
}

const still: MouthMoment = {
  pose: { spread: 0, cornerDrop: 0, raise: 0, open: 0, close: 0, upperThickness: 0, lowerThickness: 0 },
  gap: 0,
  extra: 0,
  tongue: 0,
  rounding: 0,
}

/** The photo's own mouth. */
export function restingMouth(shape: MouthShape): MouthMoment {
  return { ...still, gap: shape.seam.gap * shape.frame.unit }
}

function sampleAt(values: Float32Array, rateHz: number, seconds: number): number {
  const t = Math.min(values.length - 1, Math.max(0, seconds * rateHz))
  const i = Math.floor(t)
  const a = values[i] ?? 0
  return a + ((values[Math.min(i + 1, values.length - 1)] ?? a) - a) * (t - i)
}

/**
 * How far the mouth is back in the photo's own pose, 0..1: fully before and after speech and in long pauses, so that a smile returns when
 * the speaker rests. In pauses between sounds it goes only `pauseShare` of the way. Ramps of 160 ms lie inside the pause and end 60 ms before the next sound.
 */
export function restAt(phones: readonly PhoneTiming[], seconds: number, pauseShare = 1): number {
  const ms = seconds * 1000
  const index = phones.findIndex((p) => ms < p.endMs)
  const phone = index < 0 ? phones.at(-1) : phones[index]
  if (phone === undefined || phone.phone !== 'pau') return phone === undefined ? 1 : 0
  const first = phone.startMs <= 0
  const last = phone === phones.at(-1)
  if (!first && !last && phone.endMs - phone.startMs < 380) return 0
  const away = first ? 1 : (ms - phone.startMs - 40) / 160
  // A short lead-in gets a shorter ramp, so that the first frame is always the photo's.
  const ramp = first ? Math.min(160, Math.max(40, phone.endMs - 60)) : 160
  const back = last ? 1 : (phone.endMs - 60 - ms) / ramp
  const t = Math.min(1, Math.max(0, Math.min(away, back)))
  return t * t * (3 - 2 * t) * (first || last ? 1 : pauseShare)
}

/** A smile may come back in every pause; a mouth that the photo shows wide open would look like speech without a sound. */
export function pauseShareOf(seam: Seam): number {
  return Math.min(1, Math.max(0, (0.24 - seam.gap) / 0.12))
}

/** The mouth at a frame. `strength` 0..1 scales travel a little. */
export function mouthAt(
  shape: MouthShape,
  lips: LipTrack,
  seconds: number,
  frameSeconds: number,
  strength: number,
  rest: number,
): MouthMoment {
  const { unit, left, right, upperEdgeV, lowerEdgeV } = shape.frame
  const at = (values: Float32Array): number => sampleAt(values, lips.rateHz, seconds)
  const around = [-0.5, -0.25, 0, 0.25, 0.5].map((k) =>
    sampleAt(lips.aperture, lips.rateHz, seconds + k * frameSeconds),
  )
  const lowest = Math.min(...around)
  const aperture = (lowest < shut ? lowest : at(lips.aperture)) * (0.84 + 0.22 * strength)
  const own = shape.seam.gap * unit
  const wanted = Math.max(0, aperture * unit)
  const close = own > 0 ? (1 - Math.min(1, wanted / own)) * (1 - rest) : 0
  const extra = Math.max(0, wanted - own) * (1 - rest)
  const live = 1 - rest
  const rounding = at(lips.rounding) * live
  const press = at(lips.press) * live
  const tuck = at(lips.tuck) * live
  const wide = at(lips.width) * live
  // Lips that show teeth are lifted already: raising them further would bare what the photo does not have.
  const raisable = shape.seam.teeth ? 0 : 1
  const lifted = raisable * Math.min(0.045 * unit * at(lips.upperRaise) * live, 0.4 * extra)
  const upperLip = Math.max(0.06 * unit, -upperEdgeV)
  const lowerLip = Math.max(0.08 * unit, lowerEdgeV)
  // A mouth that the photo already shows wide (a smile) has little left to spread and more to gather.
  const width = (left + right) / unit
  const spreadRoom = Math.min(1, Math.max(0.25, 1.9 - width))
  const spread = wide > 0 ? 0.06 * wide * spreadRoom : 0.05 * wide
  const pose: MouthPose = {
    spread: unit * (spread - 0.085 * rounding * Math.min(1.3, Math.max(1, width))) - narrowing * extra,
    cornerDrop: cornerShare * extra,
    raise: raisable * upperShare * extra + lifted,
    open: (1 - raisable * upperShare) * extra - lifted,
    close,
    upperThickness: Math.min(upperLip, 0.16 * unit) * (0.3 * rounding - 0.25 * press),
    lowerThickness: Math.min(lowerLip, 0.2 * unit) * (0.2 * rounding - 0.2 * press - 0.32 * tuck),
  }
  return { pose, gap: own * (1 - close) + extra, extra, rounding, tongue: at(lips.tongue) }
}
