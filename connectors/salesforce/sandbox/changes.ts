import type { HttpHandler } from 'msw'
import { stamp } from './objects.ts'
import type { Org } from './org.ts'
import { ApiError, needObject, route, type Call } from './route.ts'

const DAY = 86_400_000

/** What changed or was deleted in a span of time, and what an object looks like. */
export function changes(org: Org): HttpHandler[] {
  const span = (call: Call, days: number): { start: string; end: string } => {
    const [start, end] = ['start', 'end'].map((name) =>
      Date.parse((call.url.searchParams.get(name) ?? '').replace(/ (\d\d:?\d\d)$/, '+$1')),
    )
    if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
      throw new ApiError(400, 'INVALID_FIELD', 'start and end must be ISO 8601 date times')
    }
    if (end <= start) throw new ApiError(400, 'INVALID_REPLICATION_DATE', 'startDate before endDate')
    if (start < org.now() - days * DAY) {
      throw new ApiError(400, 'INVALID_REPLICATION_DATE', `startDate cannot be more than ${days} days ago`)
    }
    return { start: stamp(start), end: stamp(end) }
  }
  const changed = (type: string, { start, end }: { start: string; end: string }, deleted: boolean) =>
    [...(org.store.table(type)?.changedFrom(start) ?? [])].filter(
      (row) => String(row['SystemModstamp']) < end && (row['IsDeleted'] === true) === deleted,
    )

  return [
    route(org, 'get', '/sobjects/:type/updated', (call) => {
      const object = needObject(call.part('type'))
      const within = span(call, 30)
      return { body: { ids: changed(object.name, within, false).map((row) => row['Id']), latestDateCovered: within.end } }
    }),
    route(org, 'get', '/sobjects/:type/deleted', (call) => {
      const object = needObject(call.part('type'))
      const within = span(call, 15)
      const deletedRecords = changed(object.name, within, true).map((row) => ({ id: row['Id'], deletedDate: row['SystemModstamp'] }))
      return { body: { deletedRecords, earliestDateAvailable: stamp(org.now() - 15 * DAY), latestDateCovered: within.end } }
    }),
    route(org, 'get', '/sobjects/:type/describe', (call) => {
      const object = needObject(call.part('type'))
      const visible = [...object.fields.values()].filter((field) => [null, 'plain'].includes(org.schema.state(object, field.name)))
      const fields = visible.map((field) => ({
        name: field.name,
        label: field.label,
        type: field.type,
        length: field.length,
        nillable: !field.required,
        createable: !field.readOnly,
        updateable: !field.readOnly,
        externalId: field.externalId && org.schema.state(object, field.name) !== 'plain',
        unique: field.unique && org.schema.state(object, field.name) !== 'plain',
        restrictedPicklist: field.restricted,
        picklistValues: field.values.map((value) => ({ value, label: value, active: true, defaultValue: value === field.standard })),
      }))
      const may = { queryable: true, createable: true, updateable: true, deletable: !org.schema.keeps.has(object.name) }
      return { body: { name: object.name, label: object.name, keyPrefix: object.prefix, ...may, fields } }
    }),
  ]
}
