/** Guards broken once: without the wait in `finally` the file was gone under the look; without `forget` the face stayed. */
import { describe, expect, it } from '@jest/globals'
import type { PhotoVerdict } from '../../../src/generations/generation.ts'
import { createKnownFaces, readVerdict } from '../../../src/generations/known-faces.ts'
import { createMemoryRegion } from '../../doubles/memory-region.ts'
import { samplePhoto } from '../../support/sample-rows.ts'

const photo = samplePhoto()
const verdict: PhotoVerdict = { ok: true, faces: photo.faces, chosen: 0, problem: null, warnings: [] }
const asked = { tenantId: photo.tenantId, sha256: photo.sha256, face: undefined }

function openFaces() {
  const region = createMemoryRegion(readVerdict)
  let looks = 0
  const look = async () => {
    looks += 1
    return verdict
  }
  return { region, known: createKnownFaces(region), look, looks: () => looks }
}

describe('known faces', () => {
  it('looks once at the same photo of a tenant', async () => {
    const { known, look, looks } = openFaces()
    expect(await known.verdictOf(asked, look)).toEqual(verdict)
    expect(await known.verdictOf(asked, look)).toEqual(verdict)
    expect(looks()).toBe(1)
  })

  it('looks again for another face, another photo and another tenant', async () => {
    const { known, look, looks } = openFaces()
    await known.verdictOf(asked, look)
    await known.verdictOf({ ...asked, face: 0 }, look)
    await known.verdictOf({ ...asked, sha256: 'cd'.repeat(32) }, look)
    await known.verdictOf({ ...asked, tenantId: 'tenant-b' }, look)
    expect(looks()).toBe(4)
  })

  it('keeps no failed look, and lets the next one look', async () => {
    const { known, look, looks } = openFaces()
    const broken = async () => {
      throw new Error('the child crashed')
    }
    await expect(known.verdictOf(asked, broken)).rejects.toThrow('crashed')
    expect(await known.verdictOf(asked, look)).toEqual(verdict)
    expect(looks()).toBe(1)
  })

  it('returns only when its own look is over, though the wait for it is', async () => {
    let over = false
    let end = () => {}
    const impatient = {
      ...createMemoryRegion(readVerdict),
      async getOrMake(_key: string, make: () => Promise<unknown>) {
        void make().catch(() => {})
        throw new Error('the caller went away')
      },
    }
    const waiting = createKnownFaces(impatient)
      .verdictOf(asked, () => new Promise((done) => (end = () => done(verdict))))
      .catch((error: Error) => {
        over = true
        return error
      })
    await new Promise(setImmediate)
    expect(over).toBe(false)
    end()
    expect(await waiting).toEqual(new Error('the caller went away'))
  })

  it('forgets every verdict about a photo that goes', async () => {
    const { known, look, region } = openFaces()
    await known.verdictOf(asked, look)
    await known.verdictOf({ ...asked, face: 0 }, look)
    expect(region.entries.size).toBe(2)
    await known.forget(photo)
    expect(region.entries.size).toBe(0)
  })

  it('takes nothing for a verdict that is none', () => {
    expect(readVerdict({ faces: 'two' })).toBeUndefined()
    expect(readVerdict(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict)
  })
})
