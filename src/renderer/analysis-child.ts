/**
 * Entry of the analysis process: looks at photos and measures scripts for the web process, which must not do it itself (a photo
 * blocks its thread for 150-400 ms). Stays warm between orders. Its orderer decides when it ends: interrupts are ignored, so that
 * a Ctrl-C lets the web process finish its answers, and a broken IPC channel ends it, so that no orphan outlives a killed parent.
 */
import sharp from 'sharp'
import type { AnalysisOrder, AnalysisOutcome, AnalysisReply, AnalysisWork } from './analysis-messages.ts'
import { createFaceFinder } from './face/face-finder.ts'
import { judgePhoto } from './face/judge-photo.ts'
import { readPhoto } from './face/read-photo.ts'
import type { FaceFinder, Speaker } from './ports.ts'
import { packFailure } from './render-messages.ts'
import { createSpeaker } from './speech/create-speaker.ts'
import { scoreLanguages } from './speech/score-languages.ts'
import { speakOrAlign } from './speech/speak-recording.ts'
import { speakSample } from './speech/speak-sample.ts'

/** The renderer looks for faces at this size too, so a face has the same index here and there. */
const longerSide = 1600

interface Tools {
  openFinder(): Promise<FaceFinder>
  readonly speaker: Speaker
}

async function carryOut(
  work: AnalysisWork,
  { openFinder, speaker }: Tools,
  signal: AbortSignal,
): Promise<AnalysisOutcome> {
  switch (work.kind) {
    case 'warm': {
      const finder = await openFinder()
      // The first inference compiles and allocates; so does the first sentence.
      await finder.find({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) })
      await speaker.speak({ text: 'Ready.', voice: speaker.voices[0]!.id, speed: 1, pitchSemitones: 0, signal })
      await scoreLanguages('Ready.')
      return { kind: 'warm' }
    }
    case 'check-photo': {
      const image = await readPhoto(work.path, { maxSide: longerSide })
      const faces = await (await openFinder()).find(image)
      return { kind: 'verdict', verdict: judgePhoto(faces, image, { face: work.face, shrunkBy: image.shrunkBy }) }
    }
    case 'measure-speech': {
      const { kind: _, ...request } = work
      const track = await speaker.speak({ ...request, signal })
      return { kind: 'speech', seconds: track.samples.length / track.sampleRate }
    }
    case 'speak-sample': {
      const wav = await speakSample(speaker, work.voice, signal)
      return { kind: 'sample', wavBase64: wav.toString('base64') }
    }
    case 'check-recording': {
      const { path: recordingPath, text, voice } = work
      await speakOrAlign(speaker, { text, voice, speed: 1, pitchSemitones: 0, recordingPath, signal })
      return { kind: 'recording-matches' }
    }
    case 'score-languages':
      return { kind: 'languages', scores: await scoreLanguages(work.text) }
  }
}

function serve(modelDir: string): void {
  // A photo comes once: nothing is gained by keeping decoded tiles.
  sharp.cache(false)
  let finder: Promise<FaceFinder> | undefined
  const tools: Tools = {
    openFinder: () => {
      finder ??= createFaceFinder({ modelDir })
      return finder
    },
    speaker: createSpeaker(),
  }
  let running: { readonly id: number; readonly abort: AbortController } | undefined
  process.on('message', async (order: AnalysisOrder) => {
    if ('abort' in order) {
      if (running?.id === order.abort) running.abort.abort()
      return
    }
    const abort = new AbortController()
    running = { id: order.id, abort }
    let outcome: AnalysisOutcome
    try {
      outcome = await carryOut(order.work, tools, abort.signal)
    } catch (error) {
      outcome = { kind: 'failure', failure: packFailure(error) }
    }
    running = undefined
    const reply: AnalysisReply = { id: order.id, outcome, residentBytes: process.memoryUsage.rss() }
    if (process.connected) process.send?.(reply)
  })
}

process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.once('disconnect', () => process.exit(0))
serve(process.argv[2] ?? '')
