/** What an equal call of the same tenant yielded before is taken again: nothing is sent, and nothing paid. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { orDiscard, outputKey, type StoredOutput } from './bring-files.ts'
import { commitStep } from './commit-step.ts'
import { storedOutputs } from './ended-calls.ts'
import type { Step } from './generation.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'
import { type NewCall, writeCall } from './write-call.ts'

type Reused = Pick<NewCall, 'maker' | 'provider' | 'model'>

const byRoute: Reused = { maker: 'route', provider: null, model: null }

/** @returns false when there is none, or its files are gone. @throws Overtaken */
export async function takeAgain(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  reuseKey: string,
  name: string,
  by: Reused = byRoute,
  next: { readonly step: Step; readonly runsHere?: boolean } = { step: 'start' },
): Promise<boolean> {
  const found = await parts.store.findReusable(work.tenantId, reuseKey)
  if (!found) return false
  const free = { micros: 0, currency: work.estimate.cost.currency }
  const files = await filesOf(parts, found)
  if (!files) return false
  const call = await writeCall(parts, work, open, { ...by, name, reuseKey, estimate: free })
  const outputs = await copyAll(parts, work, call, files)
  await orDiscard(parts, work, call, outputs, () =>
    commitStep(parts, work, {
      changes: {},
      next,
      write: (tx) =>
        tx.updateCall(call.id, {
          state: 'completed',
          sends: 0,
          outputs,
          keeps: found.keeps,
          reportedCost: free,
          finishedAt: parts.clock.now(),
        }),
    }),
  )
  return true
}

interface KeptFile extends StoredOutput {
  readonly path: string
}

/** Null: one of them is gone. */
async function filesOf({ media }: StepParts, call: Call): Promise<readonly KeptFile[] | null> {
  try {
    return await Promise.all(
      storedOutputs(call).map(async (output) => ({ ...output, path: await media.localPath(output.key) })),
    )
  } catch {
    return null
  }
}

/** Copies: each work has files of its own, that go with it. */
async function copyAll(
  { media }: StepParts,
  work: Work,
  call: Pick<Call, 'id'>,
  files: readonly KeptFile[],
): Promise<readonly StoredOutput[]> {
  const scratch = await media.scratch(work.id)
  try {
    const outputs: StoredOutput[] = []
    for (const { path, ...output } of files) {
      const copy = join(scratch.path, output.role)
      await copyFile(path, copy)
      const key = outputKey(work, call, output.role)
      await media.put(key, copy)
      outputs.push({ ...output, key })
    }
    return outputs
  } finally {
    await scratch.dispose()
  }
}
