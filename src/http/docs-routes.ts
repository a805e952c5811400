/** /docs: the OpenAPI document to read and to try, from files that came with the packages: nothing is asked of other hosts. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Response } from 'express'
import { Failure } from '../errors.ts'
import type { Route } from './openapi/operation.ts'
import { docsFileOperation, docsOperation } from './operations/docs.ts'
import type { DocsFile } from './schemas/docs-file.ts'

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const own = fileURLToPath(new URL('../../assets/docs', import.meta.url))

const files: Readonly<Record<DocsFile, { readonly folder: string; readonly type: string }>> = {
  'docs.css': { folder: own, type: 'text/css' },
  'docs.js': { folder: own, type: 'text/javascript' },
  'swagger-ui.css': { folder: swagger, type: 'text/css' },
  'swagger-ui-bundle.js': { folder: swagger, type: 'text/javascript' },
  'favicon-32x32.png': { folder: swagger, type: 'image/png' },
}

/** Only what comes from here runs, and only what is a file. Style sheets of Swagger UI hold pictures as data. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function docsRoutes(): readonly Route[] {
  return [
    {
      operation: docsOperation,
      handle: (_request, response) => sendFile(response, join(own, 'index.html'), 'text/html'),
    },
    {
      operation: docsFileOperation,
      async handle(request, response) {
        const name = String(request.params.file)
        if (!Object.hasOwn(files, name)) throw noSuchFile()
        const { folder, type } = files[name as DocsFile]
        await sendFile(response, join(folder, name), type)
      },
    },
  ]
}

async function sendFile(response: Response, path: string, type: string): Promise<void> {
  const bytes = await readFile(path)
  response.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' }).type(type).send(bytes)
}

function noSuchFile(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'path-unknown',
    status: 404,
    message: 'There is no such file of the docs.',
    hint: 'GET /docs is the page.',
  })
}
