import type { Response } from 'express'

/** Aborts when the connection closes before the answer was sent whole: nobody waits for the work any more. */
export function clientSignal(response: Response): AbortSignal {
  const gone = new AbortController()
  const leave = () => gone.abort(new Error('the client went away'))
  if (response.destroyed) leave()
  response.once('close', () => {
    if (!response.writableFinished) leave()
  })
  return gone.signal
}
