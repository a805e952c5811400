/**
 * The edits that make a photo speak: one for each mouth shape, each made from the photo itself (an edit of an edit drifts away
 * from the person), each a call of its own that an equal work of the same tenant need not pay again.
 */
import type { CallPlan, EndedCall, SpeakingRequest } from './provider.ts'

/**
 * Wide open first: without it there is nothing that the renderer does not do as well by itself. A closed mouth is not asked for: nothing
 * shows between its lips, and the lips are the photo's own.
 */
export const mouthShapes = ['ah', 'ee', 'oo', 'f'] as const
export type MouthShape = (typeof mouthShapes)[number]

const shapeWords: Readonly<Record<MouthShape, string>> = {
  ah: 'wide open, as when saying "ah", with the upper and lower teeth and the tongue to be seen',
  ee: 'slightly open and spread to the sides, as when saying "ee", with the teeth to be seen',
  oo: 'rounded and pushed forward, as when saying "oo", with only a small dark opening',
  f: 'almost closed, as when saying "f", with the upper teeth resting on the lower lip',
}
/** Goes into the key by which a finished edit is known: other words are another edit. */
const promptVersion = 1

/** Lost edits of which the rest still makes a mouth that moves. */
const mostLost = 2

/** Which face is meant, in words: they are counted from the largest on. */
export function editPrompt(shape: MouthShape, face: number): string {
  const ordinals = ['largest', 'second largest', 'third largest', 'fourth largest']
  const which = ordinals[face] ?? `${face + 1}th largest`
  return [
    `Edit this photo: change only the mouth of the person with the ${which} face.`,
    `Make that mouth ${shapeWords[shape]}.`,
    'Keep everything else exactly as it is: the same person and identity, framing, crop, position and size of the head, pose,',
    'gaze, eyes, expression around the eyes, skin, hair, light, colours and background. Do not move or zoom the picture.',
    'It stays a photograph. Add no text, no border and no effect. Answer with the edited photo only.',
  ].join(' ')
}

/** Pure. */
export function nextEdit(request: SpeakingRequest, ended: readonly EndedCall[]): CallPlan | 'done' | 'hopeless' {
  if (ended.filter(({ state }) => state === 'lost').length > mostLost) return 'hopeless'
  // A mouth that is not to move needs none; the first is had again by the next video of this photo.
  const shapes = request.lipSync ? mouthShapes : mouthShapes.slice(0, 1)
  const over = new Set(ended.map(({ name }) => name))
  const index = shapes.findIndex((shape) => !over.has(shape))
  const shape = shapes[index]
  if (shape === undefined) return 'done'
  const { sha256, face } = request.photo
  return {
    name: shape,
    ...(index > 0 && { optional: true }),
    reuseKey: [request.model, sha256, `face-${face}`, shape, `v${promptVersion}`].join(' '),
    span: [index / shapes.length, (index + 1) / shapes.length],
  }
}

export function shapeOf(call: CallPlan): MouthShape {
  const shape = mouthShapes.find((each) => each === call.name)
  if (!shape) throw new Error(`there is no mouth shape '${call.name}'`)
  return shape
}
