/** The part of the optional package that we use; it brings no types. Positions are milliseconds and characters, counted from 1. */
declare module '@echogarden/espeak-ng-emscripten' {
  export interface EngineEvent {
    readonly type: string
    readonly text_position: number
    readonly audio_position: number
    readonly id?: string | number
  }
  export interface Engine {
    /** 0 when there is such a voice. */
    set_voice(name: string): number
    /** Words a minute, 80..450. */
    set_rate(rate: number): void
    get_samplerate(): number
    list_voices(): readonly { readonly identifier: string }[]
    /** Synchronous; a callback that answers true stops it. */
    synthesize(text: string, onChunk: (samples: Int16Array, events: readonly EngineEvent[]) => boolean): void
  }
  // biome-ignore lint/style/noDefaultExport: the package has one
  export default function load(): Promise<{ readonly eSpeakNGWorker: new () => Engine }>
}
