/** The one place where rooms meet. Everything is made here, handed to whoever uses it, and closed in reverse order. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Config } from '../config.ts'
import { createGenerationStore } from '../database/generation-store.ts'
import { openDatabase } from '../database/open-database.ts'
import { createRatingStore } from '../database/rating-store.ts'
import { discardGeneration } from '../generations/discard-generation.ts'
import { createKnownWorks } from '../generations/known-works.ts'
import { primaryLanguage } from '../generations/language.ts'
import { observeStore } from '../generations/observe-store.ts'
import { openSubtitles } from '../generations/open-subtitles.ts'
import { createPhotoUseCases } from '../generations/photos.ts'
import type { Clock, EventFeed, SpeechMeter } from '../generations/ports.ts'
import { tellPlaces } from '../generations/queue.ts'
import { rateGeneration, readRatings } from '../generations/ratings.ts'
import { getGeneration, listGenerations, openMedia, readEvents } from '../generations/read-generations.ts'
import { receiveWebhook } from '../generations/receive-webhook.ts'
import { requestBatch } from '../generations/request-batch.ts'
import { requestGeneration } from '../generations/request-generation.ts'
import { withWishesSettled } from '../generations/settle-wishes.ts'
import { sweepMedia } from '../generations/sweep-media.ts'
import { traceGeneration } from '../generations/trace-generation.ts'
import type { UseCases } from '../generations/use-cases.ts'
import { listVoices, openVoiceSample } from '../generations/voices.ts'
import { watchGeneration } from '../generations/watch-generation.ts'
import { createJobs } from '../jobs/create-jobs.ts'
import { findCurrentFfmpeg } from '../media/current-ffmpeg.ts'
import { createDiskStore } from '../media/disk-store.ts'
import { createGate } from '../media/gate.ts'
import { createInspectVideo } from '../media/inspect-video.ts'
import { createPreparePhoto } from '../media/photo-intake.ts'
import { prepareRecording } from '../media/recording-intake.ts'
import { createTakeFrame } from '../media/take-frame.ts'
import { claimTempRoot } from '../media/temp-root.ts'
import { createOutbound } from '../network/outbound.ts'
import { createCatalogue } from '../providers/catalogue.ts'
import { createAnalysisProcess } from '../renderer/analysis-process.ts'
import { bundledFfmpegPath } from '../renderer/bundled-ffmpeg.ts'
import { chooseFonts } from '../renderer/burn-in/choose-fonts.ts'
import { createRenderProcess } from '../renderer/render-process.ts'
import { createSpeaker } from '../renderer/speech/create-speaker.ts'
import { estimateSpeechSeconds } from '../renderer/speech/measure-speech.ts'
import { createMetrics } from '../watching/metrics.ts'
import { checkDatabase } from './check-database.ts'
import { composeEstimate } from './compose-estimate.ts'
import { composeModelList, createRouting } from './create-routing.ts'
import { createFinisher } from './finisher.ts'
import { startWatching } from './start-watching.ts'
import { startWeb } from './start-web.ts'
import { startWorker } from './start-worker.ts'
import { createVendorRig } from './vendor-parts.ts'

/** Photos above this are refused from their header alone. */
const maxPhotoPixels = 50_000_000
/** Longer side of the copy that is worked on: twice the short side of the largest output. */
const workingSide = 2560
/** Other nodes may be between storing bytes and committing their row. */
const sweepAgeMs = 60 * 60 * 1000

export interface Running {
  /** Base URL of the HTTP server; null in a process without the web role. */
  readonly url: string | null
  close(): Promise<void>
}

