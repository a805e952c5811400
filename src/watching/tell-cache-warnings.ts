import type { CacheDiagnosis, CacheWarning } from './diagnose-cache.ts'

interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

/** Logs each warning once when it begins, and once when it is over. @returns what takes the latest diagnosis */
export function tellCacheWarnings(log: Log): (diagnosis: CacheDiagnosis) => void {
  let told = new Set<CacheWarning['code']>()
  return ({ warnings }) => {
    const now = new Set(warnings.map(({ code }) => code))
    for (const { code, message } of warnings) {
      if (!told.has(code)) log.warn({ event: 'cache_warning', warning: code }, message)
    }
    for (const code of told) {
      if (!now.has(code)) log.info({ event: 'cache_warning_over', warning: code }, 'the caches do well again in this')
    }
    told = now
  }
}
