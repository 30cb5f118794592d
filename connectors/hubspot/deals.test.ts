import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deals } from './deals.ts'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { connectTo, creating, live } from './testing.ts'

let sandbox: HubspotSandbox
const decode = (closedate: unknown) =>
  deals.decode({ id: '1', state: 'live', modifiedAt: 0, modifiedText: null, actor: null, body: { properties: { closedate } } }).closedate

beforeAll(async () => {
  sandbox = await serveHubspot(0)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
})

describe('the day on which a deal closes', () => {
  it.each([
    ['2026-06-30T00:00:00Z', '2026-06-30'],
    ['2026-06-30T23:59:59.999Z', '2026-06-30'],
    ['2026-07-01T01:30:00+02:00', '2026-06-30'],
    ['1782777600000', '2026-06-30'],
    ['2026-06-30', '2026-06-30'],
    ['', null],
    [null, null],
    ['soon', 'soon'],
    ['99999999999999999999', '99999999999999999999'],
  ])('reads %s as %s', (held, day) => {
    expect(decode(held)).toBe(day)
  })

  it('is written so that it is the same day from Honolulu to Sydney, and reads back as written', async () => {
    const patch = { dealname: 'D', dealstage: 'closedwon', closedate: '2026-06-30' }
    const [result] = await connectTo(sandbox).write('deals', [creating('r1', patch)], live())
    expect(result?.next).toBe('done')
    const [held] = [...sandbox.store.shelf('deals').live.values()]
    for (const timeZone of ['Pacific/Honolulu', 'America/Los_Angeles', 'Europe/Berlin', 'Asia/Tokyo', 'Australia/Sydney']) {
      expect(new Date(held!.properties.closedate!).toLocaleDateString('en-CA', { timeZone })).toBe('2026-06-30')
    }
    expect(decode(held!.properties.closedate)).toBe('2026-06-30')
    expect(deals.encode({ closedate: null, amount: 12.5 })).toEqual({ closedate: '', amount: '12.5' })
  })
})

it('names what a deal or ticket lacks, and what its pipeline does not have', async () => {
  const connection = connectTo(sandbox)
  const why = async (stream: string, patch: Record<string, unknown>) => {
    const [result] = await connection.write(stream, [creating('r1', patch)], live())
    return [result?.next, result && 'why' in result ? result.why : '']
  }
  expect(await why('deals', { dealname: 'D' })).toEqual(['reject', 'VALIDATION_ERROR (dealstage)'])
  expect(await why('tickets', { subject: 'S', hs_pipeline_stage: '99' })).toEqual([
    'reject',
    'VALIDATION_ERROR INVALID_OPTION (hs_pipeline_stage)',
  ])
})
