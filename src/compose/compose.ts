/** The one place where rooms meet. Everything is made here, handed to whoever uses it, and closed in reverse order. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Config } from '../config.ts'
import { createGenerationStore } from '../database/generation-store.ts'
import { openDatabase } from '../database/open-database.ts'
import { primaryLanguage } from '../generations/language.ts'
import { observeStore } from '../generations/observe-store.ts'
import type { Clock, EventFeed } from '../generations/ports.ts'
import { tellPlaces } from '../generations/queue.ts'
import { sweepMedia } from '../generations/sweep-media.ts'
import { createJobs } from '../jobs/create-jobs.ts'
import { findCurrentFfmpeg } from '../media/current-ffmpeg.ts'
import { createDiskStore } from '../media/disk-store.ts'
import { createGate } from '../media/gate.ts'
import { createInspectVideo } from '../media/inspect-video.ts'
import { createTakeFrame } from '../media/take-frame.ts'
import { claimTempRoot } from '../media/temp-root.ts'
import { createOutbound } from '../network/outbound.ts'
import { createCatalogue } from '../providers/catalogue.ts'
import { createAnalysisProcess } from '../renderer/analysis-process.ts'
import { bundledFfmpegPath } from '../renderer/bundled-ffmpeg.ts'
import { createRenderProcess } from '../renderer/render-process.ts'
import { createSpeaker } from '../renderer/speech/create-speaker.ts'
import { createMetrics } from '../watching/metrics.ts'
import { checkDatabase } from './check-database.ts'
import { createRouting } from './create-routing.ts'
import { createUseCases } from './create-use-cases.ts'
import { createFinisher } from './finisher.ts'
import { openShared } from './open-shared.ts'
import { startWatching } from './start-watching.ts'
import { startWeb } from './start-web.ts'
import { startWorker } from './start-worker.ts'
import { createVendorRig } from './vendor-parts.ts'

/** Other nodes may be between storing bytes and committing their row. */
const sweepAgeMs = 60 * 60 * 1000

export interface Running {
  /** Base URL of the HTTP server; null in a process without the web role. */
  readonly url: string | null
  /** From now on it says that it is not ready and takes no more jobs; it goes on with those it has and serves whoever asks. */
  drain(): Promise<void>
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
    const shared = await openShared({ config, database, log })
    closers.push(() => shared.close())
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
      shared,
      log: log.child({ room: 'routing' }),
    })
    closers.push(async () => rig.close())
    metrics.watch({ breakers: rig.states, cache: shared.cache.stats })
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
    if (!isWeb) return { url: null, drain: jobs.rest, close }

    const analysis = createAnalysisProcess({
      entry: besideThis('renderer/analysis-child'),
      modelDir,
      maxQueue: 64,
      timeoutMs: 30_000,
      log: log.child({ room: 'renderer' }),
    })
    closers.push(() => analysis.close())
    const useCases = createUseCases({
      config,
      heart,
      database,
      feed,
      shared,
      analysis,
      voices,
      fontDir,
      queue,
      routing,
      rig,
      metrics,
    })
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
      cacheStats: shared.cache.stats,
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
      cacheStats: shared.cache.stats,
      metrics,
    })
    closers.push(web.close)
    void analysis.warm()
    const drain = async () => {
      web.drain()
      await jobs.rest()
    }
    return { url: web.url, drain, close }
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
