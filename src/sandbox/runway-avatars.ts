/** Avatars: made of one image, ready after a while, there until they are deleted. */
import { Refusal } from './refusal.ts'
import type { AvatarBody } from './runway-bodies.ts'
import type { Ground } from './simulator.ts'

interface Avatar {
  readonly id: string
  readonly body: AvatarBody
  readonly image: Buffer
  readonly createdMs: number
  readonly readyMs: number
  readonly fate: string | null
}

export type RunwayAvatars = ReturnType<typeof createRunwayAvatars>

export function createRunwayAvatars({
  clock,
  faults,
  newId,
  avatarMs,
}: Pick<Ground, 'clock' | 'faults'> & { readonly newId: () => string; readonly avatarMs: number }) {
  const avatars = new Map<string, Avatar>()

  const stateOf = ({ fate, readyMs }: Avatar): 'PROCESSING' | 'READY' | 'FAILED' => {
    if (fate === 'stuck' || clock.now().getTime() < readyMs) return 'PROCESSING'
    return fate === 'failed' ? 'FAILED' : 'READY'
  }
  const find = (id: string): Avatar => {
    const avatar = avatars.get(id)
    if (!avatar) throw new Refusal({ status: 404, code: 'not_found', message: 'Avatar not found.' })
    return avatar
  }

  return {
    list: (): readonly string[] => [...avatars.keys()],

    create(body: AvatarBody, image: Buffer): string {
      const createdMs = clock.now().getTime()
      const fate = faults.own('avatar', '', [])
      const id = newId()
      avatars.set(id, { id, body, image, createdMs, readyMs: createdMs + avatarMs, fate })
      return id
    },

    /** What POST and GET say of it. */
    describe(id: string) {
      const avatar = find(id)
      const { body, createdMs, readyMs } = avatar
      const status = stateOf(avatar)
      const { voice } = body
      return {
        id,
        createdAt: new Date(createdMs).toISOString(),
        updatedAt: new Date(status === 'PROCESSING' ? createdMs : readyMs).toISOString(),
        name: body.name,
        personality: body.personality,
        startScript: body.startScript ?? null,
        documentIds: body.documentIds ?? [],
        referenceImageUri: null,
        processedImageUri: null,
        voice:
          voice.type === 'custom'
            ? { ...voice, deleted: false }
            : { ...voice, name: voice.presetId, description: 'A voice of the sandbox.' },
        status,
        ...(status === 'FAILED' && { failureReason: 'No face was found in the reference image.' }),
      }
    },

    delete: (id: string): void => void avatars.delete(find(id).id),

    /** The image of one that can speak. Throws a Refusal where it cannot. */
    imageOf(id: string): Buffer {
      const avatar = find(id)
      if (stateOf(avatar) === 'READY') return avatar.image
      throw new Refusal({ status: 400, code: 'avatar_not_ready', message: 'The avatar is not ready.' })
    },
  }
}
