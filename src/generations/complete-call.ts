/** A call is over: its files are brought into our own store, then it is committed as completed and the work moves on. */
import { join } from 'node:path'
import { VendorFailure } from '../errors.ts'
import type { CallResult, ProviderOutput, VendorNames } from '../providers/provider.ts'
import { afterVendorFailure } from './after-vendor-failure.ts'
import { askVendor } from './ask-vendor.ts'
import { commitStep } from './commit-step.ts'
import { endedCalls } from './ended-calls.ts'
import { type OpenAttempt, type StepParts, speakingRequest } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** Stored outputs of a completed call. */
export interface StoredOutput {
  readonly role: ProviderOutput['role']
  readonly key: string
  /** It came from outside, and may be anything. */
  readonly foreign?: true
}

/** @throws Overtaken */
export async function completeCall(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  result: CallResult & VendorNames,
  signal: AbortSignal,
): Promise<void> {
  const { attempt, provider, model } = open
  const brought = await bring(parts, work, open, call, result.outputs, signal)
  if (brought instanceof VendorFailure)
    return afterVendorFailure(parts, work, open, call, asBadOutput(brought), 'after')
  parts.at('rendered')
  const ended = [
    ...endedCalls(attempt.calls),
    { name: call.name, state: 'completed', keeps: result.keeps ?? null } as const,
  ]
  const request = await speakingRequest(parts, work, model.id)
  const isLast = provider.next(request, ended) === 'done'
  const step = isLast ? 'store' : 'start'
  await commitOrDiscard(parts, brought, () =>
    commitStep(parts, work, {
      changes: isLast ? { progress: 98 } : {},
      events: [{ type: 'step', step, attempt: attempt.ordinal, provider: provider.id }],
      next: { step, runsHere: !isLast && model.runsHere },
      async write(tx) {
        await tx.updateCall(call.id, {
          state: 'completed',
          outputs: brought,
          metrics: result.metrics ?? null,
          reportedCost: result.cost ?? null,
          finishedAt: parts.clock.now(),
        })
        if (isLast && attempt.slot !== null) await tx.markSlot(attempt.id, null, parts.clock.now())
      },
    }),
  )
  if (isLast) parts.slotFreed(provider.id)
}

/** The files under our own keys, or what went wrong with fetching them. */
async function bring(
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
        for (const { key } of stored) await parts.media.remove(key)
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

/** Whatever keeps a finished file from us, the vendor is done: only the file is in question. */
function asBadOutput(failure: VendorFailure): VendorFailure {
  return failure.fault === 'bad-output' ? failure : new VendorFailure('bad-output', { cause: failure.cause ?? failure })
}

/** A work that was cancelled meanwhile must not leave its files behind. */
async function commitOrDiscard(
  parts: StepParts,
  outputs: readonly StoredOutput[],
  commit: () => Promise<unknown>,
): Promise<void> {
  try {
    await commit()
  } catch (error) {
    for (const { key } of outputs) await parts.media.remove(key)
    throw error
  }
}

const fileNames: Readonly<Record<ProviderOutput['role'], string>> = {
  video: 'video.mp4',
  thumbnail: 'thumbnail.jpg',
  words: 'words.json',
  image: 'image.png',
  speech: 'speech.wav',
  characters: 'characters.json',
}

export function outputKey({ tenantId, id }: Work, call: Pick<Call, 'id'>, role: ProviderOutput['role']): string {
  return `${tenantId}/works/${id}/${call.id}/${fileNames[role]}`
}
