/** Sees every answer that a server in this process sends, whoever asked and however. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { SeenAnswer } from './hold-to-document.ts'

export function tapAnswers(server: Server, see: (answer: SeenAnswer) => void): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    const keep = (chunk: unknown, encoding: unknown) => {
      if (typeof chunk === 'string') {
        chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'))
      } else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    }
    const { write, end } = response
    response.write = ((...args: Parameters<typeof write>) => {
      keep(args[0], args[1])
      return write.apply(response, args)
    }) as typeof write
    response.end = ((...args: Parameters<typeof end>) => {
      keep(args[0], args[1])
      return end.apply(response, args)
    }) as typeof end
    const { method = '', url = '' } = request
    response.once('finish', () =>
      see({
        method,
        url,
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.getHeaders()).map(([name, value]) => [name.toLowerCase(), String(value)]),
        ),
        body: method === 'HEAD' ? Buffer.alloc(0) : Buffer.concat(chunks),
      }),
    )
  })
}
