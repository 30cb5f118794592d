import { expect, test } from 'vitest'
import { serveRaw, soql } from './raw.ts'

interface Answer {
  readonly totalSize: number
  readonly done: boolean
  readonly nextRecordsUrl?: string
  readonly records: readonly Record<string, unknown>[]
}

const people = (n: number, from = 0) => Array.from({ length: n }, (_, i) => ({ LastName: `L${from + i}`, Email: `p${from + i}@x.example` }))

test('answers the fields asked for, in their own spelling and order', async () => {
  await using raw = await serveRaw()
  const [id] = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'Ito', Email: 'Jun@X.example' }] })
  const { body } = await raw.call<Answer>('GET', soql("SELECT lastname, Id FROM contact WHERE email = 'jun@x.EXAMPLE'"))
  expect(body).toEqual({
    totalSize: 1,
    done: true,
    records: [{ attributes: { type: 'Contact', url: `/services/data/v67.0/sobjects/Contact/${id}` }, LastName: 'Ito', Id: id }],
  })
})

test('pages by locator: at most 2,000, and fewer if asked; a foreign locator is refused', async () => {
  await using raw = await serveRaw()
  await raw.admin('plant', { type: 'Contact', rows: people(2300) })
  const first = (await raw.call<Answer>('GET', soql('SELECT Id FROM Contact'))).body
  expect([first.records.length, first.done, first.totalSize]).toEqual([2000, false, 2300])
  const second = (await raw.call<Answer>('GET', first.nextRecordsUrl ?? '')).body
  expect([second.records.length, second.done]).toEqual([300, true])
  expect(new Set([...first.records, ...second.records].map((row) => row['Id'])).size).toBe(2300)
  const small = await raw.call<Answer>('GET', soql('SELECT Id FROM Contact'), undefined, { 'sforce-query-options': 'batchSize=500' })
  expect(small.body.records.length).toBe(500)
  expect(await raw.call('GET', '/query/0r8gL999-2000')).toMatchObject({ status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] })
})

test('only ten locators stay open', async () => {
  await using raw = await serveRaw()
  await raw.admin('plant', { type: 'Contact', rows: people(201) })
  const urls: string[] = []
  for (let i = 0; i < 11; i++) {
    const { body } = await raw.call<Answer>('GET', soql('SELECT Id FROM Contact'), undefined, { 'sforce-query-options': 'batchSize=200' })
    urls.push(body.nextRecordsUrl ?? '')
  }
  expect((await raw.call('GET', urls[0]!)).status).toBe(400)
  expect((await raw.call('GET', urls[1]!)).status).toBe(200)
})

test('orders by (SystemModstamp, Id) also where a thousand stamps are equal', async () => {
  await using raw = await serveRaw()
  const at = Date.now() - 60_000
  const middle = await raw.admin<string[]>('plant', { type: 'Contact', rows: people(1000), at })
  const late = await raw.admin<string[]>('plant', { type: 'Contact', rows: people(5, 1000), at: at + 5000 })
  const early = await raw.admin<string[]>('plant', { type: 'Contact', rows: people(5, 1005), at: at - 5000 })
  const seen: unknown[] = []
  let where = ''
  for (let i = 0; i < 20; i++) {
    const { body } = await raw.call<Answer>(
      'GET',
      soql(`SELECT Id, SystemModstamp FROM Contact ${where} ORDER BY SystemModstamp, Id LIMIT 300`),
    )
    seen.push(...body.records.map((row) => row['Id']))
    const last = body.records.at(-1)
    if (!last) break
    const time = String(last['SystemModstamp']).replace('+0000', 'Z')
    where = `WHERE (SystemModstamp > ${time} OR (SystemModstamp = ${time} AND Id > '${String(last['Id'])}'))`
  }
  expect(seen).toEqual([...early, ...middle, ...late])
  expect(
    String((await raw.call<Answer>('GET', soql('SELECT SystemModstamp FROM Contact LIMIT 1'))).body.records[0]?.['SystemModstamp']),
  ).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/)
})

