import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, drain, serveConnected } from './sandbox/connect.ts'

test('the share of the daily quota is in the health, and in one line for each step up', async () => {
  await using it = await serveConnected(salesforce)
  const said = () => it.logged.filter((line) => line.includes('daily calls')).length
  await it.raw.admin('limit', { max: 1_000, used: 700 })
  expect(await it.connection.check(it.signal)).toMatchObject({ ok: true, account: expect.not.stringContaining('%') })
  expect(said()).toBe(0)
  await it.raw.admin('limit', { used: 850 })
  for (let i = 0; i < 3; i++) await it.connection.read('contacts', ['003gL0000000001QAA'], it.signal)
  expect(said()).toBe(1)
  await it.raw.admin('limit', { used: 960 })
  expect(await it.connection.check(it.signal)).toMatchObject({ account: expect.stringContaining('96 % of 1000 daily calls used') })
  expect(said()).toBe(2)
  // The day rolls on.
  await it.raw.admin('limit', { used: 10 })
  expect(await it.connection.check(it.signal)).toMatchObject({ account: expect.not.stringContaining('%') })
  expect(said()).toBe(2)
})

test('nothing is held back while calls are left: reading and writing go on until the vendor refuses', async () => {
  await using it = await serveConnected(salesforce)
  await it.raw.admin('limit', { max: 100, used: 95 })
  expect((await drain(it.connection.pull('contacts', null, it.signal))).records).toEqual([])
  expect(await it.connection.write('contacts', [createOf(1)], it.signal)).toMatchObject([{ next: 'done' }])
  await it.raw.admin('limit', { used: 100 })
  expect(await it.connection.write('contacts', [createOf(2)], it.signal)).toMatchObject([{ next: 'retry', limited: true }])
})
