/** What the edges may ask, joined to what does it. */
import type { Config } from '../config.ts'
import type { Database } from '../database/open-database.ts'
import { createRatingStore } from '../database/rating-store.ts'
import { discardGeneration } from '../generations/discard-generation.ts'
import { forgetAnswers } from '../generations/forget-answers.ts'
import { createKnownFaces, readVerdict } from '../generations/known-faces.ts'
import { createKnownWorks, readKnownWork } from '../generations/known-works.ts'
import { openSubtitles } from '../generations/open-subtitles.ts'
import { createPhotoUseCases, type PhotoParts } from '../generations/photos.ts'
import type { EventFeed, SpeechMeter } from '../generations/ports.ts'
import { rateGeneration, readRatings } from '../generations/ratings.ts'
import { getGeneration, listGenerations, openMedia, readEvents } from '../generations/read-generations.ts'
import { receiveWebhook, type WebhookParts } from '../generations/receive-webhook.ts'
import { emptyRegion } from '../generations/region.ts'
import { requestBatch } from '../generations/request-batch.ts'
import { type RequestParts, requestGeneration } from '../generations/request-generation.ts'
import { withWishesSettled } from '../generations/settle-wishes.ts'
import { traceGeneration } from '../generations/trace-generation.ts'
import type { UseCases } from '../generations/use-cases.ts'
import { listVoices, openVoiceSample } from '../generations/voices.ts'
import { watchGeneration } from '../generations/watch-generation.ts'
import { createPreparePhoto } from '../media/photo-intake.ts'
import { prepareRecording } from '../media/recording-intake.ts'
import type { AnalysisProcess } from '../renderer/analysis-process.ts'
import { chooseFonts } from '../renderer/burn-in/choose-fonts.ts'
import { estimateSpeechSeconds } from '../renderer/speech/measure-speech.ts'
import type { Metrics } from '../watching/metrics.ts'
import { composeEstimate } from './compose-estimate.ts'
import { type ComposedRouting, composeModelList } from './create-routing.ts'
import type { Shared } from './open-shared.ts'
import type { VendorRig } from './vendor-parts.ts'

/** Photos above this are refused from their header alone. */
const maxPhotoPixels = 50_000_000
/** Longer side of the copy that is worked on: twice the short side of the largest output. */
const workingSide = 2560

export interface UseCaseParts {
  readonly config: Config
  readonly heart: Omit<PhotoParts, 'preparePhoto' | 'faceCheck' | 'knownFaces'> &
    Pick<RequestParts, 'router' | 'providers'> &
    WebhookParts
  readonly database: Database
  readonly feed: EventFeed
  readonly shared: Shared
  readonly analysis: AnalysisProcess
  readonly voices: SpeechMeter['voices']
  readonly fontDir: string
  readonly queue: RequestParts['queue']
  readonly routing: ComposedRouting
  readonly rig: VendorRig
  readonly metrics: Metrics
}

export function createUseCases(parts: UseCaseParts): UseCases {
  const { config, heart, feed, shared, analysis, voices, routing, rig, metrics } = parts
  const { store, clock, newId } = heart
  const region = <T>(name: string, read: (json: unknown) => T | undefined) =>
    config.cacheEnabled ? shared.cache.region({ name, read }) : emptyRegion<T>()
  const knownFaces = createKnownFaces(region('faces', readVerdict))
  const speech: SpeechMeter = {
    voices,
    languageScores: (text, signal) => analysis.scoreLanguages(text, signal ? { signal } : {}),
    estimate: ({ text, ...spoken }) => estimateSpeechSeconds(text, spoken),
    measure: (request) => analysis.measureSpeech(request),
  }
  const photoParts = {
    ...heart,
    knownFaces,
    preparePhoto: createPreparePhoto({ maxPixels: maxPhotoPixels, maxSide: workingSide }),
    faceCheck: {
      async checkPhoto(...photo: Parameters<typeof analysis.checkPhoto>) {
        const verdict = await analysis.checkPhoto(...photo)
        metrics.photoChecked(verdict.problem?.reason ?? 'ok')
        return verdict
      },
    },
  }
  const ratings = createRatingStore(parts.database)
  const request = withWishesSettled(
    routing.wishes,
    requestGeneration({
      ...photoParts,
      knownWorks: createKnownWorks(region('answers', readKnownWork)),
      speech,
      prepareRecording,
      checkRecording: (recording) => analysis.checkRecording(recording),
      checkSubtitles: async (script, language) => {
        await chooseFonts(script, language, parts.fontDir)
      },
      queue: parts.queue,
      currency: config.currency,
      cacheTtlMs: config.cacheEnabled ? config.cacheTtlMs : 0,
      requireConsent: config.requireConsent,
    }),
  )
  return {
    requestGeneration: request,
    requestBatch: requestBatch({ wishes: routing.wishes, requestGeneration: request }),
    getGeneration: getGeneration(store),
    listGenerations: listGenerations(store),
    discardGeneration: discardGeneration({ ...heart, knownFaces }),
    forgetAnswers: forgetAnswers({ store, invalidate: shared.cache.invalidate }),
    openMedia: openMedia(heart),
    openSubtitles: openSubtitles(heart),
    ...createPhotoUseCases(photoParts),
    listVoices: listVoices(speech),
    estimateWork: composeEstimate({ routing, speech, store, clock, newId }),
    listModels: composeModelList({ config, clock, routing, rig }),
    openVoiceSample: openVoiceSample({ voices, speakSample: analysis.speakSample, clock }),
    readEvents: readEvents(store),
    watchGeneration: watchGeneration({ store, feed }),
    rateGeneration: rateGeneration({ store, ratings, clock, vendors: metrics.vendors }),
    readRatings: readRatings({ ratings }),
    traceGeneration: traceGeneration(store),
    receiveWebhook: receiveWebhook(heart),
  }
}