export async function compose(config: Config, log: Logger): Promise<Running> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const clock: Clock = { now: () => new Date() }
    const at = failpoint(config.failpoint)
    const ffmpegPath = config.ffmpegPath ?? bundledFfmpegPath()
    const modelDir = fileURLToPath(new URL('../../assets/face', import.meta.url))
    const fontDir = fileURLToPath(new URL('../../assets/fonts', import.meta.url))
    const isWeb = config.roles.includes('web')
    const isWorker = config.roles.includes('worker')

    const database = await openDatabase({
      databaseUrl: config.databaseUrl,
      dataDir: config.dataDir,
      log: log.child({ room: 'database' }),
    })
    closers.push(() => database.close())
    const temp = await claimTempRoot(join(config.dataDir, 'tmp'))
    closers.push(() => temp.release())
    const media = createDiskStore({ root: join(config.dataDir, 'media'), tempRoot: temp.path })

    const jobs = await createJobs({ connection: database.jobsConnection, log: log.child({ room: 'jobs' }) })
    closers.push(() => jobs.stop({ graceMs: config.shutdownGraceMs }))
    const metrics = createMetrics()
    const store = observeStore(createGenerationStore(database, { enqueue: jobs.enqueue }), metrics)
    const feed = feedOf(database.feed)

    const renderer = createRenderProcess({
      entry: besideThis('renderer/render-child'),
      modelDir,
      fontDir,
      ffmpegPath,
      niceness: 10,
      spares: isWorker ? config.renderConcurrency : 0,
    })
    closers.push(() => renderer.close())
    let renders = 0
    const render: typeof renderer.render = async (...job) => {
      renders += 1
      try {
        return await renderer.render(...job)
      } finally {
        renders -= 1
      }
    }
    metrics.watch({ jobs: jobs.counts, ...(isWorker && { renders: () => renders }) })
    const { voices } = createSpeaker()
    const languages = [...new Set(voices.map(({ language }) => primaryLanguage(language)))]
    const outbound = createOutbound({
      allowHosts: config.outboundAllowHosts,
      userAgent: 'talking-photo',
      log: log.child({ room: 'network' }),
    })
    const catalogue = createCatalogue({
      environment: config.providers,
      ask: outbound.ask,
      sendForm: outbound.sendForm,
      genderOf: (voice) => voices.find(({ id }) => id === voice)?.gender ?? null,
      openFile: outbound.openFile,
      render,
      checkRenderer: renderer.check,
      languages,
      now: () => clock.now(),
      profiles: () => routing.registry.profiles(),
    })
    const routing = await createRouting({
      config,
      catalogue,
      store,
      clock,
      outage: (model) => rig.parts.guard.outage(model),
      log: log.child({ room: 'providers' }),
    })
    closers.push(async () => routing.close())
    const { router, providers, priceBook, voiceFor } = routing
    const rig = createVendorRig({
      config,
      store,
      clock,
      providers,
      outbound,
      priceBook,
      voiceFor,
      vendors: metrics.vendors,
      log: log.child({ room: 'routing' }),
    })
    closers.push(() => rig.close())
    metrics.watch({ breakers: rig.states })
    const heart = { store, media, router, providers, clock, newId, at, log: log.child({ room: 'generations' }) }

    const sweep = async (olderThanMs: number) => {
      await store.forgetWebhookDeliveries(new Date(clock.now().getTime() - sweepAgeMs))
      const removed = await sweepMedia(heart, olderThanMs)
      if (removed > 0) log.info({ event: 'orphans_removed', files: removed }, 'removed files that no row speaks of')
    }
    // Embedded nobody else can be at work yet.
    await sweep(database.kind === 'embedded' ? 0 : sweepAgeMs)
    const sweeping = setInterval(() => {
      sweep(sweepAgeMs).catch((error: unknown) => log.error({ event: 'sweep_failed', err: error }, 'the sweep failed'))
    }, sweepAgeMs)
    closers.push(async () => clearInterval(sweeping))

    const queue = { places: config.renderConcurrency, maxWaiting: config.maxQueued }
    if (isWorker) {
      if ([...providers.values()].some(({ models }) => models.some(({ runsHere }) => runsHere))) void renderer.warm()
      const isForeign = [...providers.values()].some(({ models }) => models.some(({ runsHere }) => !runsHere))
      const foreignFfmpegPath = isForeign ? await findCurrentFfmpeg(config.ffmpegPath, config.searchPath) : undefined
      // Steps before providers are many; decoding their films is not: each takes a core.
      const look = createGate(config.renderConcurrency + 1)
      const inspect = createInspectVideo({ ffmpegPath, foreignFfmpegPath })
      const inspectVideo: typeof inspect = (file, signal, from) => look(() => inspect(file, signal, from), signal)
      const frame = createTakeFrame(foreignFfmpegPath ?? ffmpegPath)
      const takeFrame: typeof frame = (video, to, signal) => look(() => frame(video, to, signal), signal)
      const finisher = createFinisher({
        renderer: { render, speak: renderer.speak },
        ffmpegPath: foreignFfmpegPath ?? ffmpegPath,
        profiles: () => routing.registry.profiles(),
        gate: look,
      })
      const stopTelling = await startWorker({
        config,
        jobs,
        feed,
        heart: { ...heart, ...rig.parts, inspectVideo, takeFrame, finisher },
        tellPlaces: tellPlaces({ store, clock, queue }),
        slots: rig.slots,
      })
      closers.push(async () => stopTelling())
    }
    if (!isWeb) return { url: null, close }

    const analysis = createAnalysisProcess({
      entry: besideThis('renderer/analysis-child'),
      modelDir,
      maxQueue: 64,
      timeoutMs: 30_000,
      log: log.child({ room: 'renderer' }),
    })
    closers.push(() => analysis.close())
    const speech: SpeechMeter = {
      voices,
      languageScores: (text, signal) => analysis.scoreLanguages(text, signal ? { signal } : {}),
      estimate: ({ text, ...spoken }) => estimateSpeechSeconds(text, spoken),
      measure: (request) => analysis.measureSpeech(request),
    }
    const photoParts = {
      ...heart,
      preparePhoto: createPreparePhoto({ maxPixels: maxPhotoPixels, maxSide: workingSide }),
      faceCheck: {
        async checkPhoto(...photo: Parameters<typeof analysis.checkPhoto>) {
          const verdict = await analysis.checkPhoto(...photo)
          metrics.photoChecked(verdict.problem?.reason ?? 'ok')
          return verdict
        },
      },
    }
    const ratings = createRatingStore(database)
    const request = withWishesSettled(
      routing.wishes,
      requestGeneration({
        knownWorks: createKnownWorks(),
        ...photoParts,
        speech,
        prepareRecording,
        checkRecording: (request) => analysis.checkRecording(request),
        checkSubtitles: async (script, language) => {
          await chooseFonts(script, language, fontDir)
        },
        queue,
        currency: config.currency,
        cacheTtlMs: config.cacheEnabled ? config.cacheTtlMs : 0,
        requireConsent: config.requireConsent,
      }),
    )
    const useCases: UseCases = {
      requestGeneration: request,
      requestBatch: requestBatch({ wishes: routing.wishes, requestGeneration: request }),
      getGeneration: getGeneration(store),
      listGenerations: listGenerations(store),
      discardGeneration: discardGeneration(heart),
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
    const check = checkDatabase(database.ping, log.child({ room: 'database' }))
    const watching = startWatching({
      config,
      log: log.child({ room: 'watching' }),
      clock,
      database,
      checkDatabase: check,
      catalogue,
      metrics,
      breakers: rig.states,
    })
    closers.push(async () => watching.close())
    const web = await startWeb({
      config,
      log,
      useCases,
      catalogue,
      uploadDir: temp.path,
      checkDatabase: check,
      watching,
      metrics,
    })
    closers.push(web.close)
    void analysis.warm()
    return { url: web.url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The feed's two kinds of notice as the heart's one. */
function feedOf(feed: Awaited<ReturnType<typeof openDatabase>>['feed']): EventFeed {
  return {
    subscribe(listener) {
      const leave = feed.subscribe(listener)
      const leaveGaps = feed.onReconnected(() => listener({ generationId: null }))
      return () => {
        leave()
        leaveGaps()
      }
    },
  }
}

function newId(prefix: string): string {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`
}

/** Child processes run the same kind of file as this one: .js when built. */
function besideThis(path: string): URL {
  return new URL(`../${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

/** @param named one point, or several with commas; a star at its end stands for whatever follows */
function failpoint(named: string | undefined): (point: string) => void {
  const points = named?.split(',') ?? []
  const isNamed = (point: string) =>
    points.some((each) => (each.endsWith('*') ? point.startsWith(each.slice(0, -1)) : point === each))
  return (point) => {
    if (isNamed(point)) process.kill(process.pid, 'SIGKILL')
  }
}
