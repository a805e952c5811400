/** The rules that are shipped for Prometheus, checked by its own tool. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '../../../src/watching/metrics.ts'
import { findPromtool } from '../../support/promtool.ts'

const run = promisify(execFile)
const folder = 'ops/prometheus'

describe('the rules for Prometheus', () => {
  it('are well-formed, and alarm when they should and not otherwise', async () => {
    const promtool = await findPromtool()
    const checked = await run(promtool, ['check', 'rules', 'talking-photo.rules.yml'], { cwd: folder })
    expect(checked.stdout).toContain('SUCCESS')
    await run(promtool, ['test', 'rules', 'talking-photo.test.yml'], { cwd: folder })
  }, 180_000)

  it('speak only of figures that there are', async () => {
    const rules = await readFile(`${folder}/talking-photo.rules.yml`, 'utf8')
    const metrics = createMetrics()
    metrics.watch({ breakers: () => ({}), jobs: async () => ({}) })
    const { text } = await metrics.read()
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]))
    const named = [...new Set(rules.match(/\btalking_photo_\w+/g))]
    expect(named.length).toBeGreaterThan(5)
    const isThere = (name: string) =>
      types.has(name) || types.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram'
    expect(named.filter((name) => !isThere(name))).toEqual([])
    // What the rules add up must never fall but at a restart.
    const summed = [...rules.matchAll(/increase\((talking_photo_\w+)/g)].map(([, name]) => name!)
    expect(summed.filter((name) => types.get(name) === 'gauge')).toEqual([])
  })

  it('have every alert tested both ways', async () => {
    const [rules, tests] = await Promise.all(
      ['rules', 'test'].map((kind) => readFile(`${folder}/talking-photo.${kind}.yml`, 'utf8')),
    )
    const alerts = [...rules!.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
    expect(alerts).toHaveLength(5)
    for (const name of alerts) {
      expect(tests).toContain(`alertname: ${name}, exp_alerts: []`)
      expect(tests).toMatch(new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n\\s+- exp_labels`))
    }
  })
})
