/** Names that guides and products use for models, and what stands behind them here. Lower case; blanks, dots and dashes do not matter. */
export interface SeedName {
  /** Null: no model of that name can be called by anybody any more, or none ever could. */
  readonly id: string | null
  readonly note: string
}

const renamed = (id: string, what: string): SeedName => ({ id, note: `'${what}' is an old name for ${id}.` })
const gone = (note: string): SeedName => ({ id: null, note })

export const seedNames: Readonly<Record<string, SeedName>> = {
  veo3: { id: 'veo3/veo3-talking', note: "'veo3' is the name of the provider; its model is veo3/veo3-talking." },
  'veo3 backup': {
    id: 'veo3-backup/veo3-talking',
    note: "'veo3-backup' is the name of the provider; its model is veo3-backup/veo3-talking.",
  },
  local: { id: 'local/talking-head', note: "'local' is the name of the provider; its model is local/talking-head." },
  runway: {
    id: 'runway/gwm1_avatars',
    note: "'runway' is the name of the provider; of its models runway/gwm1_avatars speaks a script (the guide's gen4_turbo is silent).",
  },
  'nano banana': renamed('nano-banana/gemini-3.1-flash-lite-image', 'nano banana'),
  'nano banana pro': renamed('nano-banana/gemini-3-pro-image', 'nano banana pro'),
  'veo 3.0': {
    id: 'google/gemini-omni-1.1-flash',
    note: 'Veo 3.0 was shut down on 2026-06-30; google/gemini-omni-1.1-flash came after it.',
  },
  sora: gone('Sora was shut down on 2026-09-24; nothing came after it.'),
  'dall-e 3': gone('DALL-E 3 was withdrawn on 2026-05-12; it made images, which this service does not offer.'),
  midjourney: gone('Midjourney has no interface that programs may use.'),
  flow: gone('Flow is an application in the browser and has no interface that programs may use.'),
  kling: gone('Kling is not part of this version.'),
  whan: gone("'whan' means Alibaba Wan, which is not part of this version."),
  wan: gone('Wan is not part of this version.'),
  pika: gone('Pika is not part of this version.'),
  luma: gone('Luma is not part of this version.'),
  'flux 2': gone('FLUX.2 makes images, which this service does not offer.'),
}

/** 'Nano-Banana', 'nano banana' and 'nanobanana' are the same name. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s._-]+/g, '')
}
