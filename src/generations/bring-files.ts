/** Brings what a call yielded into our own store, wherever it lies. */
import { join } from 'node:path'
import { VendorFailure } from '../errors.ts'
import type { ProviderOutput } from '../providers/provider.ts'
import { askVendor } from './ask-vendor.ts'
import { isOver } from './ended-calls.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** Stored outputs of a completed call. */
export interface StoredOutput {
  readonly role: ProviderOutput['role']
  readonly key: string
  /** It came from outside, and may be anything. */
  readonly foreign?: true
}

/** The files under our own keys, or what went wrong with fetching them. */
export async function bring(
  parts: StepParts,
  work: Work,
  { provider, model }: OpenAttempt,
  call: Call,
  outputs: readonly ProviderOutput[],
  signal: AbortSignal,
): Promise<readonly StoredOutput[] | VendorFailure> {
  const stored: StoredOutput[] = []
  const { maxFileBytes: maxBytes } = provider.limits
  const scratch = await parts.media.scratch(work.id)
  const fetched = async (to: string, get: () => Promise<void>): Promise<string | VendorFailure> =>
    (await askVendor(parts, model, 'download', signal, get)) ?? to
  try {
    for (const output of outputs) {
      const { role } = output
      const isForeign = !('file' in output)
      // A frame of the video that was looked at is safer than another file from outside.
      if (isForeign && role === 'thumbnail') continue
      const to = join(scratch.path, fileNames[role])
      const file =
        'file' in output
          ? output.file
          : 'url' in output
            ? await fetched(to, () => parts.fetchFile({ url: output.url, to, maxBytes, signal }))
            : await fetched(to, async () => {
                const from = await provider.open!(output.opened, { signal })
                await parts.writeFile({ from, to, maxBytes, signal })
              })
      if (file instanceof VendorFailure) {
        await discardFiles(parts, stored)
        return file
      }
      const key = outputKey(work, call, role)
      await parts.media.put(key, file)
      stored.push({ role, key, ...(isForeign ? { foreign: true } : {}) })
    }
    return stored
  } finally {
    await scratch.dispose()
  }
}

/** A work that was cancelled meanwhile must not leave its files behind; what another run of the same call has stored, or will, stays. */
export async function orDiscard(
  parts: Pick<StepParts, 'media' | 'store'>,
  work: Work,
  call: Pick<Call, 'id'>,
  outputs: readonly StoredOutput[],
  commit: () => Promise<unknown>,
): Promise<void> {
  try {
    await commit()
  } catch (error) {
    // Where the database cannot tell, the commit may have reached it.
    if (!(await isWanted(parts, work, call).catch(() => true))) await discardFiles(parts, outputs)
    throw error
  }
}

/** Each run of a call stores under the same keys: a worker that froze and woke must not take away the film of the one that went on. */
async function isWanted({ store }: Pick<StepParts, 'store'>, { id }: Work, call: Pick<Call, 'id'>): Promise<boolean> {
  const work = await store.loadWork(id)
  if (work?.state !== 'open' && work?.state !== 'done') return false
  const attempts = await store.listAttempts(id)
  return attempts.some(
    ({ state, calls }) =>
      (state === 'open' || state === 'succeeded') &&
      calls.some((each) => each.id === call.id && (each.state === 'completed' || !isOver(each))),
  )
}

export async function discardFiles(
  { media }: Pick<StepParts, 'media'>,
  outputs: readonly StoredOutput[],
): Promise<void> {
  for (const { key } of outputs) await media.remove(key)
}

const fileNames: Readonly<Record<ProviderOutput['role'], string>> = {
  video: 'video.mp4',
  thumbnail: 'thumbnail.jpg',
  words: 'words.json',
  image: 'image',
  speech: 'speech.wav',
  characters: 'characters.json',
}

export function outputKey({ tenantId, id }: Work, call: Pick<Call, 'id'>, role: ProviderOutput['role']): string {
  return `${tenantId}/works/${id}/${call.id}/${fileNames[role]}`
}
