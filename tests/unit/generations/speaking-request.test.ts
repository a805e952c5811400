import { expect, it } from '@jest/globals'
import type { SpeakingRequest } from '../../../src/providers/provider.ts'
import { createHeart, goodVerdict } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

it('hands the mesh of the face that speaks to the provider, and none where the photo has none', async () => {
  const seen: SpeakingRequest['photo'][] = []
  const scripted = createScriptedProvider('a')
  const heart = await createHeart([
    {
      ...scripted,
      start: (call, request, context) => {
        seen.push(request.photo)
        return scripted.start(call, request, context)
      },
    },
  ])
  try {
    const [face] = goodVerdict.faces
    const faces = [
      { ...face!, mesh: 'of the first' },
      { ...face!, index: 1, mesh: 'of the second' },
    ]
    heart.setVerdict({ ...goodVerdict, faces, chosen: 1 })
    await heart.request({ face: 1 })
    await heart.runAll()
    heart.setVerdict(goodVerdict)
    await heart.request()
    await heart.runAll()
    expect(seen).toMatchObject([
      { face: 1, faceMesh: 'of the second' },
      { face: 0, faceMesh: null },
    ])
  } finally {
    await heart.dispose()
  }
})
