/** Headers of answers, described once. */
const header = (description: string, schema: { type: 'string' | 'integer'; pattern?: string; minimum?: number }) => ({
  description,
  schema,
})
const always = <T>(described: T) => ({ ...described, required: true })

export const requestId = always(
  header('The id of this request in our logs: yours when you sent one that is fit.', {
    type: 'string',
    pattern: '^[\\w.-]{1,128}$',
  }),
)

export const retryAfter = header('Seconds after which asking again is worth it.', { type: 'integer', minimum: 0 })

export const location = always(header('Where the new thing is.', { type: 'string', pattern: '^/' }))

export const etag = always(
  header('The SHA-256 of the whole file: strong.', { type: 'string', pattern: '^"[0-9a-f]{64}"$' }),
)

export const lastModified = always(header('When it was finished.', { type: 'string' }))

export const acceptRanges = always(header('Ranges are served.', { type: 'string', pattern: '^bytes$' }))

export const contentRange = always(
  header('Which bytes of how many.', { type: 'string', pattern: '^bytes \\d+-\\d+/\\d+$' }),
)

export const unsatisfiedRange = always(
  header('How many bytes there are.', { type: 'string', pattern: '^bytes \\*/\\d+$' }),
)

export const contentDisposition = always(
  header('Shown in place, or kept under this name with `download=1`.', {
    type: 'string',
    pattern: '^(inline|attachment); filename=',
  }),
)

export const nextLink = header('The next page, where there is one.', {
  type: 'string',
  pattern: '^<[^>]+>; rel="next"$',
})

export const allow = always(header('The methods that do something here.', { type: 'string' }))
