/**
 * Entry of the espeak process. eSpeak NG is GPL-3.0: it runs in a process of its own, which nothing else of ours imports, and
 * speaks one text at a time. A broken IPC channel ends it, so that it outlives nobody who ordered from it.
 */
import load, { type Engine } from '@echogarden/espeak-ng-emscripten'
import type { EspeakOrder, EspeakReply, EspeakSound, EspeakSpeech } from './espeak-messages.ts'

function speak(engine: Engine, { text, voice, rate }: EspeakOrder): EspeakSpeech {
  if (engine.set_voice(voice) !== 0) throw new Error(`no voice '${voice}'`)
  engine.set_rate(rate)
  const chunks: Int16Array[] = []
  const sounds: EspeakSound[] = []
  engine.synthesize(text, (samples, events) => {
    chunks.push(samples)
    for (const { type, id, audio_position, text_position } of events) {
      if (type === 'phoneme') sounds.push({ symbol: String(id), atMs: audio_position, character: text_position - 1 })
    }
    return false
  })
  const samples = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    samples.set(chunk, at)
    at += chunk.length
  }
  return { sampleRate: engine.get_samplerate(), samples, sounds }
}

// Its orderer decides when it ends; a Ctrl-C reaches the whole group.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.once('disconnect', () => process.exit(0))

const { eSpeakNGWorker } = await load()
const engine = new eSpeakNGWorker()
process.on('message', (order: EspeakOrder) => {
  let reply: EspeakReply
  try {
    reply = { id: order.id, kind: 'spoken', speech: speak(engine, order) }
  } catch (error) {
    reply = { id: order.id, kind: 'failed', why: String(error) }
  }
  if (process.connected) process.send?.(reply)
})
