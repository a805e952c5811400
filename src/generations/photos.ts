/** Photos: taken in, judged, kept, deleted. Nothing about a photo is stored before it is known that it can speak. */
import { Failure } from '../errors.ts'
import type { Photo, PhotoVerdict } from './generation.ts'
import type { KnownFaces } from './known-faces.ts'
import type { Clock, FaceCheck, GenerationStore, MediaStore, NewId, PreparedPhoto, PreparePhoto } from './ports.ts'
import type { CheckPhoto, DeletePhoto, GetPhoto, KeepPhoto } from './use-cases.ts'

export interface PhotoParts {
  readonly store: GenerationStore
  readonly media: MediaStore
  readonly preparePhoto: PreparePhoto
  readonly faceCheck: FaceCheck
  readonly knownFaces: KnownFaces
  readonly clock: Clock
  readonly newId: NewId
  /** A named place where a test may stop the process. */
  readonly at: (point: string) => void
}

export interface IntakeRequest {
  /** Whose photo it is; null: nothing of it is to be remembered. */
  readonly tenantId: string | null
  readonly file: string
  readonly face: number | undefined
  readonly signal?: AbortSignal
}

export type TakenPhoto = { readonly prepared: PreparedPhoto; readonly verdict: PhotoVerdict }

/** Prepares and judges an uploaded file in scratch space, lets `use` work with the result, and leaves nothing behind. */
export async function withPhoto<T>(
  {
    media,
    preparePhoto,
    faceCheck,
    knownFaces,
  }: Pick<PhotoParts, 'media' | 'preparePhoto' | 'faceCheck' | 'knownFaces'>,
  { tenantId, file, face, signal }: IntakeRequest,
  use: (taken: TakenPhoto) => Promise<T>,
): Promise<T> {
  const scratch = await media.scratch('intake')
  try {
    const prepared = await preparePhoto(file, scratch.path, signal)
    const look = () =>
      faceCheck.checkPhoto(prepared.file, {
        ...(face === undefined ? {} : { face }),
        ...(signal ? { signal } : {}),
      })
    const seen = tenantId === null ? null : { tenantId, sha256: prepared.sha256, face }
    const verdict = await (seen ? knownFaces.verdictOf(seen, look, signal) : look())
    return await use({ prepared, verdict })
  } finally {
    await scratch.dispose()
  }
}

/** The verdict's problem as a Failure; the face index when there is none. */
export function requireFace(verdict: PhotoVerdict): number {
  if (verdict.ok && verdict.chosen !== null) return verdict.chosen
  throw new Failure('INVALID_REQUEST', {
    reason: verdict.problem?.reason ?? 'no-face',
    message: verdict.problem?.message ?? 'There is no face in this photo.',
    hint: verdict.problem?.hint ?? 'Use a photo in which one face looks at the camera.',
    extra: { faces: verdict.faces.length },
  })
}

export function photoKey(tenantId: string, photoId: string): string {
  return `${tenantId}/photos/${photoId}/photo.jpg`
}

export function toPhoto(
  { prepared, verdict }: TakenPhoto,
  facts: { readonly id: string; readonly tenantId: string; readonly kept: boolean; readonly createdAt: Date },
): Photo {
  return {
    ...facts,
    sha256: prepared.sha256,
    mediaKey: photoKey(facts.tenantId, facts.id),
    width: prepared.width,
    height: prepared.height,
    bytes: prepared.bytes,
    faces: verdict.faces,
  }
}

export function createPhotoUseCases(parts: PhotoParts): {
  checkPhoto: CheckPhoto
  keepPhoto: KeepPhoto
  getPhoto: GetPhoto
  deletePhoto: DeletePhoto
} {
  const { store, media, clock, newId, knownFaces } = parts
  const getPhoto: GetPhoto = async (tenantId, id) => (await store.findPhoto(tenantId, id)) ?? photoNotFound(id)
  return {
    getPhoto,

    checkPhoto: (request) =>
      withPhoto(parts, { ...request, tenantId: null }, async ({ prepared, verdict }) => ({
        verdict,
        width: prepared.width,
        height: prepared.height,
        sha256: prepared.sha256,
      })),

    keepPhoto: ({ caller, ...request }) =>
      withPhoto(parts, { ...request, tenantId: caller.tenantId, face: undefined }, async (taken) => {
        requireFace(taken.verdict)
        const facts = { id: newId('pho'), tenantId: caller.tenantId, kept: true, createdAt: clock.now() }
        const photo = toPhoto(taken, facts)
        await storeWithBytes(parts, photo, taken.prepared.file, () => store.transaction((tx) => tx.insertPhoto(photo)))
        return { photo, verdict: taken.verdict }
      }),

    async deletePhoto(tenantId, id) {
      const photo = await getPhoto(tenantId, id)
      const deleted = await store.transaction((tx) => tx.deletePhoto(tenantId, id))
      if (!deleted) {
        throw new Failure('INVALID_REQUEST', {
          status: 409,
          reason: 'photo-in-use',
          message: 'A generation still uses this photo.',
          hint: 'Delete its generations first.',
        })
      }
      await media.remove(photo.mediaKey)
      await knownFaces.forget(photo)
    },
  }
}

/**
 * Bytes first, then the row that names them. When the write fails the bytes go again, unless the row is there after all
 * (an answer lost after the commit) or nobody can tell: then the sweep decides.
 */
export async function storeWithBytes<T>(
  { media, store, at }: Pick<PhotoParts, 'media' | 'store' | 'at'>,
  photo: Photo,
  file: string,
  write: () => Promise<T>,
): Promise<T> {
  await media.put(photo.mediaKey, file)
  at('photo-stored')
  try {
    return await write()
  } catch (error) {
    const isNamed = await store.findPhoto(photo.tenantId, photo.id).then(Boolean, () => true)
    if (!isNamed) await media.remove(photo.mediaKey)
    throw error
  }
}

export function photoNotFound(id: string): never {
  throw new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'photo-not-found',
    message: `There is no photo '${id}'.`,
    hint: 'Upload it to /api/v1/photos, or send it along as `photo`.',
  })
}
