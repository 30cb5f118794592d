import type { HttpHandler } from 'msw'
import type { Locator, Org } from './org.ts'
import { represent } from './represent.ts'
import { ApiError, route, type Answer, type Call } from './route.ts'
import { parse } from './soql/parse.ts'
import { run } from './soql/run.ts'

const MOST_LOCATORS = 10
const LONGEST_URI = 16_384

/** `/query`, `/queryAll` and the pages that follow them. */
export function query(org: Org): HttpHandler[] {
  let made = 0

  const start = (call: Call, all: boolean): Answer => {
    const { url } = call
    if (url.pathname.length + url.search.length > LONGEST_URI) throw new ApiError(414, 'URI_TOO_LONG', 'The URI is longer than 16384 bytes')
    const soql = url.searchParams.get('q')
    if (!soql) throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified')
    const parsed = parse(soql)
    const table = org.store.table(parsed.from)
    if (!table) throw new ApiError(400, 'INVALID_TYPE', `sObject type '${parsed.from}' is not supported.`)
    const { fields, rows } = run(table, parsed, all)
    if (fields === 'count') return { body: { totalSize: rows.length, done: true, records: [] } }
    return page(call, { fields, type: table.object.name, rows, size: batchSize(call.request) }, 0, null)
  }

  const page = (call: Call, locator: Locator, from: number, known: string | null): Answer => {
    const { rows, size, fields, type } = locator
    const records = rows.slice(from, from + size).map((row) => represent(type, call.version, row, fields))
    const next = from + size
    if (next >= rows.length) return { body: { totalSize: rows.length, done: true, records } }
    const id = known ?? keep(locator)
    return { body: { totalSize: rows.length, done: false, nextRecordsUrl: `/services/data/${call.version}/query/${id}-${next}`, records } }
  }

  const keep = (locator: Locator): string => {
    made += 1
    const id = `0r8gL${made.toString(36).toUpperCase().padStart(10, '0')}AAA`
    org.locators.set(id, locator)
    const [oldest] = org.locators.keys()
    if (org.locators.size > MOST_LOCATORS && oldest !== undefined) org.locators.delete(oldest)
    return id
  }

  const follow = (call: Call): Answer => {
    const [id = '', offset = ''] = call.part('locator').split('-')
    const locator = org.locators.get(id)
    if (!locator || !/^\d+$/.test(offset)) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
    return page(call, locator, Number(offset), id)
  }

  return [
    route(org, 'get', '/query', (call) => start(call, false)),
    route(org, 'get', '/queryAll', (call) => start(call, true)),
    route(org, 'get', '/query/:locator', follow),
    route(org, 'get', '/queryAll/:locator', follow),
  ]
}

function batchSize(request: Request): number {
  const asked = Number(/batchSize=(\d+)/.exec(request.headers.get('sforce-query-options') ?? '')?.[1] ?? 2000)
  return Math.min(2000, Math.max(200, asked))
}
