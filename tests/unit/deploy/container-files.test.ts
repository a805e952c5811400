/**
 * Dockerfile, .dockerignore and docker-compose.yml, read as a builder would read them: no Docker runs here. Linters from npm, and
 * what they are blind to: that what is copied exists and is let in, and that what is set is known to the server.
 *
 * Each was broken once and seen by its test: a port that is none, a folder copied that is shut out, a stage misnamed, root, an
 * unknown variable (in either file), no ffmpeg, a port open to all, a grace of 30 s, a variable of a template not filled.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { validate } from 'dockerfile-utils'
import { environmentNames } from '../../../src/config.ts'

const run = promisify(execFile)
const read = (path: string) => readFile(resolve(path), 'utf8')

/** What the image and its shell read, and not the server. */
const notOurs = ['NODE_ENV', 'MALLOC_ARENA_MAX']

let dockerfile: string
let compose: string
let ignored: readonly string[]

beforeAll(async () => {
  dockerfile = (await read('Dockerfile')).replaceAll(/\\\n\s*/g, ' ')
  compose = await read('docker-compose.yml')
  ignored = (await read('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
})

describe('the image', () => {
  test('is built from a file without faults', async () => {
    expect(validate(await read('Dockerfile')).map(({ message }) => message)).toEqual([])
  })

  test('copies only what is there and is let in', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '))
    expect(sources.length).toBeGreaterThan(8)
    expect(sources.filter((source) => !existsSync(resolve(source)))).toEqual([])
    const letIn = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    const shutOut = sources.filter((source) => !letIn.some((open) => source === open || source.startsWith(`${open}/`)))
    expect(shutOut).toEqual([])
    expect(ignored[0]).toBe('*')
    expect(letIn.filter((open) => !existsSync(resolve(open)))).toEqual([])
  })

  test('copies from stages that there are', () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, stage]) => stage)
    const used = [...dockerfile.matchAll(/^COPY --from=(\S+)/gm)].map(([, stage]) => stage)
    expect(stages.at(-1)).toBe('runtime')
    expect(used).toEqual(expect.arrayContaining(['packages', 'build']))
    expect(used.filter((stage) => !stages.includes(stage))).toEqual([])
  })

  test('runs as nobody in particular, hears signals, and is asked whether it lives', () => {
    const runtime = dockerfile.slice(dockerfile.indexOf('AS runtime'))
    expect(runtime.match(/^USER (.+)$/gm)).toEqual(['USER node'])
    for (const instruction of ['ENTRYPOINT', 'CMD']) {
      const [said] = runtime.match(new RegExp(`^${instruction} .+$`, 'm')) ?? []
      // A list: a shell in between would keep the signals to itself.
      expect(JSON.parse(said!.slice(instruction.length))).toEqual(expect.any(Array))
    }
    const [, question] = /^HEALTHCHECK .* CMD (.+)$/m.exec(runtime)!
    expect(JSON.parse(question!).join(' ')).toContain('/health/live')
    expect(runtime.indexOf('USER node')).toBeLessThan(runtime.indexOf('CMD ["node", "--enable'))
  })

  test('sets only variables that the server knows, and none that is a secret', () => {
    const set = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, pairs]) => pairs!.match(/[A-Z_]+(?==)/g) ?? [])
    expect(set).toContain('DATA_DIR')
    expect(set.filter((name) => !environmentNames.includes(name) && !notOurs.includes(name))).toEqual([])
    expect(dockerfile).not.toMatch(/(KEY|SECRET|TOKEN|PASSWORD)=/)
  })

  test('has a current ffmpeg, and a Node that the packages take', async () => {
    expect(dockerfile).toMatch(/apt-get install -y --no-install-recommends ffmpeg /)
    const [, major] = /node:(\d+)\.\d+-trixie-slim/.exec(dockerfile)!
    // Long-term support is for even ones; pg-boss wants 22.12.
    expect(Number(major)).toBeGreaterThanOrEqual(22)
    expect(Number(major) % 2).toBe(0)
  })
})

describe('the composition', () => {
  test('has no fault that its linter knows', async () => {
    const program = resolve('node_modules/dclint/bin/dclint.cjs')
    const { stdout } = await run(process.execPath, [program, '--max-warnings', '0', '-f', 'json', 'docker-compose.yml'])
    expect(JSON.parse(stdout || '[]').flatMap(({ messages }: { messages: unknown[] }) => messages)).toEqual([])
  })

  test('sets only variables that the server knows', () => {
    const [, block] = /environment: &node-environment\n((?: {4}.*\n)+)/.exec(compose)!
    const set = [...block!.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name]) => name!)
    expect(set).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_CACHE_URL', 'DRAIN_SECONDS']))
    expect(set.filter((name) => !environmentNames.includes(name))).toEqual([])
  })

  test('gives a node more time to stop than it takes', () => {
    const seconds = (pattern: RegExp) => Number(pattern.exec(compose)![1])
    const drain = seconds(/DRAIN_SECONDS: "(\d+)"/)
    const grace = seconds(/SHUTDOWN_GRACE_SECONDS: "(\d+)"/)
    // The answers under way have the grace, and the jobs after them; then the queue has five seconds.
    expect(seconds(/stop_grace_period: (\d+)s/)).toBeGreaterThan(drain + 2 * grace + 5)
  })

  test('fills every variable of the templates, and brings every file of nginx to where it is used', async () => {
    const [, block] = /\n {2}nginx:\n((?: {4}.*\n|\n)+)/.exec(compose)!
    const templates = await Promise.all(
      ['default.conf', 'servers.list', 'problems.inc'].map((name) => read(`nginx/templates/${name}.template`)),
    )
    const wanted = new Set(templates.flatMap((text) => text.match(/(?<=\$\{)[A-Z_\d]+(?=\})/g) ?? []))
    const [, filter] = /NGINX_ENVSUBST_FILTER: (.+)\$\$/.exec(block!)!
    for (const name of wanted) {
      expect(block).toMatch(new RegExp(`^ {6}${name}: `, 'm'))
      expect(name).toMatch(new RegExp(`${filter}$`))
    }
    const mounted = [...block!.matchAll(/- \.\/(\S+?):(\S+?):ro/g)]
    expect(mounted.map(([, file]) => file).filter((file) => !existsSync(resolve(file!)))).toEqual([])
    const script = await read('nginx/start-watching.sh')
    for (const used of script.match(/\/(?:etc\/nginx|usr\/local\/bin)\/[\w.-]+\.(?:sh|conf)/g) ?? []) {
      expect(mounted.map(([, , target]) => target)).toContain(used)
    }
    for (const program of ['watch-nodes.sh', 'start-watching.sh']) {
      expect((await stat(resolve('nginx', program))).mode & 0o111).toBe(0o111)
    }
  })

  test('has no password of its own, and listens to this machine only', () => {
    expect(compose.match(/POSTGRES_PASSWORD(?!:\?)[:-].*/g)?.filter((line) => !line.includes(':?'))).toEqual([])
    expect(compose).toContain('- "127.0.0.1:')
    expect(compose.match(/^ {4}ports:/gm)).toHaveLength(1)
  })
})
