import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createVeo3Webhook } from '../../../src/providers/veo3-webhook.ts'

// Computed by hand from the scheme: HMAC-SHA256 over '<t>.<body>'.
const vector = {
  secret: 'your_webhook_secret',
  timestamp: 1757759565,
  body: '{"event":"video.completed","job_id":"veo3_job_123456","created_at":"2025-09-13T10:32:45Z","data":{"status":"completed","progress":100}}',
  mac: 'a19a3dc370eb4896a12518d3fb37dbd4f996498697e0e5451f303afca5934d72',
}
const signature = `t=${vector.timestamp},v1=${vector.mac}`

function verdictOn({
  header = signature,
  headers = {},
  body = vector.body,
  late = 0,
  secrets = [vector.secret],
}: {
  header?: string | string[] | null
  headers?: Record<string, string>
  body?: string
  late?: number
  secrets?: string[]
}) {
  const webhook = createVeo3Webhook(secrets)
  return webhook({
    rawBody: Buffer.from(body),
    headers: { ...(header !== null && { 'x-veo3-signature': header }), ...headers },
    now: new Date((vector.timestamp + late) * 1000),
  })
}

const sign = (secret: string, body: string, t: string | number = vector.timestamp) =>
  createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')

describe("a webhook of veo3's", () => {
  it('is known by its signature', () => {
    expect(verdictOn({ headers: { 'x-veo3-event-id': 'evt_1' } })).toEqual({
      kind: 'hint',
      eventId: 'evt_1',
      jobId: 'veo3_job_123456',
    })
  })

  it('has an id of its own where it names none that can be kept: the same for the same bytes', () => {
    const verdicts = [verdictOn({}), verdictOn({}), verdictOn({ headers: { 'x-veo3-event-id': 'a b' } })]
    expect(new Set(verdicts.map((verdict) => verdict.kind === 'hint' && verdict.eventId)).size).toBe(1)
    const body = vector.body.replace('completed', 'progress')
    expect(verdictOn({ body, header: `t=${vector.timestamp},v1=${sign(vector.secret, body)}` })).not.toEqual(
      verdicts[0],
    )
  })

  it.each([-120, -119, 0, 119, 120])('may be two minutes off: %d s', (late) => {
    expect(verdictOn({ late }).kind).toBe('hint')
  })

  it.each([-121, 121, 3600, 1e9])('may not be more: %d s', (late) => {
    expect(verdictOn({ late })).toMatchObject({ kind: 'refused', why: 'it is too old or too new' })
  })

  it('may be signed with the old secret or the new one, or with both', () => {
    const secrets = ['the-new-one', vector.secret]
    const withNew = sign('the-new-one', vector.body)
    expect(verdictOn({ secrets }).kind).toBe('hint')
    expect(verdictOn({ secrets, header: `t=${vector.timestamp},v1=${withNew}` }).kind).toBe('hint')
    expect(verdictOn({ header: `t=${vector.timestamp},v1=${withNew},v1=${vector.mac}` }).kind).toBe('hint')
    expect(verdictOn({ header: `v0=abc, v1=${vector.mac.toUpperCase()}, t=${vector.timestamp}` }).kind).toBe('hint')
  })

  it.each([
    ['nothing', null],
    ['an empty header', ''],
    ['two headers', [signature, signature]],
    ['no time', `v1=${vector.mac}`],
    ['two times', `t=${vector.timestamp},t=${vector.timestamp + 1},v1=${vector.mac}`],
    [
      'a time with a fraction',
      `t=${vector.timestamp}.0,v1=${sign(vector.secret, vector.body, `${vector.timestamp}.0`)}`,
    ],
    ['no signature', `t=${vector.timestamp}`],
    ['an empty signature', `t=${vector.timestamp},v1=`],
    ['half a signature', `t=${vector.timestamp},v1=${vector.mac.slice(0, 32)}`],
    ['a signature that is longer', `t=${vector.timestamp},v1=${vector.mac}00`],
    ['another signature', `t=${vector.timestamp},v1=${vector.mac.replace('a', 'b')}`],
    ['one of another secret', `t=${vector.timestamp},v1=${sign('guess', vector.body)}`],
    ['one of an empty secret', `t=${vector.timestamp},v1=${sign('', vector.body)}`],
    ['one of another time', `t=${vector.timestamp + 1},v1=${vector.mac}`],
    [
      'one of the body alone',
      `t=${vector.timestamp},v1=${createHmac('sha256', vector.secret).update(vector.body).digest('hex')}`,
    ],
    ['more signatures than anybody needs', `t=${vector.timestamp}${`,v1=${vector.mac}`.repeat(11)}`],
    ['a header without end', `${signature},${'x'.repeat(5000)}`],
  ])('is refused with %s', (_, header) => {
    expect(verdictOn({ header }).kind).toBe('refused')
  })

  it('is refused when a byte of the body was changed', () => {
    expect(verdictOn({ body: `${vector.body} ` })).toEqual({ kind: 'refused', why: 'its signature is wrong' })
  })

  it.each(['', 'no json', '[]', 'null', '{}', '{"job_id":null}', '{"job_id":""}'])('must name a job: %j', (body) => {
    const header = `t=${vector.timestamp},v1=${sign(vector.secret, body)}`
    expect(verdictOn({ body, header })).toEqual({ kind: 'refused', why: 'its body names no job' })
  })
})
