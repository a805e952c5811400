import { type Curve, curveAt, curveSamples } from './curve.ts'
import type { LipEdges } from './fields.ts'
import { isTooth, type Look, meanTone, type Tone } from './gap-content.ts'
import { fromMouth, type MouthFrame, sideways } from './mouth-frame.ts'
import type { Seam } from './seam.ts'
import { snapToTeeth, type TeethEdges } from './teeth-edges.ts'

/** The photo's own mouth: it says how thick the upper lip is. */
export interface OwnMouth {
  readonly frame: MouthFrame
  readonly seam: Seam
  readonly edges: LipEdges
}

/** The lips' edges in another picture of the face. */
export interface PartedLips extends TeethEdges {
  /** How far into the lips the edges were laid, pixels. */
  readonly rim: number
}

/** Teeth on less than this share of what is looked at are none. */
const fewTeeth = 0.02
/** Lips that are no redder than this are not told from teeth by their redness. */
const leastRed = 8
/** How thick the upper lip may be, in thicknesses of the photo's: a mouth that opens stretches it. */
const thicknesses = [0.45, 1] as const
/** Lips may hide this share of the upper teeth that one sees: sound edges hid .28 at most, those over teeth .66 and more. */
const mostTeethLost = 0.45
/** Edges that leave less than this share on the wrong side need no others: sound ones reached .04 to .06, those over teeth .14 and more. */
const goodEnough = 0.06

/**
 * Where the lips of another picture of the photo's face part. In a mouth that is wide open the mesh often draws the upper lip down over the
 * teeth, and what is learnt from those edges takes teeth for lip. So the upper lip is also tried as thick as the photo has it; of all
 * edges tried, those count that leave the least teeth and darkness to the lips and the least lip to the mouth. Null where even these would
 * hide the teeth: a dark hole looks worse than any paint.
 */
export function findPartedLips(
  own: OwnMouth,
  frame: MouthFrame,
  look: Look,
  seam: Seam,
  edges: LipEdges,
): PartedLips | null {
  const thin = upperAsInPhoto(own, frame, seam.upper, edges, thicknesses[0])
  const seen = inspectMouth(frame, look, thin, seam.lower, edges)
  // Where few teeth show, findSeam keeps the mesh's edges.
  const snapped = seam.teeth ? undefined : snapToTeeth(frame, look, seam.upper, seam.lower, edges)
  let best = judge(seen, snapped ? { ...snapped, rim: 0 } : seam)
  if (best.wrong < goodEnough) return best
  for (const share of thicknesses) {
    const upper = upperAsInPhoto(own, frame, seam.upper, edges, share)
    const again = snapToTeeth(frame, look, upper, seam.lower, edges) ?? { upper, lower: seam.lower }
    const judged = judge(seen, { ...again, rim: 0 })
    if (judged.wrong < best.wrong) best = judged
  }
  return best.teethLost > mostTeethLost ? null : best
}

/** The upper lip's inner edge if the lip is as thick as in the photo, never below the one given. */
function upperAsInPhoto(own: OwnMouth, frame: MouthFrame, upper: Curve, edges: LipEdges, share: number): Curve {
  const values = upper.values.map((v, i) => {
    const u = upper.from + i * upper.step
    const q = sideways(frame, u)
    const there = q * (q < 0 ? own.frame.left : own.frame.right)
    const thickness = Math.max(0, curveAt(own.seam.upper, there) - curveAt(own.edges.upper, there))
    return Math.min(v, curveAt(edges.upper, u) + share * thickness)
  })
  return { ...upper, values }
}

interface Seen {
  readonly u: number
  readonly v: number
  readonly is: 'teeth' | 'dark' | 'lip'
}

/** What one sees between the middles of both lips, told by the tones of their outer halves. */
function inspectMouth(frame: MouthFrame, look: Look, upper: Curve, lower: Curve, edges: LipEdges): readonly Seen[] {
  const lips: Tone[] = []
  for (let column = 12; column < curveSamples - 12; column++) {
    const u = upper.from + column * upper.step
    for (const [inner, outer] of [
      [upper, edges.upper],
      [lower, edges.lower],
    ] as const) {
      for (const k of [0.4, 0.55, 0.7]) {
        const p = fromMouth(frame, u, curveAt(inner, u) + (curveAt(outer, u) - curveAt(inner, u)) * k)
        lips.push(look(p.x, p.y))
      }
    }
  }
  const lip = meanTone(lips)
  const seen: Seen[] = []
  for (let column = 6; column < curveSamples - 6; column++) {
    const u = upper.from + column * upper.step
    const [over, under] = [curveAt(edges.upper, u), curveAt(edges.lower, u)]
    const top = over + (curveAt(upper, u) - over) * 0.3
    const bottom = under + (curveAt(lower, u) - under) * 0.4
    for (let k = 1; k < 48; k++) {
      const v = top + ((bottom - top) * k) / 48
      const p = fromMouth(frame, u, v)
      const tone = look(p.x, p.y)
      seen.push({ u, v, is: kindOf(tone, lip) })
    }
  }
  return seen
}

interface Judged extends PartedLips {
  /** Share of what is seen that lies on the wrong side of the edges. */
  readonly wrong: number
  /** Share of the teeth that lies above the upper edge, where a lip should be; 0 where hardly any show. */
  readonly teethLost: number
}

function judge(seen: readonly Seen[], found: TeethEdges & { readonly rim: number }): Judged {
  const { upper, lower, rim } = found
  let wrong = 0
  let kept = 0
  let lost = 0
  for (const { u, v, is } of seen) {
    const below = v > curveAt(upper, u)
    const inside = below && v < curveAt(lower, u)
    if (inside === (is === 'lip')) wrong++
    if (is !== 'teeth') continue
    if (inside) kept++
    else if (!below) lost++
  }
  const few = kept + lost < fewTeeth * seen.length
  return { upper, lower, rim, wrong: wrong / seen.length, teethLost: few ? 0 : lost / (kept + lost) }
}

function kindOf(tone: Tone, lip: Tone): Seen['is'] {
  if (tone.luma < 0.5 * lip.luma) return 'dark'
  return isTooth(tone, lip) || (lip.red > leastRed && tone.red < 0.5 * lip.red) ? 'teeth' : 'lip'
}
