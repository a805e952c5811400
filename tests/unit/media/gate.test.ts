import { describe, expect, it } from '@jest/globals'
import { createGate } from '../../../src/media/gate.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function held() {
  let release = () => {}
  const done = new Promise<void>((resolve) => {
    release = resolve
  })
  return { done, release }
}

describe('the gate', () => {
  it('lets in only so many at once, in order', async () => {
    const gate = createGate(2)
    const started: number[] = []
    const tasks = [0, 1, 2, 3].map(() => held())
    const all = tasks.map((task, index) =>
      gate(() => {
        started.push(index)
        return task.done
      }),
    )
    await turn()
    expect(started).toEqual([0, 1])
    tasks[1]?.release()
    await turn()
    expect(started).toEqual([0, 1, 2])
    for (const task of tasks) task.release()
    await Promise.all(all)
    expect(started).toEqual([0, 1, 2, 3])
  })

  it('frees the place of a task that failed', async () => {
    const gate = createGate(1)
    await expect(gate(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await gate(async () => 'in')).toBe('in')
  })

  it('lets go of one that gave up waiting, and does not count it', async () => {
    const gate = createGate(1)
    const first = held()
    const stop = new AbortController()
    const running = gate(() => first.done)
    const gone = gate(async () => 'never', stop.signal)
    const after = gate(async () => 'after')
    stop.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    first.release()
    await running
    expect(await after).toBe('after')
    await expect(gate(async () => 'never', stop.signal)).rejects.toThrow('gone')
  })
})
