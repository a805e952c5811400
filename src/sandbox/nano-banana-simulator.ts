/**
 * A strict simulator of Google's image models as a photo is edited with them: one synchronous request, the picture in its answer.
 *
 *   const simulator = await createNanoBananaSimulator({ clock, key: 'k', makeEdit })
 *   const { apiUrl } = await simulator.listen()                     // the base URL: no path below it
 *   …
 *   expect(simulator.control.state().paid)                          // by model, photo, face and mouth: none of them twice
 *
 * It reads from the words of the prompt which mouth is asked for ('as when saying "oo"') and of which face; the edit itself is the
 * handed `makeEdit`'s, in the shape of the photo whatever aspect is asked for. Faults of its own, each with `@` and a mouth shape
 * where it is to strike only that (`words@ee:times=1`):
 *   error:429 error:400:safety …   an error with that status and, behind it, what gemini-errors.ts knows
 *   blocked:prohibited_content     the prompt is blocked: HTTP 200, no candidate
 *   finish:image_safety            ended so without a picture: HTTP 200
 *   words                          only talks, finishReason STOP
 *   drafts                         drafts among the thoughts, before the picture
 *   picture:broken                 no base64; `mislabelled`, `bare` (neither usage nor id), `truncated`; or as makeEdit spoils it:
 *                                  `another-face`, `moved-head`, `grey`, `tiny`
 */
import { createHash } from 'node:crypto'
import { holdTo, parseJson } from './check-body.ts'
import type { FaultBook } from './fault-book.ts'
import { geminiErrorBody, wrongGeminiKey } from './gemini-errors.ts'
import type { Paid } from './jobs.ts'
import { blockedBody, endedBody, pictureBody, wordsBody } from './nano-banana-answers.ts'
import { editBody, imageModels, type MouthShape, mouthShapes, readParts, readWish } from './nano-banana-body.ts'
import { readBody } from './read-body.ts'
import { Refusal } from './refusal.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { wait } from './simulator-clock.ts'
import { type Answer, strike } from './strike.ts'

export const editSpoilings = ['another-face', 'moved-head', 'grey', 'tiny'] as const

/** The photo with another mouth, as a JPEG, PNG or WebP. */
export type MakeEdit = (request: {
  readonly photo: Buffer
  /** 0 is the largest. */
  readonly face: number
  readonly shape: MouthShape
  readonly spoiling?: (typeof editSpoilings)[number]
  readonly signal: AbortSignal
}) => Promise<Buffer>

export interface NanoBananaSimulatorOptions extends SimulatorOptions {
  readonly makeEdit: MakeEdit
  /** How long an edit takes at least. Default: no longer than making it does. */
  readonly editMs?: number
}

/** Of a request, with its pictures. */
const maxBytes = 20 * 1024 * 1024

const ownNames = ['error', 'blocked', 'finish', 'words', 'drafts', 'picture']
const ownFaults = ownNames.flatMap((name) => [name, ...mouthShapes.map((shape) => `${name}@${shape}`)])

export function createNanoBananaSimulator(options: NanoBananaSimulatorOptions): Promise<Simulator> {
  return createSimulator({ name: 'nano-banana', ...options }, { ownFaults }, ({ clock, faults, profile }) => {
    const paid: Record<string, Paid> = {}
    const closing = new AbortController()
    let edits = 0

    const edit = async (model: string, raw: Buffer, onMistake: Parameters<typeof holdTo>[2]): Promise<Answer> => {
      const { prompt, photo } = readParts(holdTo(editBody(model), parseJson(raw), onMistake))
      const { shape, face } = readWish(prompt)
      const own = dueFaults(faults, shape)
      const finish = strike(faults.wire('submit', '', []))
      const told = { model, id: `edit-${++edits}` }
      const error = own('error')
      if (error !== null) throw refusalOf(error)
      const blocked = own('blocked')
      if (blocked !== null) return finish({ status: 200, body: blockedBody(blocked.toUpperCase() || 'SAFETY') })
      const ended = own('finish')
      if (ended !== null) return finish({ status: 200, body: endedBody(ended.toUpperCase() || 'OTHER', told) })
      if (own('words') !== null) return finish({ status: 200, body: wordsBody(told) })
      const flaw = own('picture')
      const hash = createHash('sha256').update(photo).digest('hex').slice(0, 16)
      const what = `${model} ${hash} face-${face} ${shape}`
      paid[what] = { accepted: (paid[what]?.accepted ?? 0) + 1, billedSeconds: 0 }
      const spoiling = editSpoilings.find((each) => each === flaw)
      const [bytes] = await Promise.all([
        options.makeEdit({ photo, face, shape, ...(spoiling && { spoiling }), signal: closing.signal }),
        wait(clock, (options.editMs ?? 0) * profile.slowness),
      ])
      const traits = {
        drafts: own('drafts') !== null,
        broken: flaw === 'broken',
        mislabelled: flaw === 'mislabelled',
        bare: flaw === 'bare',
      }
      const whole = flaw === 'truncated' ? bytes.subarray(0, bytes.length / 2) : bytes
      return finish({ status: 200, body: pictureBody(whole, told, traits) })
    }

    return {
      basePath: '',
      routes: [
        {
          name: 'POST /v1beta/models/{model}:generateContent',
          method: 'POST',
          place: 'submit',
          pattern: /^\/v1beta\/models\/([\w.-]+):generateContent$/,
        },
        {
          name: 'GET /v1beta/models/{model}',
          method: 'GET',
          place: 'health',
          pattern: /^\/v1beta\/models\/([\w.-]+)$/,
        },
      ],
      // The vendor's own SDK names itself in a second header.
      rules: { key: { header: 'x-goog-api-key', refusal: wrongGeminiKey }, headers: ['x-goog-api-client'] },
      requestIdHeader: null,
      async answer({ request, route: { place, ids }, onMistake }) {
        const model = ids[0] ?? ''
        const raw = place === 'submit' ? await readBody(request, maxBytes) : null
        if (!Object.hasOwn(imageModels, model)) throw notFound(model)
        if (raw) return edit(model, raw, onMistake)
        return strike(faults.wire('health', '', []))({
          status: 200,
          body: { name: `models/${model}`, displayName: model, supportedGenerationMethods: ['generateContent'] },
        })
      },
      errorBody: geminiErrorBody,
      paid: () => paid,
      close: () => closing.abort(),
    }
  })
}

/** What is due of a contract's own fault: for that mouth first, then for any. */
function dueFaults(faults: FaultBook, shape: MouthShape) {
  return (name: string) => faults.own(`${name}@${shape}`, '', []) ?? faults.own(name, '', [])
}

/** '429', '429:per_day'. */
function refusalOf(text: string): Refusal {
  const [status = '', code = ''] = text.split(':')
  return new Refusal({ status: Number(status) || 500, code, message: 'The sandbox was asked for this.' })
}

function notFound(model: string): Refusal {
  const message = `models/${model} is not found for API version v1beta, or is not supported for generateContent.`
  return new Refusal({ status: 404, code: 'not_found', message })
}
