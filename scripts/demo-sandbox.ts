/**
 * Three scenes with vendors that are simulated on this machine: the first makes it; the first is down and the second over its
 * quota, so that the third speaks; the first refuses, and nobody else is asked. A server of its own follows them through the socket; what the vendors were really asked and
 * what they billed is read from the simulators themselves. Throws when a scene does not come out as announced.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { io } from 'socket.io-client'
import { download, json, startServer } from './demo-server.ts'
import { createProgressLine } from './progress-line.ts'
import { startSandbox } from './start-sandbox.ts'

interface VendorState {
  readonly paid: Readonly<Record<string, { readonly accepted: number; readonly billedSeconds: number }>>
  readonly deliveries: readonly unknown[]
  readonly violations: readonly unknown[]
}

interface Told {
  readonly id: string
  readonly status: string
  readonly cost: { readonly amount: string; readonly currency: string } | null
  readonly output: { readonly seconds: number; readonly width: number; readonly height: number } | null
  readonly route: { readonly provider: string | null }
  readonly fallback_used: boolean
  readonly fallback_provider: string | null
  readonly original_error: { readonly reason: string; readonly detail: string } | null
  readonly failure: { readonly reason: string; readonly detail: string; readonly hint: string | null } | null
  readonly remarks: readonly { readonly message: string }[]
  readonly provider_job_id: string | null
  readonly quality_metrics: Readonly<Record<string, unknown>> | null
}

interface Envelope {
  readonly seq: number
  readonly type: string
  readonly progress: number
  readonly step?: string
  readonly stage?: string
  readonly from?: string
  readonly to?: string
  readonly error?: { readonly detail: string }
}

interface Scene {
  readonly title: string
  readonly script: string
  readonly film: string | null
  prepare?(vendors: Vendors): Promise<void>
  tidy?(vendors: Vendors): Promise<void>
  /** What is not as announced; empty when all is. */
  check(seen: {
    readonly told: Told
    readonly types: readonly string[]
    /** How often each vendor took work. */
    readonly taken: Readonly<Record<string, number>>
  }): string[]
}

/** Where each is looked at and disturbed. */
type Vendors = Readonly<Record<string, string>>

/** The guide's chain. */
const chain = ['veo3', 'runway', 'nano-banana']
const askedEdits = 4

const disturb = async (vendors: Vendors, name: string, what: object) => {
  await json(await fetch(`${vendors[name]}faults`, { method: 'POST', body: JSON.stringify(what) }))
}
const counts = (taken: Readonly<Record<string, number>>) => chain.map((name) => taken[name] ?? 0).join()

const unless = (holds: boolean, wrong: string) => (holds ? [] : [wrong])

