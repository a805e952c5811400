/**
 * One operation of the API, declared once: the router mounts what is declared, the OpenAPI document tells what is
 * declared, and the tests hold the answers to it. A route cannot exist without its description, nor the other way round.
 */
import type { RequestHandler } from 'express'
import type { ZodOpenApiParameters, ZodOpenApiRequestBodyObject, ZodOpenApiResponseObject } from 'zod-openapi'
import type { Reason } from './reasons.ts'

export interface Operation {
  /** operationId: generated clients call their functions so. */
  readonly id: string
  readonly method: 'get' | 'post' | 'delete'
  /** With `{id}` for what varies. */
  readonly path: string
  readonly tag: 'videos' | 'photos' | 'voices' | 'models' | 'service'
  readonly summary: string
  readonly description?: string
  readonly parameters?: ZodOpenApiParameters
  readonly body?: ZodOpenApiRequestBodyObject
  /** By status, without problems. */
  readonly answers: Readonly<Record<`${2 | 3 | 5}${string}`, ZodOpenApiResponseObject>>
  /** What can be wrong, beside what any request may meet. */
  readonly problems?: readonly Reason[]
}

export interface Route {
  readonly operation: Operation
  readonly handle: RequestHandler
}
