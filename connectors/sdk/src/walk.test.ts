import { describe, expect, it } from 'vitest'
import { compareText, type Page, type Position, type RawRecord, VendorError, walkChanges, walkList } from './index.ts'

const order = { compareIds: compareText }
const record = (id: string, modifiedAt: number | null): RawRecord => ({
  id,
  state: 'live',
  modifiedAt,
  modifiedText: null,
  actor: null,
  body: null,
})

async function gather(pages: AsyncIterable<Page>): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of pages) {
    all.push(page)
    if (all.length > 50) throw new Error('no end')
  }
  return all
}

/** A vendor that tells changes after a position, two to a page. */
function vendor(rows: readonly RawRecord[], vendorTime: number) {
  return ({ time, id }: Position) => {
    const after = rows.filter((row) => row.modifiedAt! > time || (row.modifiedAt === time && row.id > id))
    return Promise.resolve({ records: after.slice(0, 2), more: after.length > 2, vendorTime })
  }
}

const ids = (pages: readonly Page[]): string[] => pages.flatMap((page) => page.records.map(({ id }) => id))

describe('changes', () => {
  const rows = [record('a', 100), record('b', 100), record('c', 100), record('d', 100), record('e', 900)]

  it('come all, equal times among them, and a cursor takes up after its page', async () => {
    const pages = await gather(walkChanges(order, null, 0, vendor(rows, 1_000)))
    expect(ids(pages)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(ids(await gather(walkChanges(order, pages[0]!.cursor, 0, vendor(rows, 1_000))))).toEqual(['c', 'd', 'e'])
  })

  it("repeat what is newer than the overlap by the vendor's clock, and never go back behind the stored cursor", async () => {
    const [, , last] = await gather(walkChanges(order, null, 500, vendor(rows, 1_000)))
    expect(ids(await gather(walkChanges(order, last!.cursor, 500, vendor(rows, 1_000))))).toEqual(['e'])
    const again = await gather(walkChanges(order, last!.cursor, 5_000, vendor(rows, 1_000)))
    expect(again[0]!.cursor).toBe(last!.cursor)
  })

  it.each([
    ['a page that repeats', [record('b', 100), record('a', 100)], 'reject'],
    ['a change without a time', [record('a', null)], 'retry'],
  ])('%s is an error, not a loop', async (_what, records, next) => {
    const endless = () => Promise.resolve({ records, more: true, vendorTime: 1_000 })
    await expect(gather(walkChanges(order, null, 0, endless))).rejects.toMatchObject({ next })
  })

  it.each(['nonsense', 'null', '{"time":"1","id":"a"}'])('refuse the cursor %s', async (cursor) => {
    await expect(gather(walkChanges(order, cursor, 0, vendor(rows, 1_000)))).rejects.toBeInstanceOf(VendorError)
  })
})

describe('a list', () => {
  const page = (after: string | null) => {
    const rest = ['a', 'b', 'c'].filter((id) => id > (after ?? ''))
    return Promise.resolve({ records: rest.slice(0, 2).map((id) => record(id, 1)), more: rest.length > 2 })
  }

  it('comes all, and from wherever it is taken up', async () => {
    expect(ids(await gather(walkList(order, null, page)))).toEqual(['a', 'b', 'c'])
    expect(ids(await gather(walkList(order, 'b', page)))).toEqual(['c'])
    expect(await gather(walkList(order, 'c', page))).toEqual([])
  })

  it('that repeats is an error, not a loop', async () => {
    const endless = () => Promise.resolve({ records: [record('a', 1)], more: true })
    await expect(gather(walkList(order, null, endless))).rejects.toMatchObject({ next: 'reject' })
  })
})
