/** Letters that a language has beside those that every language of its writing has. */
const own: Readonly<Record<string, string>> = {
  en: '',
  es: 'áéíóúüñ',
  fr: 'àâæçèéêëîïôœùûüÿ',
  de: 'äöüß',
  it: 'àèéìíîòóùú',
  pt: 'àáâãçéêíóôõúü',
  nl: 'éëïóöü',
  sv: 'åäöé',
  da: 'æøåé',
  nb: 'æøåéòô',
  fi: 'äöå',
  pl: 'ąćęłńóśźż',
  cs: 'áčďéěíňóřšťúůýž',
  sk: 'áäčďéíĺľňóôŕšťúýž',
  hu: 'áéíóöőúüű',
  ro: 'ăâîșțşţ',
  tr: 'çğıöşüâîû',
  hr: 'čćđšž',
  sl: 'čšž',
  lt: 'ąčęėįšųūž',
  lv: 'āčēģīķļņšūž',
  et: 'äõöüšž',
  sq: 'çë',
  ca: 'àçèéíïòóúü·',
  eu: 'ñç',
  id: 'é',
  ms: 'é',
  vi: 'àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ',
  cy: 'âêîôûŵŷäëïöáéíóúẅẃ',
  ga: 'áéíóú',
  sw: '',
  is: 'áðéíóúýþæö',
  az: 'çəğıöşü',
  eo: 'ĉĝĥĵŝŭ',
  af: 'áéèêëîïôöúûôŉ',
  tl: 'ñ',
  ru: 'ёйщъыэ',
  uk: 'ґєіїйщ',
  bg: 'йщъ',
  sr: 'ђјљњћџ',
  mk: 'ѓѕјљњќџ',
  be: 'ёійўыэ',
  kk: 'ёйщъыэәғқңөұүһі',
  ky: 'ёйщъыэңөү',
  ar: 'ةىآإأؤئء',
  fa: 'پچژگکیآئء',
  ur: 'پچژگکیٹڈڑںھہےۓئءآ',
}
const shared: Readonly<Record<string, RegExp>> = {
  Latin: /[a-z]/,
  Cyrillic: /[абвгдежзиклмнопрстуфхцчшьюя]/,
  Arabic: /[ابتثجحخدذرزسشصضطظعغفقكلمنهوي]/,
}

const fewestLettersPerLoan = 8

/** Of the letters that not every language of this writing has, the part, 0..1, that this language has; null when there are none, or it is not known here. */
export function ownLetterShare(language: string, letters: readonly string[], writing: string): number | null {
  const special = letters.filter((letter) => !shared[writing]?.test(letter))
  const alphabet = own[language]
  if (special.length === 0 || alphabet === undefined) return null
  // English has borrowed a few words with their accents: 'naïve', 'café', 'déjà vu'.
  if (language === 'en' && special.length * fewestLettersPerLoan <= letters.length) return null
  return special.filter((letter) => alphabet.includes(letter)).length / special.length
}
