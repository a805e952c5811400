import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RenderJob } from '../../../src/renderer/ports.ts'
import { createRenderProcess, type RenderProcess } from '../../../src/renderer/render-process.ts'
import { demoPortrait } from '../../support/demo-portrait.ts'
import { describeMedia, ffmpegPath } from '../../support/ffmpeg.ts'
import { fontDir } from '../../support/photos.ts'
import { until } from '../../support/until.ts'

let directory: string
let job: RenderJob
let renderer: RenderProcess

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'render-process-'))
  await mkdir(join(directory, 'temp'))
  job = {
    photoPath: demoPortrait,
    face: 0,
    script: 'Mary may buy five big boats. '.repeat(4),
    voice: 'en-us-kal16',
    speed: 1,
    pitchSemitones: 0,
    lipSync: true,
    animationStrength: 1,
    audioEnhancement: false,
    burnSubtitles: false,
    language: 'en',
    shortSide: 240,
    fps: 25,
    maxKilobitsPerSecond: 2000,
    aspectRatio: null,
    maxSeconds: 60,
    seed: 3,
    outputPath: join(directory, 'temp', 'out.mp4'),
    thumbnailPath: join(directory, 'temp', 'out.jpg'),
    wordsPath: join(directory, 'temp', 'words.json'),
    tempDir: join(directory, 'temp'),
    metadata: {},
  }
  renderer = createRenderProcess(options())
})

afterEach(async () => {
  await renderer.close()
  await rm(directory, { recursive: true, force: true })
})

const options = (): Parameters<typeof createRenderProcess>[0] => ({
  entry: new URL('../../../src/renderer/render-child.ts', import.meta.url),
  modelDir: resolve('assets/face'),
  fontDir,
  ffmpegPath,
  niceness: 10,
  execArgv: ['--import', 'tsx'],
})

/** Processes of this render: its ffmpeg names the output; the child is ffmpeg's parent. */
function processesOf(path: string): { ffmpeg: number; child: number } | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`file:${path}`)) continue
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // After the name in brackets: state, parent. A zombie is nobody.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state !== 'Z') return { ffmpeg: Number(pid), child: Number(parent) }
    } catch {
      // Gone while we looked.
    }
  }
  return null
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

describe('a render process', () => {
  it('without spares renders, reports and is gone', async () => {
    const stages = new Set<string>()
    const result = await renderer.render(job, { onProgress: ({ stage }) => stages.add(stage) })
    expect(result.frames).toBeGreaterThan(25)
    expect(stages).toEqual(new Set(['speech', 'face', 'frames', 'encode']))
    expect(describeMedia(job.outputPath)).toContain('Video: h264')
    expect(processesOf(job.outputPath)).toBeNull()
  })

  it('carries a refusal across with its reason, hint and figures', async () => {
    await expect(renderer.render({ ...job, maxSeconds: 1 })).rejects.toMatchObject({
      name: 'Failure',
      code: 'INVALID_REQUEST',
      reason: 'script-too-long',
      hint: expect.stringContaining('Shorten'),
      extra: { maxSeconds: 1 },
    })
    await expect(renderer.render({ ...job, script: '!!!' })).rejects.toMatchObject({ reason: 'script-not-speakable' })
  })

  it('leaves no process when aborted in the middle, and nothing outside its directory', async () => {
    const abort = new AbortController()
    let seen: { ffmpeg: number; child: number } | null = null
    const rendering = renderer.render(job, {
      signal: abort.signal,
      onProgress: ({ stage }) => {
        if (stage !== 'frames' || abort.signal.aborted) return
        seen = processesOf(job.outputPath)
        abort.abort(new Error('cancelled'))
      },
    })
    await expect(rendering).rejects.toThrow('cancelled')
    expect(seen).not.toBeNull()
    expect(isAlive(seen!.child) || isAlive(seen!.ffmpeg)).toBe(false)
    expect(await readdir(directory)).toEqual(['temp'])
  })

  it('does not even start when aborted before', async () => {
    await expect(renderer.render(job, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
  })

  it('is a retryable failure when it crashes, and takes its ffmpeg along', async () => {
    let ffmpeg = 0
    const rendering = renderer.render(job, {
      onProgress: ({ stage }) => {
        const found = stage === 'frames' && ffmpeg === 0 ? processesOf(job.outputPath) : null
        if (found === null) return
        ffmpeg = found.ffmpeg
        process.kill(found.child, 'SIGKILL')
      },
    })
    await expect(rendering).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      reason: 'renderer-crashed',
      retryable: true,
    })
    expect(ffmpeg).toBeGreaterThan(0)
    expect(isAlive(ffmpeg)).toBe(false)
  })

  it('dies with the process that ordered it', async () => {
    const program = join(directory, 'parent.mts')
    const source = new URL('../../../src/renderer/render-process.ts', import.meta.url).href
    const { entry, ...rest } = options()
    await writeFile(
      program,
      `import { createRenderProcess } from ${JSON.stringify(source)}
       const renderer = createRenderProcess({ ...${JSON.stringify(rest)}, entry: new URL(${JSON.stringify(entry.href)}) })
       await renderer.render(${JSON.stringify({ ...job, script: job.script.repeat(6) })})`,
    )
    const parent: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program], { stdio: 'ignore' })
    let found: { ffmpeg: number; child: number } | null = null
    await until(() => {
      found = processesOf(job.outputPath)
      return found !== null
    }, 'the render is under way')
    parent.kill('SIGKILL')
    await until(() => !isAlive(found!.child) && !isAlive(found!.ffmpeg), 'child and ffmpeg are gone')
    // Killed in the middle, not finished in peace.
    expect(describeMedia(job.outputPath)).not.toContain('Video:')
  })
})

