/** Sends every example that an OpenAPI document gives for a request, as it stands there. */
import type { DocumentObject, MediaObject, OperationObject, ParameterObject } from './hold-to-document.ts'

export interface ExampleSetting {
  readonly url: string
  /** What goes in the place of `(the bytes of a photo)`. */
  readonly photo: Uint8Array
  /** Ids of the document that are others at this server. */
  readonly ids?: ReadonlyMap<string, string>
  readonly send: (url: string, init: RequestInit) => Promise<Response>
}

export interface SentExample {
  readonly operationId: string
  /** 'base', or what differs from it: a parameter and its value, or the name of a body. */
  readonly name: string
  readonly status: number
  /** Read to its end. */
  readonly body: Buffer
}

/** Deleting comes last. Reads the answers to their ends. */
export async function sendExamples(document: DocumentObject, setting: ExampleSetting): Promise<readonly SentExample[]> {
  const sent: SentExample[] = []
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .sort((one, other) => Number(one.method === 'delete') - Number(other.method === 'delete'))
  for (const { path, method, operation } of operations) {
    for (const { name, url, init } of requestsOf(path, operation, setting)) {
      const response = await setting.send(setting.url + url, { method: method.toUpperCase(), ...init })
      const body = Buffer.from(await response.arrayBuffer())
      sent.push({ operationId: operation.operationId, name, status: response.status, body })
    }
  }
  return sent
}

interface ExampleRequest {
  readonly name: string
  readonly url: string
  readonly init: RequestInit
}

function requestsOf(path: string, operation: OperationObject, setting: ExampleSetting): readonly ExampleRequest[] {
  const parameters = operation.parameters ?? []
  const valuesOf = (parameter: ParameterObject) => (parameter.schema.examples ?? []).map(String)
  let urls = [path]
  for (const parameter of parameters.filter((each) => each.in === 'path')) {
    const values = valuesOf(parameter).map((value) => setting.ids?.get(value) ?? value)
    if (values.length === 0) throw new Error(`${operation.operationId}: ${parameter.name} has no example`)
    urls = urls.flatMap((url) => values.map((value) => url.replace(`{${parameter.name}}`, value)))
  }
  const url = urls[0]!
  const varied = parameters.flatMap((parameter) =>
    valuesOf(parameter).flatMap((value): ExampleRequest[] => {
      const name = `${parameter.name}=${value}`
      if (parameter.in === 'query')
        return [{ name, url: `${url}?${new URLSearchParams({ [parameter.name]: value })}`, init: {} }]
      if (parameter.in === 'header') return [{ name, url, init: { headers: { [parameter.name]: value } } }]
      return []
    }),
  )
  const accepted = Object.values(operation.responses).flatMap(({ content }) => Object.keys(content ?? {}))
  const streams = accepted.includes('text/event-stream')
    ? [{ name: 'stream', url, init: { headers: { Accept: 'text/event-stream' } } }]
    : []
  const plain = urls.map((each) => ({ name: each === url ? 'base' : each, url: each, init: {} }))
  if (!operation.requestBody) return [...plain, ...varied, ...streams]
  return Object.entries(operation.requestBody.content).flatMap(([contentType, media]) =>
    bodiesOf(contentType, media, setting).map(({ name, init }) => ({ name, url, init })),
  )
}

function bodiesOf(contentType: string, { examples = {} }: MediaObject, { photo, ids }: ExampleSetting) {
  return Object.entries(examples).map(([key, { value }]) => {
    const fields = Object.entries(value as Record<string, unknown>).map(
      ([name, each]) => [name, typeof each === 'string' ? (ids?.get(each) ?? each) : each] as const,
    )
    const name = `${contentType} ${key}`
    if (contentType === 'application/json') {
      const body = JSON.stringify(Object.fromEntries(fields))
      return { name, init: { body, headers: { 'Content-Type': contentType } } }
    }
    const form = new FormData()
    for (const [field, each] of fields) {
      if (field === 'photo') form.set(field, new Blob([Uint8Array.from(photo)]), 'photo.jpg')
      else form.set(field, typeof each === 'object' ? JSON.stringify(each) : String(each))
    }
    return { name, init: { body: form } }
  })
}
