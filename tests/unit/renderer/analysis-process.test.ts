import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type AnalysisProcess,
  type AnalysisProcessOptions,
  createAnalysisProcess,
} from '../../../src/renderer/analysis-process.ts'
import { modelDir, samplePhotos } from '../../support/photos.ts'

/**
 * A child that follows its orders' paths instead of looking at photos. It answers with its process id as the number of the chosen
 * face, so that a test sees which child did the work, and writes down each order as it arrives.
 */
const scriptedChild = `
  import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
  const directory = process.argv[2]
  process.on('disconnect', () => process.exit(0))
  process.on('message', (order) => {
    appendFileSync(directory + '/orders', JSON.stringify(order) + '\\n')
    if ('abort' in order) return
    const { id, work } = order
    const name = work.path ?? work.kind
    const answer = (outcome, residentBytes = 1) => process.send({ id, residentBytes, outcome })
    if (name === 'crash') process.kill(process.pid, 'SIGSEGV')
    else if (name === 'crash once' && !existsSync(directory + '/crashed')) {
      writeFileSync(directory + '/crashed', '')
      console.error('last words')
      process.exit(3)
    } else if (name === 'hang') return
    else if (name === 'die after') answer({ kind: 'verdict', verdict: { chosen: process.pid } }), setImmediate(() => process.exit(0))
    else if (name === 'refuse') answer({ kind: 'failure', failure: { code: 'INVALID_REQUEST', reason: 'photo-unreadable', message: 'm', hint: 'h', extra: { a: 1 } } })
    else if (name === 'measure-speech') answer({ kind: 'speech', seconds: work.text.length })
    else if (name === 'warm') answer({ kind: 'warm' })
    else answer({ kind: 'verdict', verdict: { chosen: process.pid, environment: Object.keys(process.env) } }, name === 'grow' ? 2 ** 31 : 1)
  })
`

