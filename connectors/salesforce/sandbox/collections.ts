import type { HttpHandler } from 'msw'
import { longId } from './ids.ts'
import { findObject, OBJECTS, type ObjectType } from './objects.ts'
import type { Org } from './org.ts'
import { collectionItem, fieldList, represent } from './represent.ts'
import { ApiError, needExternalId, needObject, onlyMembers, route, type Answer, type Call } from './route.ts'
import type { Saved } from './store.ts'
import { upsert } from './upsert.ts'

type Input = Readonly<Record<string, unknown>>
type Write = (input: Input, object: ObjectType, apply: boolean) => Saved

const MOST_WRITTEN = 200
const MOST_READ = 2000
const MOST_CHUNKS = 10

const refuse = (code: string, message: string, fields: readonly string[] = []): Saved => ({
  ok: false,
  errors: [{ code, message, fields }],
})

/** Up to 200 records in one call: HTTP 200 whatever happens to the items, answers in order. */
export function collections(org: Org): HttpHandler[] {
  const { store } = org

  const write = async (call: Call, isUpsert: boolean, one: Write): Promise<Answer> => {
    const body = await call.json()
    onlyMembers(body, 'records', 'allOrNone')
    const { records, allOrNone } = body
    if (!Array.isArray(records)) throw new ApiError(400, 'MISSING_ARGUMENT', 'The records field is required')
    limit(records.length, MOST_WRITTEN)
    const items = records as Input[]
    const types = items.map((item) => typeOf(item))
    if (types.filter((type, i) => type !== types[i - 1]).length > MOST_CHUNKS) {
      throw new ApiError(400, 'INVALID_INPUT', 'Cannot process more than 10 chunks of different types')
    }
    const work = (apply: boolean): Saved[] =>
      items.map((item, i) => {
        const object = findObject(types[i] ?? '')
        return object ? one(item, object, apply) : refuse('INVALID_TYPE', `sObject type '${types[i] ?? ''}' is not supported.`)
      })
    return { body: allOrNothing(allOrNone === true, work).map((saved) => collectionItem(saved, isUpsert)) }
  }

  return [
    route(org, 'patch', '/composite/sobjects/:type/:field', (call) => {
      const wanted = needObject(call.part('type'))
      const by = needExternalId(wanted, call.part('field'))
      const seen = new Set<string>()
      return write(call, true, (input, object, apply) => {
        if (object !== wanted) return refuse('INVALID_TYPE', `Only ${wanted.name} can be upserted here`)
        const { [by.name]: value, ...rest } = input
        if (typeof value !== 'string' || value.trim() === '') return refuse('MISSING_ARGUMENT', `${by.name} not specified`, [by.name])
        const key = `${String(apply)} ${value.trim().toLowerCase()}`
        if (seen.has(key)) return refuse('DUPLICATE_VALUE', `Duplicate external id specified: ${value}`, [by.name])
        seen.add(key)
        const saved = upsert(store, object, by, value, rest, call.user, apply)
        if (saved.ok !== 'many') return saved
        const message = `${by.name}: more than one record found for external id field: [${saved.ids.join(', ')}]`
        return refuse('DUPLICATE_EXTERNAL_ID', message, [by.name])
      })
    }),
    route(org, 'patch', '/composite/sobjects', (call) =>
      write(call, false, (input, object, apply) => {
        const { id, Id = id, ...rest } = input
        if (typeof Id !== 'string') return refuse('MISSING_ARGUMENT', 'Id not specified in an update call', ['Id'])
        const known = longId(Id)
        if (known === null || !known.startsWith(object.prefix))
          return refuse('MALFORMED_ID', `Record ID: id value of incorrect type: ${Id}`, ['Id'])
        return store.update(object, known, rest, call.user, apply)
      }),
    ),
    route(org, 'post', '/composite/sobjects', (call) =>
      write(call, false, (input, object, apply) => {
        if ('id' in input || 'Id' in input) return refuse('INVALID_FIELD_FOR_INSERT_UPDATE', 'cannot specify Id in an insert call', ['Id'])
        return store.create(object, input, call.user, apply)
      }),
    ),
    route(org, 'delete', '/composite/sobjects', (call) => {
      const ids = (call.url.searchParams.get('ids') ?? '').split(',').filter((id) => id !== '')
      limit(ids.length, MOST_WRITTEN)
      const work = (apply: boolean): Saved[] =>
        ids.map((id) => {
          const known = longId(id)
          const object = known === null ? undefined : OBJECTS.find((one) => known.startsWith(one.prefix))
          if (known === null || !object) return refuse('MALFORMED_ID', `malformed id ${id}`)
          return store.remove(object, known, call.user, apply)
        })
      return { body: allOrNothing(call.url.searchParams.get('allOrNone') === 'true', work).map((saved) => collectionItem(saved, false)) }
    }),
    route(org, 'post', '/composite/sobjects/:type', async (call) => {
      const object = needObject(call.part('type'))
      const asked = await call.json()
      onlyMembers(asked, 'ids', 'fields')
      const { ids, fields } = asked
      if (!Array.isArray(ids) || !Array.isArray(fields)) throw new ApiError(400, 'MISSING_ARGUMENT', 'ids and fields are required')
      limit(ids.length, MOST_READ)
      const names = fieldList(object, fields.map(String))
      const table = store.table(object.name)
      const body = ids.map((id) => {
        const row = table?.get(longId(String(id)) ?? '')
        return row && row['IsDeleted'] !== true ? represent(object.name, call.version, row, names) : null
      })
      return { body }
    }),
  ]
}

function limit(count: number, most: number): void {
  if (count > most)
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', `record limit reached. cannot submit more than ${most} records into this call`)
}

function typeOf(item: Input): string {
  const { attributes } = item
  return typeof attributes === 'object' && attributes !== null && 'type' in attributes ? String(attributes.type) : ''
}

/** With `allOrNone`, one bad row undoes them all: the good ones say so. */
function allOrNothing(strict: boolean, work: (apply: boolean) => Saved[]): Saved[] {
  if (!strict) return work(true)
  const tried = work(false)
  if (tried.every((saved) => saved.ok)) return work(true)
  const message = 'Record rolled back because not all records were valid and the request was using AllOrNone header'
  return tried.map((saved) => (saved.ok ? refuse('ALL_OR_NONE_OPERATION_ROLLED_BACK', message) : saved))
}
