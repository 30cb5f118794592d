import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHub, until, type TestHub } from '../testing.ts'
import { DESCRIBED } from './routes.ts'

interface List {
  readonly items: readonly Readonly<Record<string, never>>[]
  readonly next: string | null
}

let hub: TestHub
beforeAll(async () => {
  hub = await startTestHub(30)
  await until(async () => (await hub.running.watch.figures()).receipts >= 30)
})
afterAll(() => hub.close())

const get = async <T>(path: string): Promise<T> => {
  const answer = await hub.call(path)
  expect(answer.status, path).toBe(200)
  return (await answer.json()) as T
}

test('everything but webhooks and health asks for the token', async () => {
  for (const path of ['/v1/records', '/v1/events', '/v1/connections', '/metrics', '/openapi.json', '/docs', '/v1/nothing', '/nothing']) {
    const answer = await hub.fetch(path)
    expect(answer.status, path).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  }
  for (const given of ['Bearer wrong', 'Basic dGVzdA==', 'Bearer '])
    expect((await hub.fetch('/v1/records', { headers: { authorization: given } })).status).toBe(401)
  expect((await hub.fetch('/healthz')).status).toBe(200)
  expect((await hub.fetch('/readyz')).status).toBe(200)
})

test('a list is paged to its end without a gap or a double', async () => {
  const seen: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const page: List = await get(`/v1/records?limit=7${cursor === null ? '' : `&cursor=${cursor}`}`)
    seen.push(...page.items.map((item) => item['id'] as unknown as string))
    cursor = page.next
    pages += 1
  } while (cursor !== null && pages < 20)
  const [{ n }] = (await hub.running.store.all<{ n: number }>('SELECT count(*) AS n FROM records')) as [{ n: number }]
  expect(seen).toHaveLength(n)
  expect(new Set(seen).size).toBe(n)
  expect(pages).toBe(Math.ceil(n / 7))
})

test('a limit out of range, an unknown or repeated parameter, a forged or foreign cursor and a token in the address are 400', async () => {
  const { next } = await get<List>('/v1/records?limit=2')
  const wrong = [
    '/v1/records?limit=1000000000',
    '/v1/records?limit=0',
    '/v1/records?limit=201',
    '/v1/records?limit=ten',
    '/v1/records?entitty=person',
    '/v1/records?limit=1&limit=2',
    '/v1/records?cursor=forged',
    `/v1/records?cursor=${next!.slice(0, -3)}AAA`,
    `/v1/events?cursor=${next}`,
    `/v1/records?entity=person&cursor=${next}`,
    '/v1/deliveries?state=lost',
    '/v1/records?token=test-token-0123456789',
    '/v1/records/x?access_token=y',
  ]
  for (const path of wrong) {
    const answer = await hub.call(path)
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 400, 'application/problem+json'])
  }
  expect(await (await hub.call('/v1/records?entitty=person')).json()).toMatchObject({
    detail: expect.stringContaining('Did you mean "entity"?') as string,
  })
})

test('a record shows where each value came from, what each side agreed to, and its history', async () => {
  const { items } = await get<List>('/v1/records?entity=person&limit=1')
  const record = await get<{
    fields: Record<string, { value: string; system: string; event: number }>
    links: { connection: string; externalId: string; agreed: Record<string, { value: string }> }[]
    history: { version: number; changes: { field: string }[] }[]
  }>(`/v1/records/${items[0]!['id'] as unknown as string}`)
  const [field, value] = Object.entries(record.fields)[0]!
  expect(value.system).toBe('hubspot')
  expect(record.links.map((link) => link.connection).toSorted()).toEqual(['hubspot', 'salesforce'])
  expect(record.links.find((link) => link.connection === 'hubspot')!.agreed[field]!.value).toEqual(value.value)
  expect(record.history.at(-1)!.changes.map((change) => change.field)).toContain(field)

  const event = await get<{ event: { seq: number }; effect: { kind: string }; record: object; deliveries: { connection: string }[] }>(
    `/v1/events/${value.event}`,
  )
  expect(event.effect.kind).toBe('applied')
  expect(event.deliveries.map((delivery) => delivery.connection)).toEqual(['salesforce'])
})

test('what is not there is 404, as a problem', async () => {
  for (const path of [
    '/v1/records/none',
    '/v1/events/99999999',
    '/v1/events/none',
    '/v1/deliveries/none',
    '/v1/connections/none',
    '/v1/none',
  ]) {
    const answer = await hub.call(path)
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, 'application/problem+json'])
  }
})

test('a pause has a reason, is audited, and holds until it is resumed', async () => {
  const post = (path: string, body?: unknown): Promise<Response> =>
    hub.call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  expect((await post('/v1/connections/salesforce/pause')).status).toBe(422)
  expect((await post('/v1/connections/salesforce/pause', { reason: 'x', why: 'y' })).status).toBe(422)
  expect(await (await post('/v1/connections/salesforce/pause', { reason: 'maintenance' })).json()).toMatchObject({ paused: true })
  const { items } = await get<List>('/v1/audit?action=connection.paused&limit=1')
  expect(items[0]).toMatchObject({ actor: 'api', subject: 'salesforce', reason: 'maintenance' })
  expect(await (await post('/v1/connections/salesforce/resume')).json()).toMatchObject({ paused: false })
  expect((await post('/v1/connections/none/pause', { reason: 'x' })).status).toBe(404)
})

test('a body that is no JSON object is refused with the fitting status', async () => {
  const post = (body: string, type = 'application/json'): Promise<Response> =>
    hub.call('/v1/deliveries/retry', { method: 'POST', headers: { 'content-type': type }, body })
  expect((await post('{')).status).toBe(400)
  expect((await post('[]')).status).toBe(422)
  expect((await post('{}', 'text/plain')).status).toBe(415)
  expect((await post('{"deliveries":"all"}')).status).toBe(422)
  expect((await post('{"__proto__":{"a":1},"deliveries":[]}')).status).toBe(422)
  expect(await (await post('{"deliveries":["none"]}')).json()).toEqual({ retried: 0 })
})

test('another site cannot act, nor can a foreign name that points here', async () => {
  const act = (headers: Record<string, string>): Promise<Response> =>
    hub.call('/v1/connections/hubspot/resume', { method: 'POST', headers })
  expect((await act({ origin: 'https://evil.example' })).status).toBe(403)
  expect((await act({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await act({ origin: 'null' })).status).toBe(403)
  expect((await act({ origin: hub.url })).status).toBe(200)
})

test('the description names every route there is, and no other', async () => {
  const { openapi, paths } = await get<{ openapi: string; paths: Record<string, Record<string, object>> }>('/openapi.json')
  expect(openapi).toMatch(/^3\.1\./)
  const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  expect(described.toSorted()).toEqual(DESCRIBED.map(({ method, path }) => `${method} ${path}`).toSorted())
  for (const { method, path } of DESCRIBED) {
    const answer = await hub.call(path.replace(/\{\w+\}/, 'none'), { method: method.toUpperCase() })
    const problem = answer.ok ? '' : ((await answer.json()) as { title: string }).title
    expect([path, problem]).not.toEqual([path, 'There is nothing here'])
  }
})

test('figures for Prometheus', async () => {
  const text = await (await hub.call('/metrics')).text()
  expect(text).toMatch(/^throughline_receipts_total \d\d/m)
  expect(text).toMatch(/^throughline_deliveries\{state="dead"\} 0$/m)
  expect(text).toMatch(/^throughline_connection_paused\{connection="salesforce"\} 0$/m)
})

test('nothing failed unexpectedly', () => expect(hub.failures).toEqual([]))