const scenes: readonly Scene[] = [
  {
    title: 'the vendor makes it',
    script:
      'Hello! A vendor made this film of me, and it told us how good it thinks it is. Nothing of that was real, of course: ' +
      'it is played on your own machine, to the letter of what the vendor documents.',
    film: 'sandbox-1-vendor.mp4',
    check: ({ told, taken }) => [
      ...unless(told.status === 'completed', `it is ${told.status}`),
      ...unless(!told.fallback_used, 'a fallback was used'),
      ...unless(told.provider_job_id !== null && told.quality_metrics !== null, 'job id or metrics are missing'),
      ...unless(counts(taken) === '1,0,0', `the vendors took ${counts(taken)} calls`),
    ],
  },
  {
    title: 'Veo3 is down, Runway is over its quota, Nano Banana speaks',
    script:
      'Hello again! The first vendor is down, the second is over its quota for today, and so the third one draws my mouth. ' +
      'It made four pictures of me, and our own renderer lets them speak with our own voice.',
    film: 'sandbox-2-chain.mp4',
    async prepare(vendors) {
      await disturb(vendors, 'veo3', { fault: 'http:503' })
      await disturb(vendors, 'runway', { fault: 'quota' })
    },
    async tidy(vendors) {
      for (const name of chain) await fetch(`${vendors[name]}faults`, { method: 'DELETE' })
    },
    check: ({ told, types, taken }) => [
      ...unless(told.status === 'completed', `it is ${told.status}`),
      ...unless(types.filter((type) => type === 'fallback').length === 2, 'two fallbacks were to be told'),
      ...unless(told.fallback_provider === 'nano-banana', `it is made by ${told.fallback_provider}`),
      ...unless(told.original_error !== null, 'the original error is missing'),
      ...unless(counts(taken) === `0,0,${askedEdits}`, `the vendors took ${counts(taken)} calls`),
    ],
  },
  {
    title: 'the vendor refuses the content, nobody else is asked',
    script:
      'This is refused by the rules of the vendor, whatever I say, and however long I say it. It is not sent to anybody else, ' +
      'because what one refuses is refused for good, and whoever asked is told what to change before asking again. [[refuse]]',
    film: null,
    check: ({ told, types, taken }) => [
      ...unless(told.status === 'failed', `it is ${told.status}`),
      ...unless(told.failure?.reason === 'content-refused', `the reason is ${told.failure?.reason}`),
      ...unless(!types.includes('fallback'), 'somebody else was asked'),
      ...unless(counts(taken) === '0,0,0', `the vendors took ${counts(taken)} calls`),
    ],
  },
]

/** @param plain films of the photo and a tone, for little work. @throws when a scene does not come out as announced */
export async function playSandbox(photo: string, plain: boolean): Promise<void> {
  const out = resolve('out')
  await mkdir(out, { recursive: true })
  const dataDir = await mkdtemp(join(tmpdir(), 'talking-photo-sandbox-'))
  const logFile = join(out, 'demo-server.log')
  const sandbox = await startSandbox(chain, plain)
  try {
    const port = await freePort()
    const server = startServer(dataDir, logFile, {
      ...sandbox.env,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      // What a dollar is in the demo, so that every price can be told in one currency.
      FX_RATES: 'USD:83',
      FX_DATE: '2026-11-21',
      // The vendor that was down is to be asked again in the next scene.
      BREAKER_OPEN_SECONDS: '1',
    })
    try {
      const base = await server.listening
      console.log(
        `Server   ${base}  (log in ${logFile})\nVendors  ${Object.entries(sandbox.control)
          .map((each) => each.join(' '))
          .join('  ')}`,
      )
      const rows: string[][] = []
      const wrong: string[] = []
      for (const [index, scene] of scenes.entries()) {
        console.log(`\nScene ${index + 1}: ${scene.title}`)
        const played = await play(scene, { base, photo, vendors: sandbox.control, out })
        rows.push([String(index + 1), ...played.row])
        wrong.push(...played.wrong.map((each) => `Scene ${index + 1}: ${each}`))
      }
      const states = await statesOf(sandbox.control)
      const webhooks = states.reduce((sum, { deliveries: sent }) => sum + sent.length, 0)
      wrong.push(
        ...unless(
          states.every(({ violations }) => violations.length === 0),
          'the contract was violated',
        ),
      )
      console.log(`\n${table([['', 'status', 'made by', 'cost', 'taken', 'seconds', 'film'], ...rows])}`)
      console.log(
        `Webhooks sent: ${webhooks}. Requests outside the contract: ${wrong.includes('the contract was violated') ? 'some' : 'none'}.`,
      )
      if (wrong.length > 0) throw new Error(`Not as announced:\n  ${wrong.join('\n  ')}`)
    } finally {
      await server.stop()
    }
  } finally {
    await sandbox.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Stage {
  readonly base: string
  readonly photo: string
  readonly vendors: Vendors
  readonly out: string
}

async function play(scene: Scene, { base, photo, vendors, out }: Stage) {
  await scene.prepare?.(vendors)
  const before = await takenBy(vendors)
  const startedMs = Date.now()
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(await readFile(photo))]), 'photo.jpg')
  form.set('script', scene.script)
  form.set('quality', 'standard')
  form.set('duration', '15')
  form.set('consent', 'true')
  const { id } = await json<Told>(await fetch(`${base}/api/v1/video/generate`, { method: 'POST', body: form }))
  const types = await follow(base, id)
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
  const told = await json<Told>(await fetch(`${base}/api/v1/video/${id}`))
  const after = await takenBy(vendors)
  const taken = Object.fromEntries(chain.map((name) => [name, after[name]! - before[name]!]))
  await scene.tidy?.(vendors)
  tell(told)
  const film = scene.film && told.status === 'completed' ? join(out, scene.film) : null
  if (film) await download(`${base}/api/v1/video/${id}/content`, film)
  const cost = told.cost ? `${told.cost.amount} ${told.cost.currency}` : 'nothing'
  const row = [
    told.status,
    told.output ? (told.route.provider ?? '-') : '-',
    cost,
    chain.map((name) => taken[name]).join(' + '),
    seconds,
    film ?? '-',
  ]
  return { row, wrong: scene.check({ told, types, taken }) }
}

