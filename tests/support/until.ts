import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is yes. For things that only a database can tell; gives up loudly. */
export async function until(ask: () => boolean | Promise<boolean>, what: string, timeoutMs = 45_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  await setImmediate()
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(20)
  }
}
