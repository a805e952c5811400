/** The OpenAPI 3.1 document of the declared operations, from the schemas that read the requests and show the answers. */
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import { envelopeSchema } from '../../realtime/messages.ts'
import { api } from '../paths.ts'
import { problemSchema } from '../schemas/problem.ts'
import { requestId } from './headers.ts'
import type { Operation } from './operation.ts'
import { problemAnswer, problemAnswers } from './problem-answers.ts'
import { type Reason, reasons, reasonsBeforeOperations, reasonsOfAll, reasonsOfOwned } from './reasons.ts'

export type OpenApiDocument = ReturnType<typeof createDocument>

const description = `A photo and a script in, a talking video out.

Every problem is \`application/problem+json\` with a \`code\`, a stable \`reason\`, a sentence and a \`hint\`; every answer has an
\`X-Request-ID\`. What keeps a request from reaching any operation (an unknown address, a method that does nothing there,
malformed HTTP) is listed under *components / responses*. HEAD works where GET does.

There are no accounts yet and nothing asks for a key; \`bearerKey\` is where one will go.`

const tags = [
  { name: 'videos', description: 'Generations: from request to film.' },
  { name: 'photos', description: 'Can it speak; keep it for many scripts.' },
  { name: 'voices', description: 'Who can speak.' },
  { name: 'models', description: 'Who makes the video, and what it costs.' },
  { name: 'service', description: 'What the service says of itself.' },
]

export function buildDocument(operations: readonly Operation[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const operation of operations) {
    const { path, method } = operation
    paths[path] = { ...paths[path], [method]: toOperationObject(operation) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'talking-photo', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/', description: 'This server.' }],
    tags,
    security: [{}],
    paths,
    components: {
      schemas: { Problem: problemSchema, Event: envelopeSchema },
      headers: { RequestId: requestId },
      securitySchemes: { bearerKey: { type: 'http', scheme: 'bearer', description: 'Not asked for yet.' } },
      responses: Object.fromEntries(
        reasonsBeforeOperations.map((reason) => [reason, withRequestId(problemAnswer([reason], '/some/address'))]),
      ),
    },
  })
}

function toOperationObject(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, parameters, body, path } = operation
  const answers = bothOf(operation.answers, problemAnswers(reasonsOf(operation), path))
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(operation.description && { description: operation.description }),
    ...(parameters && { requestParams: parameters }),
    ...(body && { requestBody: body }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, withRequestId(answer as ZodOpenApiResponseObject)]),
    ),
  }
}

/** A status that is an answer and a problem too is described as both. */
function bothOf(answers: Operation['answers'], problems: Readonly<Record<string, ZodOpenApiResponseObject>>) {
  const both: Record<string, ZodOpenApiResponseObject> = { ...answers, ...problems }
  for (const [status, answer] of Object.entries<ZodOpenApiResponseObject>(answers)) {
    const problem = problems[status]
    if (!problem) continue
    both[status] = {
      description: `${answer.description}  \n${problem.description}`,
      headers: { ...answer.headers, ...problem.headers },
      content: { ...answer.content, ...problem.content },
    }
  }
  return both
}

function reasonsOf({ path, problems = [] }: Operation): readonly Reason[] {
  const all: Reason[] = [...problems, ...reasonsOfAll]
  if (path.startsWith(api)) all.push(...reasonsOfOwned)
  if (path.includes('{')) all.push('url-malformed')
  return [...new Set(all)].sort((one, other) => reasons[one].status - reasons[other].status)
}

function withRequestId(answer: ZodOpenApiResponseObject): ZodOpenApiResponseObject {
  return { ...answer, headers: { ...answer.headers, 'X-Request-ID': { $ref: '#/components/headers/RequestId' } } }
}
