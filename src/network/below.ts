/** A path that leaves the base URL would carry the credential elsewhere: a mistake in an adapter, or an id that was made for it. */
export function below(baseUrl: string, path: string): URL {
  const base = new URL(baseUrl)
  const folder = base.pathname.replace(/\/+$/, '')
  const url = new URL(`${base.origin}${folder}${path}`)
  const stays = path.startsWith('/') && url.origin === base.origin && url.pathname.startsWith(`${folder}/`)
  if (!stays || url.username !== '' || url.password !== '')
    throw new Error('a path leads out of the configured base URL')
  return url
}
