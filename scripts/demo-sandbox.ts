/**
 * Three scenes with a vendor that is simulated on this machine: it succeeds; it fails and another takes over; it refuses,
 * and nobody else is asked. A server of its own follows them through the socket; what the vendors were really asked and
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
  readonly requests: readonly { readonly request: string }[]
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
  prepare?(vendors: readonly string[]): Promise<void>
  /** What is not as announced; empty when all is. */
  check(seen: {
    readonly told: Told
    readonly types: readonly string[]
    readonly submitted: readonly number[]
  }): string[]
}

const unless = (holds: boolean, wrong: string) => (holds ? [] : [wrong])

const scenes: readonly Scene[] = [
  {
    title: 'the vendor makes it',
    script: 'Hello! A vendor made this film of me, and it told us how good it thinks it is.',
    film: 'sandbox-1-vendor.mp4',
    check: ({ told, submitted }) => [
      ...unless(told.status === 'completed', `it is ${told.status}`),
      ...unless(!told.fallback_used, 'a fallback was used'),
      ...unless(told.provider_job_id !== null && told.quality_metrics !== null, 'job id or metrics are missing'),
      ...unless(submitted.join() === '1,0', `the vendors were asked ${submitted} times`),
    ],
  },
  {
    title: 'the vendor answers 500, the next one makes it',
    script: 'Hello again! The first vendor failed, and nobody had to ask a second time.',
    film: 'sandbox-2-fallback.mp4',
    prepare: async ([first]) => {
      await json(await fetch(`${first}faults`, { method: 'POST', body: '{"fault":"http:500:times=1"}' }))
    },
    check: ({ told, types, submitted }) => [
      ...unless(told.status === 'completed', `it is ${told.status}`),
      ...unless(types.includes('fallback') && told.fallback_used, 'no fallback was told'),
      ...unless(told.original_error !== null, 'the original error is missing'),
      ...unless(submitted.join() === '1,1', `the vendors were asked ${submitted} times`),
    ],
  },
  {
    title: 'the vendor refuses the content, nobody else is asked',
    script: 'This is refused by the rules of the vendor. [[refuse]]',
    film: null,
    check: ({ told, types, submitted }) => [
      ...unless(told.status === 'failed', `it is ${told.status}`),
      ...unless(told.failure?.reason === 'content-refused', `the reason is ${told.failure?.reason}`),
      ...unless(!types.includes('fallback'), 'somebody else was asked'),
      ...unless(submitted.join() === '1,0', `the vendors were asked ${submitted} times`),
    ],
  },
]

/** @param plain films of the photo and a tone, for little work. @throws when a scene does not come out as announced */
export async function playSandbox(photo: string, plain: boolean): Promise<void> {
  const out = resolve('out')
  await mkdir(out, { recursive: true })
  const dataDir = await mkdtemp(join(tmpdir(), 'talking-photo-sandbox-'))
  const logFile = join(out, 'demo-server.log')
  const sandbox = await startSandbox(plain)
  try {
    const port = await freePort()
    const server = startServer(dataDir, logFile, {
      ...sandbox.env,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    })
    try {
      const base = await server.listening
      console.log(`Server   ${base}  (log in ${logFile})\nVendors  ${sandbox.control.join('  ')}`)
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
      console.log(`\n${table([['', 'status', 'made by', 'cost', 'asked', 'seconds', 'film'], ...rows])}`)
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
  readonly vendors: readonly string[]
  readonly out: string
}

async function play(scene: Scene, { base, photo, vendors, out }: Stage) {
  await scene.prepare?.(vendors)
  const before = await submissions(vendors)
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
  const submitted = (await submissions(vendors)).map((count, index) => count - (before[index] ?? 0))
  tell(told)
  const film = scene.film && told.status === 'completed' ? join(out, scene.film) : null
  if (film) await download(`${base}/api/v1/video/${id}/content`, film)
  const cost = told.cost ? `${told.cost.amount} ${told.cost.currency}` : 'nothing'
  const row = [
    told.status,
    told.output ? (told.route.provider ?? '-') : '-',
    cost,
    submitted.join(' + '),
    seconds,
    film ?? '-',
  ]
  return { row, wrong: scene.check({ told, types, submitted }) }
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

const statesOf = (vendors: readonly string[]) =>
  Promise.all(vendors.map(async (control) => json<VendorState>(await fetch(`${control}state`))))

/** How often each vendor was asked for a film. */
async function submissions(vendors: readonly string[]): Promise<readonly number[]> {
  const states = await statesOf(vendors)
  return states.map(
    ({ requests }) =>
      requests.filter(({ request }) => request.startsWith('POST ') && request.includes('/generate')).length,
  )
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
