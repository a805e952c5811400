import { type Curve, curveAt } from './curve.ts'
import type { MouthTexture } from './mouth-texture.ts'

const { max, min } = Math

/**
 * The inside of the moving mouth out of pictures of mouths that stand still. Each picture is first brought into the shape of the moment (its
 * lip edges laid on the moment's, upper teeth left where the skull has them, what lies below going with the jaw), then the nearest
 * shapes are mixed: mixing pictures as they stand would show two mouths.
 */
export interface KeyMouths {
  /** Chooses the pictures for a moment whose upper lip ends at this curve and whose lips part by `gap` pixels. */
  choose(upper: Curve, from: number, to: number, gap: number): void
  /** Colour at (u, v) of the chosen moment, left in `luma`, `cb`, `cr`. */
  mix(u: number, v: number, top: number, bottom: number): void
  luma: number
  cb: number
  cr: number
  /** How much of what is painted there the pictures cover, 0..1. */
  cover: number
  /** False where `cover` is 1 throughout. */
  needsPaint: boolean
}

/** Shapes that differ by this much of S in opening or in width are strangers. */
const gapScale = 0.09
const widthScale = 0.14
/** A picture that has to be pulled open is this much stranger than one that is pushed together: what it does not show is not there. */
const pulling = 2.5
/** Weights below this are left out; the rest loses as much, so that nothing jumps. */
const leastWeight = 0.08
/** A picture that would be pulled open by this share hangs from the skull instead, and something else shows below it: stretched teeth look wrong. */
const mostStretch = 0.3
/** Where a part of the pictures covers this much, it covers all: paint fills only what none of them shows. */
const coversAll = 0.3
/** Upper teeth lie in this share of the mouth; a picture that is pushed together gives below it. */
const teethShare = 0.3
/** A picture's edges lie up to this much of S inside its lips, each: cut that far so that no lip is drawn as mouth, and soft lips hide more. */
const edgeSlack = 0.03

interface Chosen {
  readonly texture: MouthTexture
  weight: number
  /** Pixels by which the picture's teeth go with a lip that lies clearly higher than in the picture. */
  lift: number
  squeezeLeft: number
  squeezeRight: number
  bend: number
  /** 0 where the picture fills the mouth, 1 where it only hangs from its upper edge. */
  hang: number
}

export function createKeyMouths(textures: readonly MouthTexture[], unit: number): KeyMouths {
  const all: Chosen[] = textures.map((texture) => ({
    texture,
    weight: 0,
    lift: 0,
    squeezeLeft: 1,
    squeezeRight: 1,
    bend: 0,
    hang: 0,
  }))
  let chosen: Chosen[] = []
  const least = min(leastWeight, 0.5 / textures.length)
  const soft = max(1, 0.012 * unit)
  const mouths: KeyMouths = {
    luma: 0,
    cb: 0,
    cr: 0,
    cover: 1,
    needsPaint: false,
    choose: (upper, from, to, gap) => {
      let sum = 0
      for (const one of all) {
        const { texture } = one
        // Pictures are cut inside their lips.
        const wider = gap - texture.gap - 2 * soft
        const opening = (wider > 0 ? pulling * wider : wider) / (gapScale * unit)
        const width = (to - from - (texture.right - texture.left)) / (widthScale * unit)
        one.weight = 1 / (0.05 + opening * opening + width * width) ** 3
        sum += one.weight
      }
      let kept = 0
      for (const one of all) {
        one.weight = max(0, one.weight / sum - least)
        kept += one.weight
      }
      chosen = all.filter((one) => one.weight > 0)
      for (const one of chosen) {
        one.weight /= kept
        place(one, upper, from, to, gap, unit)
      }
      mouths.needsPaint = chosen.some((one) => one.hang > 0)
    },
    mix: (u, v, top, bottom) => {
      let luma = 0
      let cb = 0
      let cr = 0
      let cover = 0
      for (const { texture, weight, lift, squeezeLeft, squeezeRight, bend, hang } of chosen) {
        const su = u * (u < 0 ? squeezeLeft : squeezeRight)
        const kTop = curveAt(texture.upper, su)
        const kBottom = curveAt(texture.lower, su)
        const onSkull = max(kTop, v + lift)
        const onJaw = kBottom - (bottom - v)
        const wanted =
          onSkull + (onJaw - onSkull) * jawPart((v - top) / max(0.5, bottom - top), onJaw > onSkull, bend) * (1 - hang)
        const sv = min(max(wanted, kTop), max(kTop, kBottom))
        const beyond = max(0, min(1, (wanted - kBottom + 2 * soft) / (2 * soft)))
        const share = weight * (1 - hang * beyond)
        cover += share
        const x = min(texture.width - 1.001, max(0, su - texture.fromU))
        const y = min(texture.height - 1.001, max(0, sv - texture.fromV))
        const i = x | 0
        const j = y | 0
        const fx = x - i
        const fy = y - j
        const at = j * texture.width + i
        const below = at + texture.width
        const w11 = fx * fy * share
        const w10 = fx * share - w11
        const w01 = fy * share - w11
        const w00 = share - w10 - w01 - w11
        luma += texture.y[at]! * w00 + texture.y[at + 1]! * w10 + texture.y[below]! * w01 + texture.y[below + 1]! * w11
        cb +=
          texture.cb[at]! * w00 + texture.cb[at + 1]! * w10 + texture.cb[below]! * w01 + texture.cb[below + 1]! * w11
        cr +=
          texture.cr[at]! * w00 + texture.cr[at + 1]! * w10 + texture.cr[below]! * w01 + texture.cr[below + 1]! * w11
      }
      const whole = max(1e-6, cover)
      mouths.luma = luma / whole
      mouths.cb = cb / whole
      mouths.cr = cr / whole
      mouths.cover = min(1, cover / coversAll)
    },
  }
  return mouths
}

/** How much of a height goes with the jaw, `t` from the upper lip (0) to the lower one (1). */
function jawPart(t: number, pushed: boolean, bend: number): number {
  const within = max(0, min(1, pushed ? (t - teethShare) / (0.95 - teethShare) : t))
  const eased = within * within * (3 - 2 * within)
  return pushed ? eased : within + (eased - within) * bend
}

function place(one: Chosen, upper: Curve, from: number, to: number, gap: number, unit: number): void {
  const { texture } = one
  const slack = edgeSlack * unit
  // Teeth keep their size; only where the moment's mouth is wider than the picture's do its corners reach out.
  one.squeezeLeft = min(1, texture.left / min(-1, from))
  one.squeezeRight = min(1, texture.right / max(1, to))
  let lift = 0
  for (const q of [-0.5, -0.25, 0, 0.25, 0.5]) {
    const u = q < 0 ? -q * from : q * to
    const squeezed = u * (u < 0 ? one.squeezeLeft : one.squeezeRight)
    lift = max(lift, curveAt(texture.upper, squeezed) - curveAt(upper, u))
  }
  one.lift = max(0, lift - slack)
  // The middle gives, where no teeth are; a picture that is pulled wide open goes evenly, or its middle would fold.
  one.hang = min(1, max(0, ((gap - 1.5 * slack) / max(1, texture.gap) - 1) / mostStretch))
  one.bend = min(1, max(0, 3 * (texture.gap / max(1, gap) - 0.36)))
}
