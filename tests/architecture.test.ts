/** Holds the arrows between rooms that ARCHITECTURE.md draws. A failure names the file and the rule it breaks. */
import { posix } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseSource, readSources, type SourceFile } from './support/source-imports.ts'

const everything = '*'

/** Room -> what it may import beyond its own files and `errors`. `types` are erased at build. */
const arrows: Readonly<Record<string, { values?: readonly string[]; types?: readonly string[] }>> = {
  main: { values: ['compose', 'config', 'log', 'watching', 'package-version'] },
  'package-version': {},
  compose: { values: [everything] },
  config: { values: ['watching', 'providers', 'routing', 'money'] },
  errors: {},
  log: {},
  http: { values: ['realtime'], types: ['generations', 'providers', 'routing', 'watching', 'cache'] },
  realtime: { types: ['generations', 'watching'] },
  jobs: { types: ['generations'] },
  database: { types: ['generations', 'watching'] },
  media: { types: ['generations'] },
  captions: {},
  renderer: { values: ['captions'], types: ['generations'] },
  generations: { values: ['captions'], types: ['providers', 'routing', 'money'] },
  routing: { values: ['resilience'], types: ['providers'] },
  providers: { types: ['network'] },
  money: { types: ['generations', 'providers'] },
  network: {},
  resilience: {},
  cache: {},
  watching: { types: ['generations', 'providers', 'cache'] },
  // Ships beside the product; no room of it imports it.
  sandbox: {},
}

/** Vendor library (or its scope) -> the rooms it lives in. */
const homes: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(express|multer|helmet|pino-http|zod-openapi)$/, ['http']],
  [/^socket\.io$/, ['realtime']],
  [/^(prom-client$|@sentry\/)/, ['watching']],
  [/^pg-boss$/, ['jobs']],
  [/^(@prisma\/|@electric-sql\/|pg$|pglite-prisma-adapter$)/, ['database']],
  [/^sharp$/, ['media', 'renderer']],
  [/^axios$/, ['network']],
  [/^(ioredis|rate-limiter-flexible)$/, ['resilience', 'cache']],
  [/^(@tensorflow\/|lindera-|@echogarden\/|@ffmpeg-installer\/|eld\b)/, ['renderer']],
]

const providerNames = ['veo3', 'runway', 'nano-banana', 'google', 'elevenlabs']
const refusedNames = /(^|\/)(utils?|helpers?|common|lib|core)(\/|\.ts$)/

const sources = readSources('src', ['database/generated', 'renderer/picture/kernel'])

const roomOf = (path: string) => path.split('/')[0]!.replace(/\.ts$/, '')

function brokenArrows({ path, imports }: SourceFile): string[] {
  const room = roomOf(path)
  const arrow = arrows[room]
  if (!arrow) return [`${path}: '${room}' is not a room of this house`]
  return imports.flatMap(({ specifier, typeOnly }) => {
    if (!specifier.startsWith('.')) return homeless(path, room, specifier, typeOnly)
    const target = roomOf(posix.normalize(posix.join(posix.dirname(path), specifier)))
    if (target === room || target === 'errors') return []
    if (target === 'sandbox') return [`${path}: nothing of the product may import the sandbox`]
    if (arrow.values?.includes(everything) && target !== 'main') return []
    if (arrow.values?.includes(target)) return []
    if (arrow.types?.includes(target)) return typeOnly ? [] : [`${path}: ${room} may import only types of ${target}`]
    return [`${path}: ${room} must not import ${target}`]
  })
}

function homeless(path: string, room: string, specifier: string, typeOnly: boolean): string[] {
  const home = homes.find(([pattern]) => pattern.test(specifier))?.[1]
  if (!home || home.includes(room) || typeOnly) return []
  return [`${path}: ${specifier} lives in ${home.join(' and ')}`]
}

function findCycle(): string[] | null {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
        .map(({ specifier }) => posix.normalize(posix.join(posix.dirname(path), specifier))),
    ]),
  )
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return null
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path])
      if (cycle) return cycle
    }
    done.add(path)
    return null
  }
  for (const path of graph.keys()) {
    const cycle = visit(path, [])
    if (cycle) return cycle
  }
  return null
}

describe('the house', () => {
  it('keeps the arrows between its rooms', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(brokenArrows)).toEqual([])
  })

  it('has no import cycle', () => {
    expect(findCycle()).toBeNull()
  })

  it('reads the environment only in config', () => {
    expect(sources.filter(({ readsProcessEnv }) => readsProcessEnv).map(({ path }) => path)).toEqual(['config.ts'])
  })

  it('names providers only in the providers room and the sandbox', () => {
    const offenders = sources
      .filter(({ path }) => !['providers', 'sandbox'].includes(roomOf(path)))
      .filter(({ strings }) => strings.some((text) => providerNames.includes(text)))
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  it('has no room or file that could hold anything', () => {
    expect(sources.map(({ path }) => path).filter((path) => refusedNames.test(path))).toEqual([])
  })
})

describe('the guard itself', () => {
  const broken = (path: string, text: string) => brokenArrows(parseSource(path, text))

  it('sees a forbidden arrow, static or dynamic, and says which', () => {
    expect(broken('generations/x.ts', "import { a } from '../database/rows.ts'")).toEqual([
      'generations/x.ts: generations must not import database',
    ])
    expect(broken('http/x.ts', "const a = await import('../jobs/jobs.ts')")).toHaveLength(1)
  })

  it('keeps the sandbox out of the product, even where rooms meet', () => {
    expect(broken('compose/x.ts', "import { a } from '../sandbox/veo3-simulator.ts'")).toEqual([
      'compose/x.ts: nothing of the product may import the sandbox',
    ])
  })

  it('tells a type import from a value import', () => {
    expect(broken('http/x.ts', "import type { A } from '../generations/generation.ts'")).toEqual([])
    expect(broken('http/x.ts', "import { type A } from '../generations/generation.ts'")).toEqual([])
    expect(broken('http/x.ts', "import { a } from '../generations/generation.ts'")).toHaveLength(1)
  })

  it('sees a vendor library away from home', () => {
    expect(broken('generations/x.ts', "import sharp from 'sharp'")).toEqual([
      'generations/x.ts: sharp lives in media and renderer',
    ])
  })
})
