/** Every reason that a problem of this API may give: its code, its status where it is not the code's own, what it means. */
import { catalogue, type FailureCode } from '../../errors.ts'

interface ReasonFacts {
  readonly code: FailureCode
  readonly status: number
  readonly means: string
}

const as = (code: FailureCode, means: string, status: number = catalogue[code].status): ReasonFacts => ({
  code,
  status,
  means,
})
const invalid = (means: string, status?: number) => as('INVALID_REQUEST', means, status)

export const reasons = {
  // The connection and the address.
  'http-malformed': invalid('What was sent is not a valid HTTP request.', 400),
  'url-malformed': invalid('A percent sign in the address escapes nothing.', 400),
  'path-unknown': invalid('There is nothing at this address.', 404),
  'method-not-allowed': invalid('The method does nothing here; Allow lists those that do.', 405),
  'request-too-slow': as('TIMEOUT', 'The request did not arrive in time.', 408),
  'expectation-unknown': invalid('The Expect header asks for what is not known.', 417),
  'headers-too-large': invalid('The headers are too large.', 431),
  'key-missing': as('AUTHENTICATION_FAILED', 'A key is needed here.'),
  'key-unknown': as('AUTHENTICATION_FAILED', 'The key is not known.'),
  'operators-only': as('AUTHENTICATION_FAILED', 'Only operators may see that.', 403),
  'provider-not-found': invalid('There is no such provider.', 404),
  'webhook-refused': as(
    'AUTHENTICATION_FAILED',
    "What came is not the provider's word: signature, time or form is wrong.",
  ),
  'call-not-found': invalid('No call of that name is known here, or not yet.', 404),
  unexpected: as('UNKNOWN_ERROR', 'Something broke on our side.'),

  // The body and its fields.
  'content-type-unsupported': invalid('The body comes in a type or encoding that is not read here.', 415),
  'multipart-malformed': invalid('The form could not be read to its end.', 400),
  'json-malformed': invalid('The body is not a JSON object.', 400),
  'body-incomplete': invalid('The body ended before its announced length.', 400),
  'too-many-fields': invalid('The form has too many fields.', 400),
  'body-too-large': invalid('The body is too large.', 413),
  'field-too-large': invalid('A text field is too long.', 413),
  'photo-too-large': invalid('The photo has too many bytes.', 413),
  'upload-too-slow': as('TIMEOUT', 'The body did not arrive in time.', 408),
  'upload-not-stored': as('UNKNOWN_ERROR', 'The upload could not be stored here.'),
  'fields-invalid': invalid('Several fields are wrong, for different reasons; `errors` lists each.'),
  'field-missing': invalid('A required field is missing.'),
  'field-invalid': invalid('A field has a value that it cannot have.'),
  'field-unknown': invalid('There is no such field.'),
  'field-repeated': invalid('A field came more than once.'),
  'text-not-storable': invalid('A text holds characters that cannot be stored.'),
  'cursor-invalid': invalid('The cursor is none that this service gave.', 400),

  // The photo.
  'photo-empty': invalid('The photo has no bytes.'),
  'photo-type-unsupported': invalid('The file is not of a type of photo that is read here.', 415),
  'photo-too-many-pixels': invalid('The photo has too many pixels.'),
  'photo-too-small': invalid('The photo has too few pixels.'),
  'photo-undecodable': invalid('The photo is damaged or cut off.'),
  'photo-unreadable': invalid('The photo cannot be read by the face check.'),
  'no-face': invalid('There is no face in the photo.'),
  'face-too-small': invalid('The face is too small to speak.'),
  'face-turned-away': invalid('The face does not look at the camera.'),
  'face-upside-down': invalid('The face is upside down.'),
  'face-index-out-of-range': invalid('The photo has fewer faces than that.'),
  'photo-not-found': invalid('There is no such photo.', 404),
  'photo-in-use': invalid('A generation still uses the photo.', 409),
  'analysis-busy': as('PROVIDER_ERROR', 'Too many photos wait to be looked at.', 503),
  'analysis-closed': as('PROVIDER_ERROR', 'The server is stopping.', 503),
  'analysis-crashed': as('PROVIDER_ERROR', 'Looking at the photo broke off.'),
  'face-models-missing': as('UNKNOWN_ERROR', 'The models that find faces are not there.'),
  'analysis-timeout': as('TIMEOUT', 'Looking at the photo took too long.'),

  // The recording.
  'audio-type-unsupported': invalid('The recording is no WAV.', 415),
  'recording-empty': invalid('The recording has no bytes.'),
  'recording-undecodable': invalid('The recording is damaged or cut off before its sound.'),
  'recording-format-unsupported': invalid('The samples of the recording are of a kind that is not read here.'),
  'recording-too-long': invalid('The recording lasts longer than `duration`.'),
  'recording-too-short': invalid('The recording is too short to say a word.'),
  'recording-silent': invalid('Nothing is said in the recording.'),
  'recording-does-not-match': invalid('The recording does not say the script.'),

  // The script and what is asked of it.
  'consent-missing': invalid('The consent to use the likeness was not given.'),
  'script-not-speakable': invalid('There is nothing in the script that can be spoken.'),
  'script-too-long': invalid('Speaking the script would take longer than `duration`.'),
  'language-unsupported': invalid('No voice speaks this language.'),
  'language-writing-mismatch': invalid('The language is not written in the letters of the script.'),
  'voice-unknown': invalid('There is no such voice.'),
  'voice-not-found': invalid('There is no such voice.', 404),
  'voice-language-mismatch': invalid('The voice does not speak the language.'),
  'subtitles-unsupported': invalid('There is no font here to burn in letters of the script.'),
  'speech-engine-failed': as('UNKNOWN_ERROR', 'The voice broke off.'),
  'queue-full': as('PROVIDER_ERROR', 'Too many videos wait already.', 503),
  'model-unknown': as('INVALID_MODEL', 'There is no model of that name; `known` lists those there are.'),
  'model-unavailable': as('INVALID_MODEL', 'The model that was asked for cannot be had; the sentence says why.'),
  'currency-unknown': invalid('No exchange rate of that currency is known; `known` lists those that are.'),
  'cost-limit-too-low': invalid('Every able model costs more than `cost_limit`; `cheapest` tells the least.'),
  'providers-down': as(
    'PROVIDER_ERROR',
    'Whoever could do it is down at the moment; Retry-After says when to come back.',
    503,
  ),
  'no-able-model': as('INVALID_MODEL', 'No model can do all that is asked.'),

  // The generation and its files.
  'generation-not-found': invalid('There is no such generation.', 404),
  'nothing-to-rate': invalid('It is not completed; there is nothing to rate.', 409),
  'generation-changing': invalid('It changed at the same moment.', 409),
  'not-finished': invalid('It is not finished.', 409),
  'generation-failed': invalid('It failed; there is no video.', 410),
  'generation-cancelled': invalid('It was cancelled; there is no video.', 410),
  'subtitles-unavailable': invalid('The times of its words are not known.', 404),
  'precondition-failed': invalid('The file is not the one that If-Match names.', 412),
  'range-not-satisfiable': invalid('The range lies beyond the file.', 416),
  'media-missing': as('UNKNOWN_ERROR', 'The stored file is gone.'),
  'too-many-streams': as('RATE_LIMIT_EXCEEDED', 'So many streams of yours are open already.'),
  'streams-full': as('RATE_LIMIT_EXCEEDED', 'The server has as many streams open as it can.', 503),
} as const satisfies Readonly<Record<string, ReasonFacts>>

