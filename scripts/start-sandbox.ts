/** The sandbox in a process of its own, on free ports, as `npm run sandbox` starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './demo-server.ts'

export interface Sandbox {
  readonly env: Readonly<Record<string, string>>
  /** By vendor, with a slash at the end. */
  readonly control: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** @param plain films that do not speak, made in a moment */
export async function startSandbox(vendors: readonly string[], plain: boolean): Promise<Sandbox> {
  const wishes = ['--json', '--port', '0', '--job-seconds', '4', '--vendors', vendors.join(',')]
  const program = ['--import', 'tsx', join(root, 'scripts/sandbox.ts'), ...wishes]
  const child: ChildProcess = spawn(process.execPath, [...program, ...(plain ? ['--plain'] : [])], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const told = await new Promise<Pick<Sandbox, 'env' | 'control'>>((found, failed) => {
    createInterface({ input: child.stdout! }).on('line', (line) => found(JSON.parse(line)))
    child.once('exit', (code) => failed(new Error(`The sandbox ended with code ${code} before it listened.`)))
  })
  return {
    ...told,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
