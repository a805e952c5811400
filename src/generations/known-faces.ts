/** What was found in photos lately: whoever sends the same photo again, with another script say, need not wait for a second look. */
import type { Photo, PhotoVerdict } from './generation.ts'
import type { Region } from './region.ts'

export interface SeenPhoto {
  readonly tenantId: string
  /** Of the bytes as uploaded. */
  readonly sha256: string
  /** The face that is asked for; undefined: the largest. */
  readonly face: number | undefined
}

export interface KnownFaces {
  /** The verdict that is known, else that of `look`: one look for all who ask at once. */
  verdictOf(photo: SeenPhoto, look: () => Promise<PhotoVerdict>, signal?: AbortSignal): Promise<PhotoVerdict>
  /** For when the photo goes: nothing of the face stays. */
  forget(photo: Pick<Photo, 'tenantId' | 'sha256' | 'faces'>): Promise<void>
}

/** Counted up when the same photo would now be judged otherwise. */
const edition = 1

export function createKnownFaces(region: Region<PhotoVerdict>): KnownFaces {
  const place = ({ tenantId, sha256 }: Pick<SeenPhoto, 'tenantId' | 'sha256'>, face: number | 'largest') =>
    `${edition}:${tenantId}:${sha256}:${face}`
  return {
    async verdictOf(photo, look, signal) {
      let looking: Promise<unknown> = Promise.resolve()
      const make = async () => {
        const verdict = look()
        looking = verdict.catch(() => {})
        return { value: await verdict, tags: { user: photo.tenantId } }
      }
      try {
        return await region.getOrMake(place(photo, photo.face ?? 'largest'), make, signal)
      } finally {
        // The file that is looked at is the caller's, who clears it away when this returns.
        await looking
      }
    },
    async forget(photo) {
      const asked = ['largest' as const, ...photo.faces.map(({ index }) => index)]
      await Promise.all(asked.map((face) => region.delete(place(photo, face))))
    },
  }
}

/** A kept verdict as JSON brought it back; undefined when it is none. */
export function readVerdict(json: unknown): PhotoVerdict | undefined {
  const { ok, faces } = json as Partial<PhotoVerdict>
  return typeof ok === 'boolean' && Array.isArray(faces) ? (json as PhotoVerdict) : undefined
}
