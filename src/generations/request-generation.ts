/**
 * Takes a request in. Where an equal one is done or under way, its work is joined. Else all that can be refused is refused
 * here, then photo, work, generation, consent, first event and job commit together.
 */
import { Failure } from '../errors.ts'
import { consentOf } from './consent-of.ts'
import type { Generation, Photo } from './generation.ts'
import { joinWithin, joinWork } from './join-work.ts'
import type { KnownWorks } from './known-works.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import { type PhotoParts, photoNotFound, requireFace, storeWithBytes, toPhoto, withPhoto } from './photos.ts'
import { adjustments, type Plan, type PlanParts, placeFor, planWork } from './plan-work.ts'
import type { CheckSubtitles, GenerationStore, GenerationTransaction, PreparedRecording } from './ports.ts'
import { preflightScript, type ScriptVerdict } from './preflight-script.ts'
import {
  preflightRecording,
  type RecordingParts,
  recordingKey,
  withRecording,
  withRecordingNamed,
} from './recordings.ts'
import type { AcceptedGeneration, GenerationRequest, RequestGeneration } from './use-cases.ts'
import type { Work } from './work.ts'
import { workKey } from './work-key.ts'

export interface RequestParts extends PhotoParts, RecordingParts, PlanParts {
  readonly store: GenerationStore
  readonly media: PhotoParts['media']
  readonly checkSubtitles: CheckSubtitles
  readonly requireConsent: boolean
  /** How old a video may be that answers an equal request; 0: none does. */
  readonly cacheTtlMs: number
  readonly knownWorks: KnownWorks
}

/** What a work is made of, all checked. */
interface Prepared {
  readonly workId: string
  readonly key: string | null
  readonly photo: Photo
  /** Null when the photo was kept before. */
  readonly photoFile: string | null
  readonly face: number
  readonly script: ScriptVerdict
  readonly plan: Plan
  /** Null where a voice speaks. */
  readonly recordingFile: string | null
}

export function requestGeneration(parts: RequestParts): RequestGeneration {
  const oneAtATime = createOneAtATime()
  return async (asked) => {
    const request = withRecordingNamed(asked)
    if (parts.requireConsent && !request.consent) throw consentMissing()
    const kept = 'id' in request.photo ? await keptPhoto(parts, request, request.photo.id) : null
    const photoSha256 = 'id' in request.photo ? kept!.sha256 : request.photo.sha256
    const { script, settings, fresh } = request
    const key = fresh ? null : workKey({ photoSha256, face: request.face ?? null, script, settings })
    const make = () => withRecording(parts, request, (recording) => prepare(parts, request, { key, kept, recording }))
    if (key === null) return make()
    const join = async () => {
      const generation = await joinWork(parts, request, { key, kept })
      return generation && { generation, warnings: [] }
    }
    return (await join()) ?? oneAtATime(`${request.caller.tenantId} ${key}`, make, join, request.signal)
  }
}

async function prepare(
  parts: RequestParts,
  request: GenerationRequest,
  found: { readonly key: string | null; readonly kept: Photo | null; readonly recording: PreparedRecording | null },
): Promise<AcceptedGeneration> {
  const { key, kept, recording } = found
  const { script, settings } = request
  const verdict = recording
    ? await preflightRecording(parts, request, recording)
    : await preflightScript(script, settings, parts.speech, request.signal)
  if (settings.burnSubtitles) await parts.checkSubtitles(script, verdict.language)
  const workId = parts.newId('wrk')
  const plan = await planWork(parts, request, verdict, workId)
  const common = { workId, key, script: verdict, plan, recordingFile: recording?.file ?? null }
  if (!kept) return acceptUpload(parts, request, common)
  const face = keptFace(kept, request.face)
  return { generation: await accept(parts, request, { ...common, photo: kept, photoFile: null, face }), warnings: [] }
}

async function acceptUpload(
  parts: RequestParts,
  request: GenerationRequest,
  prepared: Pick<Prepared, 'workId' | 'key' | 'script' | 'plan' | 'recordingFile'>,
): Promise<AcceptedGeneration> {
  const { photo, face, signal, caller } = request
  if (!('file' in photo)) throw new Error('a kept photo is not an upload')
  const intake = { tenantId: caller.tenantId, file: photo.file, face, ...(signal ? { signal } : {}) }
  return withPhoto(parts, intake, async (taken) => {
    const chosen = requireFace(taken.verdict)
    const facts = { id: parts.newId('pho'), tenantId: caller.tenantId, kept: false, createdAt: parts.clock.now() }
    const row = toPhoto(taken, facts)
    const file = taken.prepared.file
    const generation = await accept(parts, request, { ...prepared, photo: row, photoFile: file, face: chosen })
    return { generation, warnings: taken.verdict.warnings }
  })
}