let directory: string
let entry: URL
let open: AnalysisProcess[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'analysis-'))
  await writeFile(join(directory, 'child.mjs'), scriptedChild)
  entry = pathToFileURL(join(directory, 'child.mjs'))
})
afterEach(async () => {
  await Promise.all(open.map((analysis) => analysis.close()))
  open = []
  await rm(join(directory, 'orders'), { force: true })
  await rm(join(directory, 'crashed'), { force: true })
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function start(options: Partial<AnalysisProcessOptions> = {}): AnalysisProcess {
  const analysis = createAnalysisProcess({
    entry,
    modelDir: directory,
    execArgv: [],
    maxQueue: 8,
    timeoutMs: 30_000,
    ...options,
  })
  open.push(analysis)
  return analysis
}

async function orders(): Promise<string> {
  return await readFile(join(directory, 'orders'), 'utf8').catch(() => '')
}

/** Waits for the child to have read an order, which the test can only see from outside. */
async function untilOrdered(text: string): Promise<void> {
  while (!(await orders()).includes(text)) await new Promise(setImmediate)
}

describe('the analysis process', () => {
  it('does all its work in one warm child', async () => {
    const analysis = start()
    await analysis.warm()
    const first = await analysis.checkPhoto('a')
    const second = await analysis.checkPhoto('b', { face: 2 })
    expect(first.chosen).toBe(second.chosen)
    expect(first.chosen).not.toBe(process.pid)
    await expect(analysis.measureSpeech({ text: 'four', voice: 'v', speed: 1, pitchSemitones: 0 })).resolves.toEqual({
      seconds: 4,
    })
    expect(await orders()).toContain('"path":"b","face":2')
  })

  it('starts nothing before it is asked', async () => {
    start()
    expect(await orders()).toBe('')
  })

  it('gives the child nothing of the environment', async () => {
    const verdict: unknown = await start().checkPhoto('a')
    const { environment } = verdict as { environment: string[] }
    expect(environment).not.toContain('PATH')
    expect(environment).not.toContain('NODE_OPTIONS')
  })

  it('carries a refusal over whole', async () => {
    await expect(start().checkPhoto('refuse')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      status: 422,
      reason: 'photo-unreadable',
      message: 'm',
      hint: 'h',
      extra: { a: 1 },
    })
  })
})

describe('a child that fails', () => {
  it('is replaced, and the work under the crash is done again', async () => {
    const told: object[] = []
    const analysis = start({ log: { info: () => {}, warn: (details) => told.push(details) } })
    const before = await analysis.checkPhoto('a')
    const after = await analysis.checkPhoto('crash once')
    expect(after.chosen).not.toBe(before.chosen)
    expect(told).toEqual([expect.objectContaining({ ending: expect.stringContaining('last words') })])
  })

  it('fails the work that crashes twice, once, and no other', async () => {
    const analysis = start()
    const results = await Promise.allSettled(['a', 'crash', 'b'].map((path) => analysis.checkPhoto(path)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { code: 'PROVIDER_ERROR', reason: 'analysis-crashed' } })
    expect((await orders()).match(/crash/g)).toHaveLength(2)
  })

  it('is killed when it hangs, and the next work gets a fresh one', async () => {
    const analysis = start({ timeoutMs: 1_000 })
    const results = await Promise.allSettled([analysis.checkPhoto('hang'), analysis.checkPhoto('a')])
    expect(results[0]).toMatchObject({ reason: { code: 'TIMEOUT', reason: 'analysis-timeout' } })
    expect(results[1]).toMatchObject({ status: 'fulfilled' })
    expect((await orders()).match(/hang/g)).toHaveLength(1)
  })

  it('is replaced when it has grown too large', async () => {
    const analysis = start()
    const fat = await analysis.checkPhoto('grow')
    const fresh = await analysis.checkPhoto('a')
    expect(fresh.chosen).not.toBe(fat.chosen)
    expect((await analysis.checkPhoto('b')).chosen).toBe(fresh.chosen)
  })

  it('costs the next work nothing when it dies idle', async () => {
    const told: string[] = []
    const analysis = start({ log: { info: () => {}, warn: (_, message) => told.push(message) } })
    await analysis.checkPhoto('die after')
    while (told.length === 0) await new Promise(setImmediate)
    expect(told).toEqual(['the idle analysis process ended'])
    await expect(analysis.checkPhoto('crash once')).resolves.toBeDefined()
  })

  it('is reported when it cannot be started at all', async () => {
    const analysis = start({ entry: pathToFileURL(join(directory, 'nowhere.mjs')) })
    await expect(analysis.warm()).resolves.toBeUndefined()
    await expect(analysis.checkPhoto('a')).rejects.toMatchObject({ reason: 'analysis-crashed' })
  })
})

describe('the queue', () => {
  it('refuses what does not fit with 503 and a time to wait', async () => {
    const analysis = start({ maxQueue: 2 })
    const admitted = Promise.allSettled(['hang', 'a', 'b'].map((path) => analysis.checkPhoto(path)))
    await expect(analysis.checkPhoto('c')).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      status: 503,
      reason: 'analysis-busy',
      retryAfterSeconds: expect.any(Number),
    })
    await analysis.close()
    for (const result of await admitted) expect(result).toMatchObject({ reason: { reason: 'analysis-closed' } })
  })

  it('works in order, one at a time', async () => {
    const analysis = start()
    const finished: string[] = []
    await Promise.all(['a', 'b', 'c'].map((path) => analysis.checkPhoto(path).then(() => finished.push(path))))
    expect(finished).toEqual(['a', 'b', 'c'])
  })

  it('drops waiting work whose caller left, before it starts', async () => {
    const analysis = start({ timeoutMs: 1_000 })
    const leaving = new AbortController()
    const first = analysis.checkPhoto('hang')
    const waiting = analysis.checkPhoto('left early', { signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await expect(first).rejects.toMatchObject({ reason: 'analysis-timeout' })
    await analysis.checkPhoto('a')
    expect(await orders()).not.toContain('left early')
  })

  it('lets the caller of running work leave at once and tells the child', async () => {
    const analysis = start()
    const leaving = new AbortController()
    const running = analysis.checkPhoto('hang', { signal: leaving.signal })
    await untilOrdered('hang')
    leaving.abort(new Error('gone'))
    await expect(running).rejects.toThrow('gone')
    await untilOrdered('abort')
  })

  it('takes nothing from a caller who has left, and nothing after it was closed', async () => {
    const analysis = start()
    await expect(analysis.checkPhoto('a', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
    await analysis.close()
    await expect(analysis.checkPhoto('a')).rejects.toMatchObject({ reason: 'analysis-closed' })
    expect(await orders()).toBe('')
  })
})

describe('the real child', () => {
  const realEntry = new URL('../../../src/renderer/analysis-child.ts', import.meta.url)
  const real = (options: Partial<AnalysisProcessOptions> = {}) =>
    start({ entry: realEntry, modelDir, execArgv: ['--import', 'tsx'], ...options })

  it('judges a photo, measures speech and refuses in words', async () => {
    const analysis = real()
    await expect(analysis.checkPhoto(samplePhotos()[1]!.path)).resolves.toMatchObject({ ok: true, chosen: 0 })
    await expect(analysis.checkPhoto(samplePhotos()[1]!.path, { face: 1 })).resolves.toMatchObject({
      ok: false,
      problem: { reason: 'face-turned-away' },
    })
    const request = { text: 'One, two, three, four, five.', voice: 'en-us-slt', speed: 1, pitchSemitones: 0 }
    const { seconds } = await analysis.measureSpeech(request)
    expect(seconds).toBeGreaterThan(1)
    expect(seconds).toBeLessThan(5)
    await expect(analysis.measureSpeech({ ...request, voice: 'nobody' })).rejects.toMatchObject({
      reason: 'voice-unknown',
    })
    await expect(analysis.checkPhoto(fileURLToPath(import.meta.url))).rejects.toMatchObject({
      reason: 'photo-unreadable',
    })
  })

  it('breaks off a long measurement whose caller left, before it would have to be killed', async () => {
    const told: object[] = []
    const analysis = real({ timeoutMs: 15_000, log: { info: () => {}, warn: (details) => told.push(details) } })
    await analysis.warm()
    // An hour of speech.
    const text = 'This sentence takes a good while to say. '.repeat(1_400)
    const leaving = new AbortController()
    const request = { text, voice: 'en-us-slt', speed: 1, pitchSemitones: 0 }
    const long = analysis.measureSpeech({ ...request, signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(long).rejects.toThrow('gone')
    await expect(analysis.measureSpeech({ ...request, text: 'Next.' })).resolves.toBeDefined()
    expect(told).toEqual([])
  })

  it('ends when its parent is killed', async () => {
    const script = `
      import { createAnalysisProcess } from ${JSON.stringify(new URL('../../../src/renderer/analysis-process.ts', import.meta.url).href)}
      const analysis = createAnalysisProcess({ entry: new URL(${JSON.stringify(realEntry.href)}), modelDir: ${JSON.stringify(modelDir)},
        execArgv: ['--import', 'tsx'], maxQueue: 8, timeoutMs: 30000, log: { info() {}, warn(details) { console.error(details) } } })
      await analysis.warm()
      console.log(process.pid)
      setInterval(() => {}, 1000)
    `
    await writeFile(join(directory, 'parent.mts'), script)
    const parent = spawn(process.execPath, ['--import', 'tsx', join(directory, 'parent.mts')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines = createInterface({ input: parent.stdout })
    const [line] = (await once(lines, 'line')) as [string]
    expect(Number(line)).toBe(parent.pid)
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')
    const [child] = children.trim().split(' ').map(Number)
    expect(child).toBeGreaterThan(0)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    while (await isRunning(child!)) await new Promise(setImmediate)
  })
})

/** A dead process that nobody has reaped yet is not running. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !/^\d+ \(.*\) [ZX]/s.test(status)
}