function tell(told: Told): void {
  const { output, quality_metrics: metrics, original_error: original, failure } = told
  if (output)
    console.log(
      `  film     ${output.seconds.toFixed(1)} s, ${output.width}x${output.height}, by ${told.route.provider}`,
    )
  if (told.cost) console.log(`  cost     ${told.cost.amount} ${told.cost.currency}`)
  if (told.provider_job_id) console.log(`  job      ${told.provider_job_id}`)
  if (metrics) {
    const known = Object.entries(metrics).filter(([, value]) => value !== null)
    console.log(`  quality  ${known.map(([name, value]) => `${name} ${value}`).join(', ')} (by the vendor's own word)`)
  }
  for (const { message } of told.remarks) console.log(`  remark   ${message}`)
  if (original) console.log(`  first    ${original.reason}: ${original.detail}`)
  if (failure) console.log(`  failed   ${failure.reason}: ${failure.detail}\n           ${failure.hint ?? ''}`)
}

/** Shows the log as it grows. @returns the types of its events, once it is over */
function follow(base: string, id: string): Promise<readonly string[]> {
  const line = createProgressLine(process.stdout)
  const socket = io(base, { transports: ['websocket'] })
  const types: string[] = []
  let last = 0
  return new Promise<readonly string[]>((done, failed) => {
    socket.on('connect', () => socket.emit('generation:watch', { id, after: last }))
    socket.on('connect_error', failed)
    socket.on('generation:event', (event: Envelope) => {
      last = event.seq
      types.push(event.type)
      if (event.type === 'fallback') {
        line.end()
        console.log(`  fallback from ${event.from} to ${event.to}: ${event.error?.detail}`)
      } else if (event.type === 'step' || event.type === 'progress') {
        line.show(event.progress, [event.step, event.stage].filter(Boolean).join(': '))
      }
      if (['completed', 'failed', 'cancelled'].includes(event.type)) {
        if (event.type === 'completed') line.show(100, 'completed')
        done(types)
      }
    })
  }).finally(() => {
    line.end()
    socket.close()
  })
}

const statesOf = (vendors: Vendors) =>
  Promise.all(Object.values(vendors).map(async (control) => json<VendorState>(await fetch(`${control}state`))))

/** Calls that each vendor took, to be paid. */
async function takenBy(vendors: Vendors): Promise<Readonly<Record<string, number>>> {
  const states = await statesOf(vendors)
  const accepted = states.map(({ paid }) => Object.values(paid).reduce((sum, each) => sum + each.accepted, 0))
  return Object.fromEntries(Object.keys(vendors).map((name, index) => [name, accepted[index]!]))
}

/** The server must know its own address before it listens: vendors are told to send word there. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer().once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? found(address.port) : failed(new Error('no port'))))
    })
  })
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
