import type { PhoneTiming, SpokenTrack } from '../ports.ts'
import type { Sound } from './audio.ts'
import type { Silences, Walk } from './dtw.ts'
import { frameMs } from './mfcc.ts'

/** How a reference and a recording run together, and where the compared part of the recording begins. */
export interface Course {
  readonly walk: Walk
  readonly silences: Silences
  readonly fromMs: number
}

interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** Shorter silences between words are stops or chance. */
const leastPauseMs = 60

/** The reference's phones and words at the recording's times, with the pauses that the recording makes of its own. */
export function layOver(reference: SpokenTrack, recording: Sound, course: Course): SpokenTrack {
  const place = placesOf(course, (recording.samples.length * 1000) / recording.sampleRate)
  const wordEnds = new Set(reference.words.map(({ endMs }) => endMs))
  const pausedAt = new Map<number, Span>()
  const phones: PhoneTiming[] = []
  for (const [index, phone] of reference.phones.entries()) {
    const startMs = phones.at(-1)?.endMs ?? 0
    const timed = { ...phone, startMs, endMs: Math.max(startMs, place(phone.endMs)) }
    const endsWord = wordEnds.has(phone.endMs) && reference.phones[index + 1]?.phone !== 'pau'
    const pause = endsWord ? pauseAfter(phone.endMs, course) : null
    if (pause && pause.startMs > startMs) {
      pausedAt.set(phone.endMs, pause)
      phones.push({ ...timed, endMs: pause.startMs }, { phone: 'pau', ...pause })
    } else phones.push(timed)
  }
  const words = reference.words.map((word) => ({
    ...word,
    startMs: pausedAt.get(word.startMs)?.endMs ?? place(word.startMs),
    endMs: pausedAt.get(word.endMs)?.startMs ?? place(word.endMs),
  }))
  return { sampleRate: recording.sampleRate, samples: recording.samples, phones, words }
}

/** The silence that the last frame of a word was laid over, or null. */
function pauseAfter(wordEndMs: number, { walk, silences, fromMs }: Course): Span | null {
  const frame = Math.min(walk.first.length - 1, Math.max(0, Math.round(wordEndMs / frameMs) - 1))
  let from = walk.first[frame]!
  let to = walk.last[frame]! + 1
  while (from < to && silences.recording[from] === 0) from++
  while (to > from && silences.recording[to - 1] === 0) to--
  if ((to - from) * frameMs < leastPauseMs) return null
  return { startMs: fromMs + from * frameMs, endMs: fromMs + to * frameMs }
}

/** From the reference's time to the recording's. Never falls; 0 stays 0 and the end meets the end. */
function placesOf({ walk: { first, last }, fromMs }: Course, endMs: number): (ms: number) => number {
  const count = first.length
  const edges = new Float64Array(count + 1)
  for (let i = 1; i < count; i++) edges[i] = fromMs + ((last[i - 1]! + 1 + first[i]!) / 2) * frameMs
  edges[count] = endMs
  return (ms) => {
    const at = ms / frameMs
    if (at >= count) return endMs
    const frame = Math.floor(at)
    return edges[frame]! + (at - frame) * (edges[frame + 1]! - edges[frame]!)
  }
}
