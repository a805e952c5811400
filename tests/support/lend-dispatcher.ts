/**
 * Google's SDK looks for Node's own HTTP dispatcher in the global object, under a symbol. Tests run in a global object of their own,
 * to which only named things were copied; this lends it the one that `fetch` uses.
 */
const dispatcher = Symbol.for('undici.globalDispatcher.1')

export function lendDispatcher(): void {
  // Made only when something of fetch is used for the first time.
  new Headers()
  // A function that is made by the outer one's constructor sees the outer global object.
  const outer: Record<symbol, unknown> = Object.getPrototypeOf(fetch).constructor('return globalThis')()
  Object.assign(globalThis, { [dispatcher]: outer[dispatcher] })
}
