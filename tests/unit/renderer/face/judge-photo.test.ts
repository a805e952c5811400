import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import sharp, { type Sharp } from 'sharp'
import { createFaceFinder, type LoadedFaceFinder } from '../../../../src/renderer/face/face-finder.ts'
import { judgePhoto, type PhotoVerdict } from '../../../../src/renderer/face/judge-photo.ts'
import type { Face } from '../../../../src/renderer/ports.ts'
import { modelDir, samplePhotos } from '../../../support/photos.ts'

const image = { width: 1000, height: 800 }

function face(traits: Partial<Face> = {}): Face {
  return {
    box: { x: 400, y: 200, width: 200, height: 240 },
    score: 0.9,
    flag: 1,
    points: new Float32Array(468 * 3),
    yawDegrees: 0,
    rollDegrees: 0,
    mouthWidth: 80,
    ...traits,
  }
}

function reason(traits: Partial<Face>): string | undefined {
  return judgePhoto([face(traits)], image).problem?.reason
}

function warnings(verdict: PhotoVerdict): string[] {
  return verdict.warnings.map(({ code }) => code)
}

describe('the verdict on one face', () => {
  it('lets a plain portrait speak, without a word', () => {
    const verdict = judgePhoto([face()], image)
    expect(verdict).toMatchObject({ ok: true, chosen: 0, problem: null, warnings: [] })
    const { x, y, width, height } = verdict.faces[0]!.box
    expect([x, y, width, height].map((share) => share.toFixed(6))).toEqual([
      '0.400000',
      '0.250000',
      '0.200000',
      '0.300000',
    ])
  })

  it.each([
    ['face-too-small', { mouthWidth: 24 }, { mouthWidth: 23.9 }],
    ['face-turned-away', { yawDegrees: -40 }, { yawDegrees: -40.1 }],
    ['face-turned-away', { yawDegrees: 40 }, { yawDegrees: 40.1 }],
    ['face-turned-away', { flag: 0.9 }, { flag: 0.89 }],
    ['face-upside-down', { rollDegrees: 70 }, { rollDegrees: 70.1 }],
    ['face-upside-down', { rollDegrees: -70 }, { rollDegrees: 180 }],
  ] as const)('refuses as %s only past the gate: %j, %j', (expected, good, bad) => {
    expect(reason(good)).toBeUndefined()
    expect(reason(bad)).toBe(expected)
  })

  it.each([
    ['small-face', { mouthWidth: 44 }],
    ['face-turned', { yawDegrees: -29 }],
    ['face-tilted', { rollDegrees: 51 }],
  ] as const)('warns %s and lets it speak', (code, traits) => {
    const verdict = judgePhoto([face(traits)], image)
    expect(verdict.ok).toBe(true)
    expect(warnings(verdict)).toEqual([code])
  })

  it('counts the pixels of the photo, not of the smaller copy that was looked at', () => {
    expect(judgePhoto([face({ mouthWidth: 15 })], image, { shrunkBy: 2 })).toMatchObject({
      ok: true,
      faces: [{ mouthWidthPixels: 30 }],
    })
  })

  it('asks for the photo to be turned before it complains of anything else', () => {
    expect(reason({ rollDegrees: 178, yawDegrees: 60, mouthWidth: 5 })).toBe('face-upside-down')
    expect(reason({ rollDegrees: 178, flag: 0.5 })).toBe('face-turned-away')
    const message = (rollDegrees: number) => judgePhoto([face({ rollDegrees })], image).problem?.message
    expect(message(178)).toContain('upside down')
    expect(message(-92)).toContain('on its side')
  })

  it('keeps the box within the photo', () => {
    const [judged] = judgePhoto([face({ box: { x: -50, y: 700, width: 300, height: 200 } })], image).faces
    expect(judged!.box).toEqual({ x: 0, y: 0.875, width: 0.25, height: 0.125 })
  })
})

