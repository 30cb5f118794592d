import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { serveConnected } from './sandbox/connect.ts'
import { fitting, quote } from './soql.ts'

const served = () => serveConnected(salesforce)
const HARD = [`o'brien@x.example`, `a+b@x.example`, `ü@x.example`, `100%@x.example`, `under_score@x.example`, `x&y=z#1?@x.example`]

test('hard values are found exactly, and a value cannot leave its quotes', async () => {
  await using it = await served()
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: HARD.map((Email, n) => ({ LastName: `L${n}`, Email })) })
  const found = await it.connection.find(
    'contacts',
    'Email',
    [...HARD, `x') OR Email != null OR Email IN ('`, String.raw`\') OR (Id != '`],
    it.signal,
  )
  expect([...found.values()].map((records) => records.map((record) => record.id))).toEqual([...ids.map((id) => [id]), [], []])
})

test('any text survives quoting', async () => {
  await using it = await served()
  const texts = [`\\`, `\\'`, `'''`, `\\\\'`, 'tab\there', 'line\nbreak', `"double"`, 'emoji 😀', String.raw`literal \n`, '\u2028']
  await it.raw.admin('plant', { type: 'Account', rows: texts.map((text, n) => ({ Name: `n${n}`, Domain__c: `a${text}z` })) })
  const found = await it.connection.find(
    'accounts',
    'Domain__c',
    texts.map((text) => `a${text}z`),
    it.signal,
  )
  expect([...found.values()].map((records) => (records[0]?.body as { Name: string } | undefined)?.Name)).toEqual(
    texts.map((_, n) => `n${n}`),
  )
})

test('the vendor compares whatever the case: the answer goes to the value that was asked for', async () => {
  await using it = await served()
  const [id] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A', Email: 'Ada@X.example' }] })
  const found = await it.connection.find('contacts', 'Email', ['ada@x.EXAMPLE', 'ADA@x.example', 'nobody@x.example', ''], it.signal)
  expect([...found].map(([value, records]) => [value, records.map((record) => record.id)])).toEqual([
    ['ada@x.EXAMPLE', [id]],
    ['ADA@x.example', [id]],
    ['nobody@x.example', []],
    ['', []],
  ])
})

test('200 long values are split to fit into a URI, and more than a page of answers is read on', async () => {
  await using it = await served()
  const emails = Array.from({ length: 200 }, (_, n) => `${'ü'.repeat(25)}.${n}@${'long'.repeat(5)}.example`)
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: emails.map((Email, n) => ({ LastName: `L${n}`, Email })) })
  const found = await it.connection.find('contacts', 'Email', emails, it.signal)
  expect([...found.values()].map((records) => records.map((record) => record.id))).toEqual(ids.map((id) => [id]))
  expect(it.sandbox.calls.reads).toBeGreaterThan(3)
  const same = Array.from({ length: 2_100 }, (_, n) => ({ LastName: `S${n}`, Email: 'same@x.example' }))
  await it.raw.admin('plant', { type: 'Contact', rows: same })
  expect((await it.connection.find('contacts', 'Email', ['same@x.example'], it.signal)).get('same@x.example')).toHaveLength(2_100)
})

test('lists that fit hold every value once, in order', () => {
  const values = Array.from({ length: 3_000 }, (_, n) => `value '${n}`)
  const lists = fitting(values, 'SELECT Id FROM Contact')
  expect(lists.flat()).toEqual(values)
  for (const list of lists) expect(encodeURIComponent(list.map(quote).join(',')).length).toBeLessThan(12_000)
})

test('a name that is none is refused before it reaches a query', async () => {
  await using it = await served()
  await expect(it.connection.find('contacts', `Email = 'x' OR Id`, ['y'], it.signal)).rejects.toThrow('cannot be a Salesforce field')
})
