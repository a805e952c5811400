/** The finished files, described: they share validators, one byte range, and the ways in which there is no file. */
import { z } from 'zod'
import { acceptRanges, contentDisposition, contentRange, etag, lastModified } from '../openapi/headers.ts'
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfFile } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import { generationPath } from './videos.ts'

const fileQuery = z.object({
  download: z
    .enum(['1'])
    .optional()
    .meta({ description: '1 asks a browser to keep the file.', examples: ['1'] }),
})

const text = (description: string, example: string) =>
  z
    .string()
    .optional()
    .meta({ description, examples: [example] })

const conditions = z.object({
  Range: text('One range of bytes; others are answered whole.', 'bytes=0-99'),
  'If-Range': text('The ETag or time to which the range belongs.', `"${'0'.repeat(64)}"`),
  'If-None-Match': text('Answers 304 when it is still this version.', '*'),
  'If-Modified-Since': text('Answers 304 when it is no newer.', 'Thu, 01 Jan 2026 00:00:00 GMT'),
  'If-Match': text('Answers 412 when it is another version.', '*'),
})

const validators = { ETag: etag, 'Last-Modified': lastModified }

/** What any file takes and answers. */
export function fileParts(contentType: string) {
  const content = { [contentType]: { schema: { contentMediaType: contentType.replace(/;.*/, '') } } }
  const headers = { ...validators, 'Content-Disposition': contentDisposition, 'Accept-Ranges': acceptRanges }
  return {
    parameters: { query: fileQuery, header: conditions },
    answers: {
      200: { description: 'The whole file.', headers, content },
      206: { description: 'The range.', headers: { ...headers, 'Content-Range': contentRange }, content },
      304: { description: 'Still the same.', headers: validators },
    },
  }
}

function fileOperation(
  id: string,
  file: string,
  summary: string,
  contentType: string,
  more: Pick<Operation, 'problems'> = {},
): Operation {
  const { parameters, answers } = fileParts(contentType)
  return {
    id,
    method: 'get',
    path: `${api}/video/{id}/${file}`,
    tag: 'videos',
    summary,
    parameters: { path: generationPath, ...parameters },
    answers,
    problems: [...reasonsOfFile, ...(more.problems ?? [])],
  }
}

export const contentOperation = fileOperation('getVideoContent', 'content', 'The film (MP4)', 'video/mp4')

export const thumbnailOperation = fileOperation('getVideoThumbnail', 'thumbnail', 'A still of the film', 'image/jpeg')

export const webVttOperation = fileOperation(
  'getVideoWebVtt',
  'subtitles.vtt',
  'Subtitles with the time of every word (WebVTT)',
  'text/vtt; charset=utf-8',
  { problems: ['subtitles-unavailable'] },
)

export const subRipOperation = fileOperation(
  'getVideoSubRip',
  'subtitles.srt',
  'Subtitles (SubRip)',
  'application/x-subrip; charset=utf-8',
  { problems: ['subtitles-unavailable'] },
)
