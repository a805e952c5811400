/** Takes a request in: all that can be refused is refused here, then row, consent, first event and job commit together. */
import { Failure } from '../errors.ts'
import type { Provider } from '../providers/provider.ts'
import type { AIServiceRouter, Route } from '../routing/ai-service-router.ts'
import type { Adjustment, Estimate, Generation, Photo } from './generation.ts'
import { type PhotoParts, photoNotFound, requireFace, storeWithBytes, toPhoto, withPhoto } from './photos.ts'
import type { SpeechMeter } from './ports.ts'
import { preflightScript, type ScriptVerdict } from './preflight-script.ts'
import type { AcceptedGeneration, GenerationRequest, RequestGeneration } from './use-cases.ts'

export interface RequestParts extends PhotoParts {
  readonly speech: SpeechMeter
  readonly router: AIServiceRouter
  readonly providers: ReadonlyMap<string, Provider>
  readonly requireConsent: boolean
}

export function requestGeneration(parts: RequestParts): RequestGeneration {
  return async (request) => {
    const { photo } = request
    if (parts.requireConsent && !request.consent) throw consentMissing()
    const script = await preflightScript(request.script, request.settings, parts.speech, request.signal)
    if ('id' in photo) return acceptKept(parts, request, photo.id, script)

    const intake = { file: photo.file, face: request.face, ...(request.signal ? { signal: request.signal } : {}) }
    return withPhoto(parts, intake, async (taken) => {
      const face = requireFace(taken.verdict)
      const facts = {
        id: parts.newId('pho'),
        tenantId: request.caller.tenantId,
        kept: false,
        createdAt: parts.clock.now(),
      }
      const row = toPhoto(taken, facts)
      const generation = await storeWithBytes(parts, row, taken.prepared.file, () =>
        accept(parts, request, { photo: row, photoIsNew: true, face, script }),
      )
      return { generation, warnings: taken.verdict.warnings }
    })
  }
}

async function acceptKept(
  parts: RequestParts,
  request: GenerationRequest,
  photoId: string,
  script: ScriptVerdict,
): Promise<AcceptedGeneration> {
  const photo = (await parts.store.findPhoto(request.caller.tenantId, photoId)) ?? photoNotFound(photoId)
  const chosen = request.face ?? photo.faces.find((face) => face.ok)?.index ?? 0
  const face = photo.faces.find((candidate) => candidate.index === chosen)
  const problem = face
    ? face.problem
    : {
        reason: 'face-index-out-of-range',
        message: `There is no face ${chosen} in this photo; it has ${photo.faces.length}.`,
        hint: `Choose face 0 to ${photo.faces.length - 1}.`,
      }
  requireFace({ ok: problem === null, faces: photo.faces, chosen, problem, warnings: [] })
  return { generation: await accept(parts, request, { photo, photoIsNew: false, face: chosen, script }), warnings: [] }
}

async function accept(
  parts: RequestParts,
  request: GenerationRequest,
  { photo, photoIsNew, face, script }: { photo: Photo; photoIsNew: boolean; face: number; script: ScriptVerdict },
): Promise<Generation> {
  const { clock, newId, store } = parts
  const { caller, settings, metadata } = request
  const route = bestRoute(parts.router, request, script)
  const now = clock.now()
  const adjusted = adjustments(parts.providers, route, request, script)
  const generation: Generation = {
    id: newId('gen'),
    tenantId: caller.tenantId,
    photoId: photo.id,
    photoSha256: photo.sha256,
    face,
    script: request.script,
    settings: { ...settings, language: script.language, voice: script.voice },
    metadata,
    adjusted,
    estimate: await estimate(parts, request, route, script),
    status: 'queued',
    step: 'choose',
    progress: 0,
    version: 1,
    lastSeq: 0,
    requestId: caller.requestId,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
    deadlineAt: new Date(now.getTime() + settings.timeoutSeconds * 1000),
    failure: null,
    output: null,
    cost: null,
    routeTrace: [],
  }
  await store.transaction(async (tx) => {
    if (photoIsNew) await tx.insertPhoto(photo)
    await tx.insertGeneration(generation)
    if (request.consent) {
      await tx.insertConsent({
        id: newId('con'),
        tenantId: caller.tenantId,
        photoSha256: photo.sha256,
        generationId: generation.id,
        requestId: caller.requestId,
        grantedAt: now,
      })
    }
    await tx.appendEvent(generation.id, { type: 'queued', adjusted }, now)
    await tx.enqueue({ generationId: generation.id, version: 1, lane: 'quick', priority: settings.priority })
  })
  parts.at('accepted')
  return { ...generation, lastSeq: 1 }
}

function bestRoute(router: AIServiceRouter, request: GenerationRequest, script: ScriptVerdict): Route {
  const { settings } = request
  const wanted = {
    quality: settings.quality,
    language: script.language,
    aspectRatio: settings.aspectRatio,
    seconds: script.seconds,
  }
  const { routes, trace } = router.choose(wanted, [])
  const [best] = routes
  if (best) return best
  throw new Failure('INVALID_MODEL', {
    reason: 'no-able-model',
    message: 'No configured model can do this.',
    hint:
      trace.length === 0
        ? 'Enable the local renderer or configure a provider.'
        : trace.map(({ model, why }) => `${model}: ${why}`).join('; '),
  })
}

function adjustments(
  providers: ReadonlyMap<string, Provider>,
  route: Route,
  { settings, script }: GenerationRequest,
  { language, voice }: ScriptVerdict,
): readonly Adjustment[] {
  const { pitch, ...rest } = settings
  return providers.get(route.provider)?.adjust({ ...rest, script, pitchSemitones: pitch, language, voice }) ?? []
}

async function estimate(
  parts: RequestParts,
  { settings }: GenerationRequest,
  route: Route,
  { seconds }: ScriptVerdict,
): Promise<Estimate> {
  const measured = await parts.store.recentPace(route.provider, settings.quality)
  const { startSeconds, secondsPerSecond } = route.model.typicalWork
  const work = measured === null ? startSeconds + seconds * secondsPerSecond[settings.quality] : seconds * measured
  return {
    videoSeconds: round(seconds),
    processingSeconds: Math.max(1, round(work)),
    cost: { micros: route.estimateMicros ?? 0, currency: route.currency },
  }
}

const round = (seconds: number) => Math.round(seconds * 10) / 10

function consentMissing(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'consent-missing',
    message: 'A generation needs the consent of the person in the photo.',
    hint: "Send consent=true to state that you may use this person's likeness.",
  })
}
