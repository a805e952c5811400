import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { type io, ready, setBackend } from '@tensorflow/tfjs-core'
import { Failure } from '../../errors.ts'

/** The two networks, in the wasm backend's memory. */
export interface FaceModels {
  /** BlazeFace, full range: 1 x 256 x 256 x 3 in -1..1 -> raw scores and boxes per anchor. */
  readonly detector: GraphModel
  /** Face Mesh: 1 x 192 x 192 x 3 in 0..1 -> 468 points in crop pixels and a face flag. */
  readonly mesh: GraphModel
}

/**
 * Loads both networks from `modelDir`; takes 65-150 ms. Nothing is fetched: the weights and the wasm binary are read from disk.
 * @throws Failure `UNKNOWN_ERROR` with reason `face-models-missing` when the files are not there or do not load.
 */
export async function loadFaceModels(modelDir: string): Promise<FaceModels> {
  try {
    await useWasm()
    return {
      detector: await loadGraphModel(fromDisk(modelDir, 'blazeface.json')),
      mesh: await loadGraphModel(fromDisk(modelDir, 'facemesh.json')),
    }
  } catch (cause) {
    throw new Failure('UNKNOWN_ERROR', {
      reason: 'face-models-missing',
      message: 'The face models could not be loaded.',
      hint: 'Check that the assets/face directory is complete.',
      retryable: false,
      cause,
    })
  }
}

/**
 * tfjs keeps one engine per process. The plain SIMD binary is used: threads gained nothing in Node.
 */
async function useWasm(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(`${dirname(entry)}/`)
  if (!(await setBackend('wasm'))) throw new Error('the wasm backend did not start')
  await ready()
}

function fromDisk(directory: string, file: string): io.IOHandler {
  return {
    load: async () => {
      const json = JSON.parse(await readFile(join(directory, file), 'utf8')) as io.ModelJSON
      const parts: Buffer[] = []
      const weightSpecs: io.WeightsManifestEntry[] = []
      for (const group of json.weightsManifest) {
        weightSpecs.push(...group.weights)
        for (const path of group.paths) parts.push(await readFile(join(directory, path)))
      }
      const bytes = Buffer.concat(parts)
      return {
        modelTopology: json.modelTopology,
        ...(json.signature === undefined ? {} : { signature: json.signature }),
        weightSpecs,
        weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      }
    },
  }
}
