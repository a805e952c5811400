/** One text for the espeak process; markup in it is obeyed, so it must come escaped. */
export interface EspeakOrder {
  readonly id: number
  readonly text: string
  /** The engine's own name for the voice, with its variant: 'fr', 'fr+f2'. */
  readonly voice: string
  /** Words a minute, 80..450. */
  readonly rate: number
}

/** A sound as the engine names it: IPA with stress marks, '' for silence, '(en)' where it changes to another language. */
export interface EspeakSound {
  readonly symbol: string
  readonly atMs: number
  /** Place in the ordered text of the word that it belongs to, in code points from 0. */
  readonly character: number
}

export interface EspeakSpeech {
  readonly sampleRate: number
  readonly samples: Int16Array
  readonly sounds: readonly EspeakSound[]
}

export type EspeakReply = { readonly id: number } & (
  | { readonly kind: 'spoken'; readonly speech: EspeakSpeech }
  | { readonly kind: 'failed'; readonly why: string }
)