test('queryAll sees the recycle bin, query does not', async () => {
  await using raw = await serveRaw()
  const [id, other] = await raw.admin<string[]>('plant', { type: 'Account', rows: [{ Name: 'A' }, { Name: 'B' }] })
  await raw.call('DELETE', `/sobjects/Account/${id}`)
  expect((await raw.call<Answer>('GET', soql('SELECT Id FROM Account'))).body.records.map((row) => row['Id'])).toEqual([other])
  const all = (await raw.call<Answer>('GET', soql('SELECT Id FROM Account WHERE IsDeleted = true', true))).body.records
  expect(all.map((row) => row['Id'])).toEqual([id])
})

test('conditions: in, like, not, null, parentheses, escapes, count', async () => {
  await using raw = await serveRaw()
  await raw.admin('plant', {
    type: 'Account',
    rows: [
      { Name: "O'Neill & Sons", Phone: '1' },
      { Name: 'back\\slash' },
      { Name: 'Acme', NumberOfEmployees: 7 },
      { Name: 'Zeta', NumberOfEmployees: 9 },
    ],
  })
  const names = async (where: string): Promise<unknown[]> =>
    (await raw.call<Answer>('GET', soql(`SELECT Name FROM Account WHERE ${where} ORDER BY Name`))).body.records.map((row) => row['Name'])
  expect(await names(String.raw`Name = 'o\'neill & sons'`)).toEqual(["O'Neill & Sons"])
  expect(await names(String.raw`Name IN ('back\\slash', 'acme')`)).toEqual(['Acme', 'back\\slash'])
  expect(await names("Name LIKE 'a%'")).toEqual(['Acme'])
  expect(await names("(NOT Name LIKE '%a%') AND Phone != null")).toEqual(["O'Neill & Sons"])
  expect(await names('Phone = null AND (NumberOfEmployees > 8 OR NumberOfEmployees < 8)')).toEqual(['Acme', 'Zeta'])
  expect(await names("Name NOT IN ('acme', 'zeta')")).toHaveLength(2)
  const descending = await raw.call<Answer>('GET', soql('SELECT Name FROM Account ORDER BY NumberOfEmployees DESC, Name LIMIT 2'))
  expect(descending.body.records.map((row) => row['Name'])).toEqual(['Zeta', 'Acme'])
  expect((await raw.call<Answer>('GET', soql('SELECT COUNT() FROM Account'))).body).toMatchObject({ totalSize: 4, records: [] })
})

test.each([
  ['SELECT Id FROM', 'MALFORMED_QUERY'],
  ['SELECT Id FROM Contact WHERE', 'MALFORMED_QUERY'],
  ['SELECT * FROM Contact', 'MALFORMED_QUERY'],
  ["SELECT Id FROM Contact WHERE LastName = 'x' OR Email = 'y' AND Phone = 'z'", 'MALFORMED_QUERY'],
  ["SELECT Id FROM Contact WHERE LastName = 'it's'", 'MALFORMED_QUERY'],
  [String.raw`SELECT Id FROM Contact WHERE LastName = 'bad \x'`, 'MALFORMED_QUERY'],
  ['SELECT Id FROM Contact; DROP', 'MALFORMED_QUERY'],
  ['SELECT Nope__c FROM Contact', 'INVALID_FIELD'],
  ["SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01T00:00:00Z'", 'INVALID_FIELD'],
  ["SELECT Id FROM Contact WHERE IsDeleted = 'true'", 'INVALID_FIELD'],
  ["SELECT Id FROM Contact WHERE Id = 'not-an-id'", 'INVALID_FIELD'],
  ['SELECT Id FROM Widget', 'INVALID_TYPE'],
])('%s → %s', async (text, errorCode) => {
  await using raw = await serveRaw()
  expect(await raw.call('GET', soql(text))).toMatchObject({ status: 400, body: [{ errorCode }] })
})

test('a URI over 16,384 bytes is refused', async () => {
  await using raw = await serveRaw()
  const fits = `SELECT Id FROM Contact WHERE LastName = '${'x'.repeat(14_000)}'`
  expect((await raw.call('GET', soql(fits))).status).toBe(200)
  expect((await raw.call('GET', soql(`SELECT Id FROM Contact WHERE LastName = '${'x'.repeat(16_400)}'`))).status).toBeGreaterThanOrEqual(
    414,
  )
})
