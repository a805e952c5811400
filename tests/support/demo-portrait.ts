import { resolve } from 'node:path'

/** The portrait that the project draws itself. */
export const demoPortrait = resolve('assets/demo/portrait.jpg')
