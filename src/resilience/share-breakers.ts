/**
 * Breakers of several processes that act as one: what one observes the others hear and count, too, so that the threshold is
 * one for all; what one opens, and that its probe is out, is told as well, for whoever had not heard all that led to it.
 * Who starts, or may have missed something, asks the others what is open. An opening is told as what is left of it, because
 * the clocks of nodes differ. Of two that disagree the one that is open longer is right: it has seen more failures.
 *
 * Word takes a moment, so two probes may go out at once. Without word each process counts alone.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Breakers, LocalBreakers, Tripped } from './breaker.ts'

/** The part of the bus that is needed here. */
interface Word {
  publish(topic: string, message: unknown): void
  subscribe(topic: string, listener: (message: unknown) => void): () => void
  onGap(listener: () => void): () => void
}

export interface SharedBreakers extends Breakers {
  /** Neither tells nor hears any more. */
  close(): void
}

const topic = 'breakers'
const stage = z.enum(['submission', 'completion'])
const name = z.string()
const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('failed'), name, stage, why: z.string() }),
  z.object({ kind: z.literal('succeeded'), name, stage }),
  z.object({
    kind: z.literal('tripped'),
    /** Only for who asked with this; absent: for all. */
    to: z.string().optional(),
    name,
    stage,
    why: z.string(),
    openMs: z.number().positive(),
    /** Until a probe may go; below zero: so long ago. */
    leftMs: z.number(),
    /** Since the probe under way went out. */
    probeAgeMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal('hello'), from: z.string() }),
])
type Message = z.infer<typeof messageSchema>

export function shareBreakers(local: LocalBreakers, bus: Word, now: () => number): SharedBreakers {
  const me = randomUUID()
  const publish = (message: Message) => bus.publish(topic, message)
  const tellTripped = (name: string, to?: string) => {
    const tripped = local.tripped(name)
    if (tripped) publish({ kind: 'tripped', name, ...(to === undefined ? {} : { to }), ...asLeft(tripped, now()) })
  }
  /** Does it here, and tells when that opened the breaker or sent its probe. */
  const here = <T>(name: string, act: () => T): T => {
    const before = local.tripped(name)
    const result = act()
    if (local.tripped(name) !== before) tellTripped(name)
    return result
  }
  const hear = (message: Message) => {
    if (message.kind === 'failed') local.failed(message.name, message.stage, message.why)
    else if (message.kind === 'succeeded') local.succeeded(message.name, message.stage)
    else if (message.kind === 'hello') for (const { name } of local.open()) tellTripped(name, message.from)
    else if (message.to === undefined || message.to === me) local.restore(message.name, asTripped(message, now()))
  }
  const ask = () => publish({ kind: 'hello', from: me })
  const stopHearing = bus.subscribe(topic, (text) => {
    const message = messageSchema.safeParse(text)
    // A node of another version may say what is not known here.
    if (message.success) hear(message.data)
  })
  const stopAsking = bus.onGap(ask)
  ask()
  return {
    of: local.of,
    open: local.open,
    admit: (name) => here(name, () => local.admit(name)),
    trip: (name, why) => here(name, () => local.trip(name, why)),
    succeeded(name, stage) {
      local.succeeded(name, stage)
      publish({ kind: 'succeeded', name, stage })
    },
    failed(name, stage, why) {
      publish({ kind: 'failed', name, stage, why })
      here(name, () => local.failed(name, stage, why))
    },
    close() {
      stopHearing()
      stopAsking()
    },
  }
}

const asLeft = ({ stage, why, openMs, untilMs, probeMs }: Tripped, nowMs: number) => ({
  stage,
  why,
  openMs,
  leftMs: untilMs - nowMs,
  probeAgeMs: probeMs === null ? null : nowMs - probeMs,
})

const asTripped = (message: ReturnType<typeof asLeft>, nowMs: number): Tripped => ({
  stage: message.stage,
  why: message.why,
  openMs: message.openMs,
  untilMs: nowMs + message.leftMs,
  probeMs: message.probeAgeMs === null ? null : nowMs - message.probeAgeMs,
})