async function keptPhoto({ store }: RequestParts, { caller }: GenerationRequest, id: string): Promise<Photo> {
  return (await store.findPhoto(caller.tenantId, id)) ?? photoNotFound(id)
}

function keptFace(photo: Photo, asked: number | undefined): number {
  const chosen = asked ?? photo.faces.find((face) => face.ok)?.index ?? 0
  const face = photo.faces.find((candidate) => candidate.index === chosen)
  const problem = face
    ? face.problem
    : {
        reason: 'face-index-out-of-range',
        message: `There is no face ${chosen} in this photo; it has ${photo.faces.length}.`,
        hint: `Choose face 0 to ${photo.faces.length - 1}.`,
      }
  return requireFace({ ok: problem === null, faces: photo.faces, chosen, problem, warnings: [] })
}

/** A new work with its first generation, unless an equal request was a moment earlier: then its work is joined after all. */
async function accept(parts: RequestParts, request: GenerationRequest, prepared: Prepared): Promise<Generation> {
  const { store } = parts
  const { workId, key, photo, photoFile } = prepared
  const kept = photoFile === null ? photo : null
  const write = async (): Promise<Generation> => {
    for (;;) {
      const generation = await store
        .transaction(async (tx) => {
          const joined = key === null ? null : await joinWithin(tx, parts, request, { key, kept })
          return joined ?? begin(tx, parts, request, prepared)
        })
        .catch(unlessRaced)
      if (generation) return generation
    }
  }
  const writeAll = () => (photoFile === null ? write() : storeWithBytes(parts, photo, photoFile, write))
  const generation = await storeRecording(parts, { tenantId: photo.tenantId, id: workId }, prepared, writeAll)
  if (photoFile !== null && generation.photoId !== photo.id) await parts.media.remove(photo.mediaKey)
  parts.at('accepted')
  return generation
}

/** Bytes first, then the rows; they go again when no work of that id came of it. */
async function storeRecording(
  parts: RequestParts,
  work: Pick<Work, 'tenantId' | 'id'>,
  { recordingFile }: Prepared,
  write: () => Promise<Generation>,
): Promise<Generation> {
  if (recordingFile === null) return write()
  const key = recordingKey(work)
  await parts.media.put(key, recordingFile)
  try {
    const generation = await write()
    if (generation.workId !== work.id) await parts.media.remove(key)
    return generation
  } catch (error) {
    // Where nobody can tell whether the work is there, the sweep decides.
    const isNamed = await parts.store.loadWork(work.id).then(Boolean, () => true)
    if (!isNamed) await parts.media.remove(key)
    throw error
  }
}

/** An equal request committed its work between our look and our insert. */
class Raced extends Error {}

function unlessRaced(error: unknown): null {
  if (error instanceof Raced) return null
  throw error
}

async function begin(
  tx: GenerationTransaction,
  parts: RequestParts,
  request: GenerationRequest,
  { workId, key, photo, photoFile, face, script, plan }: Prepared,
): Promise<Generation> {
  const { clock, newId } = parts
  const { caller, metadata } = request
  const queue = await placeFor(tx, parts, request, plan)
  const now = clock.now()
  const common = {
    tenantId: caller.tenantId,
    photoId: photo.id,
    photoSha256: photo.sha256,
    face,
    script: request.script,
    settings: {
      ...request.settings,
      language: script.language,
      languageSource: script.languageSource,
      voice: script.voice,
    },
    estimate: plan.estimate,
    step: 'choose',
    progress: 0,
    requestId: caller.requestId,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    deadlineAt: new Date(now.getTime() + request.settings.timeoutSeconds * 1000),
    output: null,
    making: null,
    routeTrace: [],
  } as const
  const work: Work = {
    ...common,
    id: workId,
    key,
    runsHere: plan.route.model.runsHere,
    state: 'open',
    version: 1,
  }
  const adjusted = adjustments(parts.providers, plan.route, request, script, { ...photo, face })
  const generation: Generation = {
    ...common,
    id: newId('gen'),
    workId: work.id,
    origin: 'made',
    metadata,
    adjusted,
    status: 'queued',
    queue,
    lastSeq: 1,
    failure: null,
    cost: null,
  }
  if (photoFile !== null) await tx.insertPhoto(photo)
  if (!(await tx.insertWork(work))) throw new Raced()
  await tx.insertGeneration(generation, [{ type: 'queued', adjusted, origin: 'made', queue }])
  const consent = consentOf(newId, request, generation)
  if (consent) await tx.insertConsent(consent)
  await tx.enqueue({ workId: work.id, version: 1, lane: 'quick', priority: work.settings.priority })
  return generation
}

function consentMissing(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'consent-missing',
    message: 'A generation needs the consent of the person in the photo.',
    hint: "Send consent=true to state that you may use this person's likeness.",
  })
}
