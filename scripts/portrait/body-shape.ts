import { clamp, curve, hill, noise, type Point, polygonDistance, smoothMax, smoothstep } from './numbers.ts'

/** Neck, shoulders and an open-collared shirt, in the head's millimetres and heights. */
const halfWidth = curve([
  [54, 46],
  [94, 44],
  [126, 44.5],
  [142, 50],
  [154, 66],
  [165, 96],
  [175, 128],
  [188, 153],
  [208, 169],
  [254, 180],
])

const collarLeaf: readonly Point[] = [
  [43.5, 127],
  [51, 130],
  [66, 146],
  [69, 164],
  [51, 222],
  [24, 198],
  [37, 166],
]

/** The inside of the collar behind the neck opening. */
const opening: readonly Point[] = [
  [0, 60],
  [47, 60],
  [45, 128],
  [38, 164],
  [25, 197],
  [13, 221],
  [0, 238],
]

export type BodyPart = 'none' | 'ear' | 'skin' | 'shirt' | 'collar'

/** Distance inside the collar's leaf, positive inside. */
export const insideCollar = (x: number, y: number): number => -polygonDistance(Math.abs(x), y, collarLeaf)

export const insideOpening = (x: number, y: number): number => -polygonDistance(Math.abs(x), y, opening)

/** Light and dark of an ear's rim, folds and hollow, as a factor on its light: too small to be left to the window. */
export function earRelief(x: number, y: number): number {
  const share = earShare(x, y)
  const upper = smoothstep(42, 30, y)
  const groove = 0.42 * Math.exp(-(((share - 0.7) / 0.09) ** 2)) * upper
  const rim = 0.22 * Math.exp(-(((share - 0.87) / 0.08) ** 2)) * upper
  const hollow = 0.5 * hill(Math.abs(x), y, 66.5, 27, 4.5, 9)
  const lobe = 0.16 * hill(Math.abs(x), y, 67.5, 44, 4, 4)
  return (1 - groove + rim - hollow + lobe) * clamp(0.55 + (Math.abs(x) - 60) * 0.05, 0.5, 1)
}

/** Millimetres inside the outline of a body part's silhouette, where edges are smoothed. */
export function insideBody(x: number, y: number, part: BodyPart): number {
  if (part === 'ear') return (1 - earShare(x, y)) * 10
  return Math.max(halfWidth(y) - Math.abs(x), part === 'collar' ? insideCollar(x, y) : 0)
}

export function bodyPart(x: number, y: number): BodyPart {
  if (y < -20) return 'none'
  if (y < 60 && earShare(x, y) < 1) return 'ear'
  if (y < 60 || Math.abs(x) > halfWidth(y)) return y > 119 && insideCollar(x, y) > 0 ? 'collar' : 'none'
  if (y > 119 && insideCollar(x, y) > 0) return 'collar'
  return y < 122 || insideOpening(x, y) > 0 ? 'skin' : 'shirt'
}

function neck(x: number, y: number): number {
  const ax = Math.abs(x)
  const round = 46 * (Math.sqrt(Math.max(1 - (ax / 47) ** 2, 0)) - 1)
  const line = 9 + 27 * clamp((180 - y) / 80)
  const cord = 3 * Math.exp(-(((ax - line) / 7) ** 2)) * smoothstep(106, 144, y)
  const pit = -3.5 * hill(x, y, 0, 180, 10, 9)
  const bone = 2.4 * Math.exp(-(((y - 181 + ax * 0.16) / 7) ** 2)) * smoothstep(5, 24, ax)
  return -56 + round + cord + pit + bone + 0.1 * Math.max(y - 154, 0)
}

function chest(x: number, y: number): number {
  const width = halfWidth(y)
  const share = clamp(Math.abs(x) / width)
  return -64 + 0.32 * (y - 184) - 62 * (1 - Math.sqrt(1 - share ** 2.4))
}

function folds(x: number, y: number): number {
  const ax = Math.abs(x)
  const pull = noise((ax * 0.8 + y * 0.55) / 17 + (x > 0 ? 9 : 0), (y * 0.6 - ax * 0.35) / 60)
  const fine = noise((ax * 0.5 + y) / 9 + 4, (y - ax) / 40 + (x > 0 ? 3 : 0))
  return (4 * pull + 1.3 * fine) * smoothstep(20, 75, ax) * smoothstep(144, 194, y)
}

/** An ear's outline: 0 in its middle, 1 on its rim. */
export function earShare(x: number, y: number): number {
  const u = (Math.abs(x) - 70.5 + (y - 20) * 0.13) / (y > 30 ? 10 - (y - 30) * 0.12 : 10)
  return Math.hypot(u, (y - 19) / 31)
}

/** Height of an ear: rim, inner fold, hollow and lobe. */
export function earHeight(x: number, y: number): number {
  const share = earShare(x, y)
  const upper = smoothstep(40, 28, y)
  const rim = 1.6 * Math.exp(-(((share - 0.82) / 0.17) ** 2)) * upper
  const fold = 0.8 * Math.exp(-(((share - 0.48) / 0.16) ** 2)) * upper
  const hollow = -1.6 * hill(Math.abs(x), y, 68, 23, 5, 9)
  return -68 + 8 * Math.sqrt(clamp(1 - share ** 5)) + rim + fold + hollow + 1.5 * hill(Math.abs(x), y, 67, 43, 6, 6)
}

export function bodyHeight(x: number, y: number): number {
  const part = bodyPart(x, y)
  if (part === 'none') return -400
  if (part === 'ear') return earHeight(x, y)
  const skin = smoothMax(neck(x, y), chest(x, y), 14)
  if (part === 'skin') return skin
  if (part === 'shirt') {
    const edge = Math.max(-insideOpening(x, y), 0)
    const placket = x > -3 && x < 17 ? 0.8 * clamp((x + 3) / 0.8) * clamp((17 - x) / 0.8) : 0
    return (
      Math.max(chest(x, y), skin - 6) +
      folds(x, y) +
      3.2 * Math.sqrt(clamp(edge / 4)) +
      placket * smoothstep(216, 234, y)
    )
  }
  const depth = insideCollar(x, y)
  const lift = 10 - 3.5 * clamp((y - 144) / 70)
  return Math.max(chest(x, y), skin) + lift * Math.sqrt(clamp(depth / 2.6)) + 1.6 * noise(x / 26 + 2, y / 30)
}
