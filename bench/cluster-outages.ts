/**
 * Three servers under a constant load of new requests while Redis is away for 90 s (AWAY_SECONDS) and PostgreSQL, later, is
 * killed and started again. Whatever was accepted is made; whoever is refused is told to try again.
 */
import { startCluster } from '../tests/support/cluster.ts'
import { keepPhoto, postWith, untilOver } from '../tests/support/cluster-client.ts'
import { takenBy } from '../tests/support/sandbox.ts'
import { hold, percentile } from './measure.ts'
import { recordAs } from './record.ts'

const awayMs = Number(process.env.AWAY_SECONDS ?? 90) * 1000
const quietMs = 10_000
/** Of each server. */
const everyMs = 2_000

recordAs('cluster-outages')
const cluster = await startCluster({
  environment: { LOCAL_RENDERER: 'false', VEO3_MAX_CONCURRENT_REQUESTS: '50' },
})
const pause = (ms: number) => new Promise((over) => setTimeout(over, ms))
try {
  const photoId = await keepPhoto(cluster.nodes[0]!.url)
  let phase = 'all is well'
  let goOn = true
  const phases = new Map<string, { accepted: string[]; refused: number; rude: string[]; ms: number[] }>()
  const tell = (name: string) => {
    const found = phases.get(name) ?? { accepted: [], refused: 0, rude: [], ms: [] }
    phases.set(name, found)
    return found
  }
  const posting = cluster.nodes.map(async ({ url }, index) => {
    for (let nth = 0; goOn; nth += 1) {
      const now = tell(phase)
      const fromMs = performance.now()
      const script = `Number ${nth} of server ${index} while others fall.`
      const answer = await postWith(url, photoId, { script, model: 'veo3/veo3-talking' }).catch((error: Error) => error)
      now.ms.push(performance.now() - fromMs)
      if (answer instanceof Error) now.rude.push(answer.message)
      else if (answer.status === 202) now.accepted.push(answer.body.id)
      else if (answer.status >= 500 && answer.body.retryable) now.refused += 1
      else now.rude.push(`${answer.status} ${answer.body.reason}`)
      await pause(everyMs)
    }
  })
  await pause(quietMs)
  phase = 'Redis is away'
  await cluster.redis.stop()
  await pause(awayMs)
  phase = 'Redis is back'
  await cluster.redis.start()
  await pause(quietMs)
  phase = 'PostgreSQL starts again'
  await cluster.postgres.restart('immediate')
  await pause(quietMs)
  goOn = false
  await Promise.all(posting)
  const all = [...phases.values()].flatMap(({ accepted }) => accepted)
  const ends = await Promise.all(all.map((id, index) => untilOver(cluster.nodes[index % 3]!.url, id)))
  for (const [name, { accepted, refused, rude, ms }] of phases) {
    console.log(
      `${name}: ${accepted.length} accepted, ${refused} told to try again, ${rude.length} otherwise; answered within ${percentile(ms, 0.5).toFixed(0)} ms (p50), ${Math.max(...ms).toFixed(0)} ms (longest)`,
    )
    if (rude.length > 0) console.log(`  ${[...new Set(rude)].join('; ')}`)
  }
  const { jobs, twice } = takenBy(cluster.vendors.simulators.veo3)
  console.log(`${all.length} accepted, ${ends.filter((end) => end === 'completed').length} made, ${jobs} submissions`)
  hold('accepted and lost', ends.filter((end) => end !== 'completed').length, 0)
  hold('works that were submitted twice', twice, 0)
  hold('answers that say neither yes nor try again', [...phases.values()].flatMap(({ rude }) => rude).length, 0)
} finally {
  await cluster.close()
}
