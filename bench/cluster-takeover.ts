/** A server is killed while it renders a short film: how long until another one has finished it. The job's heartbeat is 10 s. */
import { watch } from '../tests/support/api-client.ts'
import { startCluster } from '../tests/support/cluster.ts'
import { ask, begin, keepPhoto } from '../tests/support/cluster-client.ts'
import { hold, median } from './measure.ts'
import { recordAs } from './record.ts'

const rounds = 5

recordAs('cluster-takeover')
const cluster = await startCluster()
try {
  const photoId = await keepPhoto(cluster.nodes[0]!.url)
  const seconds: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const script = `A short film, the ${round}. of a few.`
    const id = await begin(cluster.nodes[0]!.url, photoId, { script, model: 'local/talking-head' })
    const renders = await Promise.all(cluster.nodes.map((node) => watchRenders(node.url, id)))
    const doomed = cluster.nodes[renders.indexOf(true)]
    if (!doomed) throw new Error('nobody renders')
    const witness = cluster.nodes.find((node) => node !== doomed)!
    const over = watch(witness.url, id)
    await doomed.kill()
    const killedMs = performance.now()
    const events = await over
    seconds.push((performance.now() - killedMs) / 1000)
    const starts = events.filter(({ type, step }) => type === 'step' && step === 'start').length
    console.log(
      `round ${round}: ${events.at(-1)?.type} ${seconds.at(-1)?.toFixed(1)} s after the kill (${starts} start)`,
    )
    await doomed.start()
  }
  hold('from the kill to the finished film, median', median(seconds), 15, ' s')
  hold('from the kill to the finished film, longest', Math.max(...seconds), 15, ' s')
} finally {
  await cluster.close()
}

/** Whether this one renders it, once somebody does. */
async function watchRenders(url: string, id: string): Promise<boolean> {
  await watch(url, id, 0, ({ type }) => type === 'progress')
  const { body } = await ask(`${url}/metrics`)
  return /^talking_photo_renders_running 1/m.test(body.toString())
}