describe('the choice among faces', () => {
  const small = face({ mouthWidth: 10 })

  it('says no-face when there is none, whatever number was asked for', () => {
    expect(judgePhoto([], image).problem?.reason).toBe('no-face')
    expect(judgePhoto([], image, { face: 3 }).problem?.reason).toBe('no-face')
  })

  it('takes the largest of several and says how to choose another', () => {
    const verdict = judgePhoto([face(), face(), small], image)
    expect(verdict.chosen).toBe(0)
    expect(warnings(verdict)).toEqual(['several-faces'])
    expect(verdict.warnings[0]!.message).toContain('3 faces')
    expect(verdict.warnings[0]!.message).toContain('`face`')
  })

  it('passes over a face that cannot speak when none was asked for', () => {
    const verdict = judgePhoto([face({ yawDegrees: 60 }), face()], image)
    expect(verdict).toMatchObject({ ok: true, chosen: 1 })
    expect(verdict.faces[0]).toMatchObject({ ok: false, problem: { reason: 'face-turned-away' } })
  })

  it('takes the face asked for without a word about the others', () => {
    expect(judgePhoto([face(), face()], image, { face: 1 })).toMatchObject({ ok: true, chosen: 1, warnings: [] })
  })

  it('refuses the face asked for when that one is bad, though another is good', () => {
    const verdict = judgePhoto([face(), small], image, { face: 1 })
    expect(verdict).toMatchObject({ ok: false, chosen: null, problem: { reason: 'face-too-small' } })
    expect(verdict.problem!.message).toContain('Face 1')
  })

  it.each([2, -1, 0.5])('refuses the number %d of two faces', (asked) => {
    const { problem } = judgePhoto([face(), face()], image, { face: asked })
    expect(problem?.reason).toBe('face-index-out-of-range')
    expect(problem?.hint).toContain('0 to 1')
  })

  it('says what is wrong with the largest when none can speak', () => {
    expect(judgePhoto([face({ flag: 0.5 }), small], image).problem?.reason).toBe('face-turned-away')
  })
})

describe('the verdict on real photos', () => {
  let finder: LoadedFaceFinder
  beforeAll(async () => {
    finder = await createFaceFinder({ modelDir })
  })
  afterAll(() => finder.close())

  const portrait = () => sharp(samplePhotos()[2]!.path).extract({ left: 380, top: 30, width: 480, height: 480 })

  async function judge(picture: Sharp, asked?: number): Promise<PhotoVerdict> {
    const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const faces = await finder.find({ width: info.width, height: info.height, data })
    return judgePhoto(faces, info, { face: asked })
  }

  it('lets a portrait speak, also tilted by 44 degrees', async () => {
    expect((await judge(portrait())).problem).toBeNull()
    expect((await judge(portrait().rotate(44, { background: '#808080' }))).problem).toBeNull()
  })

  it('refuses it upside down and on its side', async () => {
    for (const turn of [90, 180, 270]) {
      expect((await judge(portrait().rotate(turn))).problem?.reason).toBe('face-upside-down')
    }
  })

  it('refuses it at 128 pixels', async () => {
    expect((await judge(portrait().resize(128))).problem?.reason).toBe('face-too-small')
  })

  it('refuses a full profile when it is asked for, and passes it over otherwise', async () => {
    const group = () => sharp(samplePhotos()[1]!.path)
    expect((await judge(group(), 1)).problem?.reason).toBe('face-turned-away')
    expect((await judge(group())).chosen).toBe(0)
  })

  it('refuses a face squeezed to half its width, which no lens makes', async () => {
    const squeezed = await judge(portrait().resize(240, 480, { fit: 'fill' }))
    expect(['face-turned-away', 'no-face']).toContain(squeezed.problem?.reason)
  })

  it('refuses a picture without a face', async () => {
    const plaid = sharp(samplePhotos()[0]!.path).extract({ left: 150, top: 900, width: 300, height: 300 })
    expect((await judge(plaid)).problem?.reason).toBe('no-face')
  })
})