describe('the check of a render process', () => {
  const childrenOfThis = () =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(isChild)
  const isChild = (pid: string) => pid !== '' && isAlive(Number(pid))
  const check = () => renderer.check(AbortSignal.timeout(30_000))

  it('passes where one can start and the encoder runs, and leaves none behind that is not kept', async () => {
    const before = childrenOfThis()
    await check()
    expect(childrenOfThis()).toEqual(before)
  })

  it('says that the encoder is not there', async () => {
    renderer = createRenderProcess({ ...options(), ffmpegPath: '/nonexistent/ffmpeg' })
    await expect(check()).rejects.toMatchObject({
      reason: 'encoder-missing',
      message: expect.not.stringContaining('/'),
    })
  })

  it('says that the process dies', async () => {
    renderer = createRenderProcess({ ...options(), entry: new URL('./no-such-child.ts', import.meta.url) })
    await expect(check()).rejects.toMatchObject({ reason: 'renderer-crashed' })
  })
})

describe('a warm render process', () => {
  const short = (): RenderJob => ({ ...job, script: 'Mary may buy.' })
  /** Children of this test's process that run the render child. */
  const idleChildren = (): number[] =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0 && isAlive(pid))
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('render-child'))
  const onlyIdleChild = (): number => {
    const [pid, ...others] = idleChildren()
    expect(others).toEqual([])
    return pid!
  }

  beforeEach(() => {
    renderer = createRenderProcess({ ...options(), spares: 1 })
  })

  it('does one job after the other, the same frames each time, and ends when it is closed', async () => {
    await renderer.warm()
    const pid = onlyIdleChild()
    const films: Buffer[] = []
    for (let i = 0; i < 2; i++) {
      await renderer.render(short())
      films.push(readFileSync(job.outputPath))
      expect(processesOf(job.outputPath)).toBeNull()
    }
    expect(films[1]!.equals(films[0]!)).toBe(true)
    expect(onlyIdleChild()).toBe(pid)
    await renderer.close()
    expect(isAlive(pid)).toBe(false)
  })

  it('speaks without a picture what a render of the same job would be heard to say', async () => {
    await renderer.warm()
    const pid = onlyIdleChild()
    const speech = { ...short(), speechPath: join(directory, 'speech.wav'), wordsPath: join(directory, 'words.json') }
    const stages = new Set<string>()
    const { seconds } = await renderer.speak(speech, { onProgress: ({ stage }) => stages.add(stage) })
    expect(stages).toEqual(new Set(['speech']))
    const film = await renderer.render(short())
    expect(seconds).toBe(film.speechSeconds)
    const inTheFilm = readFileSync(join(job.tempDir, 'speech.wav'))
    expect(readFileSync(speech.speechPath).equals(inTheFilm)).toBe(true)
    expect(readFileSync(speech.wordsPath, 'utf8')).toBe(readFileSync(job.wordsPath, 'utf8'))
    expect(onlyIdleChild()).toBe(pid)
    await expect(renderer.speak({ ...speech, maxSeconds: 0.1 })).rejects.toMatchObject({
      reason: 'script-too-long',
      extra: { maxSeconds: 0.1 },
    })
    expect(isAlive(pid)).toBe(false)
  })

  it('holds no secret of its parent', async () => {
    process.env.A_SECRET = 'hush'
    await renderer.warm()
    delete process.env.A_SECRET
    const environment = readFileSync(`/proc/${onlyIdleChild()}/environ`, 'utf8')
    expect(environment).not.toContain('hush')
    expect(environment).toContain('MALLOC_ARENA_MAX')
  })

  it('is replaced after a refusal, an abort and a crash, and the next job is done', async () => {
    await renderer.warm()
    const first = onlyIdleChild()
    await expect(renderer.render({ ...short(), maxSeconds: 0.1 })).rejects.toMatchObject({ reason: 'script-too-long' })
    expect(isAlive(first)).toBe(false)

    const abort = new AbortController()
    const onProgress = ({ stage }: { stage: string }): void => {
      if (stage === 'frames') abort.abort(new Error('cancelled'))
    }
    await expect(renderer.render(job, { signal: abort.signal, onProgress })).rejects.toThrow('cancelled')
    expect(processesOf(job.outputPath)).toBeNull()

    // Killed while it waits, and not noticed before the job comes: a retryable failure at worst.
    process.kill(onlyIdleChild(), 'SIGKILL')
    await renderer.render(short()).catch((error: unknown) => {
      expect(error).toMatchObject({ reason: 'renderer-crashed', retryable: true })
    })
    await expect(renderer.render(short())).resolves.toMatchObject({ voice: 'en-us-kal16' })
  })

  it('is not kept when it has grown too large', async () => {
    await renderer.close()
    renderer = createRenderProcess({ ...options(), spares: 1, maxResidentBytes: 1 })
    await renderer.warm()
    const pid = onlyIdleChild()
    await renderer.render(short())
    expect(isAlive(pid)).toBe(false)
  })

  it('does not wait longer than its parent lives', async () => {
    const program = join(directory, 'parent.mts')
    const source = new URL('../../../src/renderer/render-process.ts', import.meta.url).href
    const { entry, ...rest } = options()
    await writeFile(
      program,
      `import { createRenderProcess } from ${JSON.stringify(source)}
       const renderer = createRenderProcess({ ...${JSON.stringify(rest)}, spares: 1, entry: new URL(${JSON.stringify(entry.href)}) })
       await renderer.warm()
       process.stdout.write('warm')
       setInterval(() => {}, 1000)`,
    )
    const parent: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(parent.stdout!, 'data')
    const [child] = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('render-child'))
    expect(isAlive(child!)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isAlive(child!), 'the idle child is gone')
  })

  it('lets its parent end in peace without being closed', async () => {
    const program = join(directory, 'parent.mts')
    const source = new URL('../../../src/renderer/render-process.ts', import.meta.url).href
    const { entry, ...rest } = options()
    await writeFile(
      program,
      `import { createRenderProcess } from ${JSON.stringify(source)}
       const renderer = createRenderProcess({ ...${JSON.stringify(rest)}, spares: 1, entry: new URL(${JSON.stringify(entry.href)}) })
       await renderer.warm()`,
    )
    const parent = spawn(process.execPath, ['--import', 'tsx', program], { stdio: 'ignore' })
    const [code] = await once(parent, 'exit')
    expect(code).toBe(0)
  })
})
