/** The bodies that generateContent answers with, all with HTTP 200. */
import { imageTypeOf } from './check-body.ts'

const promptTokens = 1320
const pictureTokens = 1120
const wordTokens = 10

interface Told {
  readonly model: string
  readonly id: string
}

export interface PictureTraits {
  /** Drafts among the thoughts before it. */
  readonly drafts?: boolean
  /** Its data are no base64. */
  readonly broken?: boolean
  /** Said to be of another type than it is. */
  readonly mislabelled?: boolean
  /** Neither its id nor what it used is told. */
  readonly bare?: boolean
}

export function pictureBody(bytes: Buffer, { model, id }: Told, traits: PictureTraits): object {
  const type = imageTypeOf(bytes) ?? 'image/png'
  const inlineData = {
    mimeType: traits.mislabelled ? (type === 'image/png' ? 'image/jpeg' : 'image/png') : type,
    data: traits.broken ? '<<no base64>>' : bytes.toString('base64'),
  }
  const drafts = [
    { text: 'A first try.', thought: true },
    { inlineData, thought: true },
  ]
  const parts = [...(traits.drafts ? drafts : []), { text: 'Done.' }, { inlineData }]
  const candidates = [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }]
  if (traits.bare) return { candidates: [{ content: { parts: [{ inlineData }] } }] }
  return {
    candidates,
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: pictureTokens + wordTokens,
      totalTokenCount: promptTokens + pictureTokens + wordTokens,
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: pictureTokens }],
    },
    modelVersion: model,
    responseId: id,
  }
}

const usedByNothing = { promptTokenCount: promptTokens, totalTokenCount: promptTokens }

/** @param reason 'PROHIBITED_CONTENT' */
export function blockedBody(reason: string): object {
  return { promptFeedback: { blockReason: reason }, usageMetadata: usedByNothing }
}

/** Ended without a picture. @param reason 'IMAGE_SAFETY', 'NO_IMAGE', 'MAX_TOKENS' */
export function endedBody(reason: string, { model, id }: Told): object {
  const finishMessage = 'Unable to show the generated image.'
  const candidates = [{ content: {}, finishReason: reason, finishMessage, index: 0 }]
  return { candidates, usageMetadata: usedByNothing, modelVersion: model, responseId: id }
}

/** Talked about it, and made none. */
export function wordsBody({ model, id }: Told): object {
  const parts = [{ text: 'Here is your photo with the mouth changed as you asked.' }]
  return {
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: wordTokens,
      totalTokenCount: promptTokens + wordTokens,
    },
    modelVersion: model,
    responseId: id,
  }
}