export type Reason = keyof typeof reasons

/** What is told before any operation is reached; the document lists these apart. */
export const reasonsBeforeOperations = [
  'http-malformed',
  'path-unknown',
  'method-not-allowed',
  'request-too-slow',
  'expectation-unknown',
  'headers-too-large',
  'body-too-large',
  'url-malformed',
] as const satisfies readonly Reason[]

/** What any operation may meet. */
export const reasonsOfAll = ['unexpected'] as const satisfies readonly Reason[]

/** What any operation on somebody's own things may meet. */
export const reasonsOfOwned = ['key-missing', 'key-unknown'] as const satisfies readonly Reason[]

export const reasonsOfQuery = [
  'fields-invalid',
  'field-invalid',
  'field-unknown',
  'field-repeated',
] as const satisfies readonly Reason[]

/** What may be wrong with `model` and `cost_limit`. */
export const reasonsOfWishes = [
  'model-unknown',
  'model-unavailable',
  'currency-unknown',
] as const satisfies readonly Reason[]

export const reasonsOfForm = [
  ...reasonsOfQuery,
  'field-missing',
  'content-type-unsupported',
  'multipart-malformed',
  'too-many-fields',
  'body-incomplete',
  'field-too-large',
  'photo-too-large',
  'upload-too-slow',
  'upload-not-stored',
] as const satisfies readonly Reason[]

export const reasonsOfRecording = [
  'audio-type-unsupported',
  'recording-empty',
  'recording-undecodable',
  'recording-format-unsupported',
  'recording-too-long',
  'recording-too-short',
  'recording-silent',
  'recording-does-not-match',
] as const satisfies readonly Reason[]

export const reasonsOfPhoto = [
  'photo-empty',
  'photo-type-unsupported',
  'photo-too-many-pixels',
  'photo-too-small',
  'photo-undecodable',
  'photo-unreadable',
  'face-models-missing',
  'analysis-busy',
  'analysis-closed',
  'analysis-crashed',
  'analysis-timeout',
] as const satisfies readonly Reason[]

export const reasonsOfFace = [
  'no-face',
  'face-too-small',
  'face-turned-away',
  'face-upside-down',
  'face-index-out-of-range',
] as const satisfies readonly Reason[]

export const reasonsOfFile = [
  'generation-not-found',
  'not-finished',
  'generation-failed',
  'generation-cancelled',
  'precondition-failed',
  'range-not-satisfiable',
  'media-missing',
] as const satisfies readonly Reason[]
