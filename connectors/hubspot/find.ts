import { type RawRecord, VendorError } from '@throughline/sdk'
import { FilterOperatorEnum, type PublicObjectSearchRequest } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import type { Context } from './context.ts'
import { propertiesOf } from './record.ts'
import { rowsOf } from './rows.ts'

/** A search body may have 3,000 characters; the rest of it needs fewer than this. */
const BODY = 3_000
const PAGE = 200
/** No search goes further. */
const MOST = 10_000

type Found = Map<string, RawRecord[]>

/** Exact matches, compared as HubSpot compares: without case and surrounding spaces. Every value asked for has an entry. */
export async function find(
  context: Context,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly RawRecord[]>> {
  const found: Found = new Map(values.map((value) => [value, []]))
  const wanted = new Map<string, string[]>()
  for (const value of found.keys()) {
    const normal = normalise(value)
    if (normal !== '') wanted.set(normal, [...(wanted.get(normal) ?? []), value])
  }
  const normals = [...wanted.keys()]
  if (normals.length === 0) return found
  const more = context.stream.keys[field]
  const records = more === undefined ? await bySearch(context, field, normals, signal) : await byKey(context, field, normals, signal)
  for (const record of records) {
    const properties = propertiesOf(record)
    const held = [properties[field], ...(more ? String(properties[more] ?? '').split(';') : [])]
    for (const normal of new Set(held.map((value) => normalise(String(value ?? ''))))) {
      for (const value of wanted.get(normal) ?? []) found.get(value)?.push(record)
    }
  }
  return found
}

/** Consistent with the vendor's own writes. */
async function byKey(context: Context, field: string, normals: readonly string[], signal: AbortSignal): Promise<RawRecord[]> {
  const properties = [...new Set([...context.properties, field])]
  const answer = await context.client.read(context.stream.objectType, normals, { properties, idProperty: field }, signal)
  return [...rowsOf(answer, context.now()).records]
}

async function bySearch(context: Context, field: string, normals: readonly string[], signal: AbortSignal): Promise<RawRecord[]> {
  const properties = [...new Set([...context.properties, field])]
  const records: RawRecord[] = []
  for (const some of chunks(normals, BODY - 400 - JSON.stringify(properties).length)) {
    for (let after: string | null = '0'; after !== null;) {
      const request: PublicObjectSearchRequest = {
        limit: PAGE,
        after,
        properties,
        filterGroups: [{ filters: [{ propertyName: field, operator: FilterOperatorEnum.In, values: some }] }],
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }] as unknown as string[],
      }
      const page = rowsOf(await context.client.search(context.stream.objectType, request, signal), context.now())
      records.push(...page.records)
      // HubSpot's token is an offset and ends at 10,000; one that does not rise would go on for ever.
      if (page.next !== null && !(Number(page.next) > Number(after))) throw new VendorError('reject', 'HubSpot search repeats itself')
      if (Number(page.next) >= MOST) throw new VendorError('reject', `HubSpot finds more than ${MOST} objects for a few values`)
      after = page.next
    }
  }
  return records
}

/** Runs of values whose JSON fits into `room` characters, at least one in each. */
function chunks(values: readonly string[], room: number): string[][] {
  const runs: string[][] = []
  let left = 0
  for (const value of values) {
    const size = JSON.stringify(value).length + 1
    const run = runs.at(-1)
    if (run && left >= size) run.push(value)
    else {
      runs.push([value])
      left = room
    }
    left -= size
  }
  return runs
}

function normalise(value: string): string {
  return value.trim().toLowerCase()
}
