/** Broken once: no hanging, then a hanging picture that covers all (first test), teeth not spared (second), pulling no worse than pushing (third), any opening alike (fourth). */
import { describe, expect, it } from '@jest/globals'
import { type Curve, curveSamples } from '../../../../src/renderer/picture/curve.ts'
import { createKeyMouths, type KeyMouths } from '../../../../src/renderer/picture/key-mouths.ts'
import type { MouthTexture } from '../../../../src/renderer/picture/mouth-texture.ts'

const teeth = 200
const dark = 30
const unit = 100

/** A box of a mouth, 80 pixels wide, its upper edge at v 0: `teethHeight` pixels of teeth, below them the dark. */
function aTexture(gap: number, teethHeight: number): MouthTexture {
  const [width, height] = [100, gap + 20]
  const level = (v: number): Curve => ({
    from: -40,
    step: 80 / (curveSamples - 1),
    values: new Float32Array(curveSamples).fill(v),
  })
  const y = Uint8Array.from({ length: width * height }, (_, n) => {
    const v = Math.floor(n / width) - 10
    return v < teethHeight ? teeth : dark
  })
  const plain = new Uint8Array(width * height).fill(128)
  const place = { fromU: -50, fromV: -10, width, height, left: -40, right: 40, gap }
  return { shape: `${gap}`, ...place, y, cb: plain, cr: plain, upper: level(0), lower: level(gap) }
}

/** Luma from the upper lip to the lower one of a moment `gap` pixels open; null where paint is to be seen. */
function column(mouths: KeyMouths, gap: number): (number | null)[] {
  const upper: Curve = { from: -40, step: 80 / (curveSamples - 1), values: new Float32Array(curveSamples) }
  mouths.choose(upper, -40, 40, gap)
  return Array.from({ length: gap }, (_, v) => {
    mouths.mix(0, v, 0, gap)
    return mouths.cover > 0.5 ? Math.round(mouths.luma) : null
  })
}

describe('the pictures in a mouth', () => {
  it('are not pulled open: teeth keep their size, and paint shows where the picture ends', () => {
    const shown = column(createKeyMouths([aTexture(10, 10)], unit), 30)
    expect(shown.slice(0, 8)).toEqual(Array(8).fill(teeth))
    expect(shown.slice(11)).toEqual(Array(19).fill(null))
  })

  it('give below the teeth when they are pushed together', () => {
    const shown = column(createKeyMouths([aTexture(30, 6)], unit), 20)
    expect(shown.slice(0, 6)).toEqual(Array(6).fill(teeth))
    expect(shown.slice(8)).toEqual(Array(12).fill(dark))
  })

  it('show, where one of them ends, what the other has there and not a mixture with its last pixels', () => {
    const shown = column(createKeyMouths([aTexture(10, 10), aTexture(24, 10)], unit), 19)
    expect(shown.slice(0, 6).every((luma) => luma === teeth)).toBe(true)
    expect(shown.slice(14).every((luma) => luma !== null && luma < dark + 40)).toBe(true)
  })

  it('take turns: each rules at its own opening', () => {
    const mouths = createKeyMouths([aTexture(12, 12), aTexture(34, 5)], unit)
    expect(column(mouths, 12)).toEqual(Array(12).fill(teeth))
    expect(column(mouths, 34).slice(8)).toEqual(Array(26).fill(dark))
  })
})
