import type { HttpHandler } from 'msw'
import { longId } from './ids.ts'
import type { ObjectType, Row } from './objects.ts'
import type { Org } from './org.ts'
import { fieldList, refusal, represent } from './represent.ts'
import { ApiError, needExternalId, needObject, route, type Answer, type Call } from './route.ts'
import { upsert } from './upsert.ts'

/** One record at a time. */
export function rows(org: Org): HttpHandler[] {
  const find = (object: ObjectType, text: string): Row => {
    const row = org.store.table(object.name)?.get(longId(text) ?? '')
    if (!row) throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${text}`)
    if (row['IsDeleted'] === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted')
    return row
  }
  const only = (call: Call): { object: ObjectType; row: Row } => {
    const object = needObject(call.part('type'))
    const row = find(object, call.part('id'))
    const bound = call.request.headers.get('if-unmodified-since')
    if (bound !== null && Date.parse(String(row['LastModifiedDate'])) > Date.parse(bound)) {
      throw new ApiError(412, 'PRECONDITION_FAILED', "The request wasn't executed because a precondition in its headers wasn't satisfied")
    }
    return { object, row }
  }
  const put = async (call: Call): Promise<Answer> => {
    const object = needObject(call.part('type'))
    const by = needExternalId(object, call.part('field'))
    const input = await call.json()
    if (Object.keys(input).some((name) => name.toLowerCase() === by.name.toLowerCase())) {
      throw new ApiError(400, 'INVALID_FIELD', `The ${by.name} field should not be specified in the sobject data.`)
    }
    if (by.name === 'Id') return change(object, call.part('value'), input, call.user)
    const saved = upsert(org.store, object, by, call.part('value'), input, call.user)
    if (saved.ok === 'many') {
      return { status: 300, body: saved.ids.map((id) => `/services/data/${call.version}/sobjects/${object.name}/${id}`) }
    }
    if (!saved.ok) return refusal(saved)
    return { status: saved.created ? 201 : 200, body: { id: saved.id, success: true, errors: [], created: saved.created } }
  }
  const change = (object: ObjectType, id: string, input: Record<string, unknown>, user: string): Answer => {
    const saved = org.store.update(object, longId(id) ?? id, input, user)
    return saved.ok ? { status: 204 } : refusal(saved)
  }

  return [
    route(org, 'post', '/sobjects/:type', async (call) => {
      const saved = org.store.create(needObject(call.part('type')), await call.json(), call.user)
      return saved.ok ? { status: 201, body: { id: saved.id, success: true, errors: [] } } : refusal(saved)
    }),
    route(org, 'get', '/sobjects/:type/:id', (call) => {
      const { object, row } = only(call)
      const since = call.request.headers.get('if-modified-since')
      if (since !== null && Date.parse(String(row['LastModifiedDate'])) <= Date.parse(since)) return { status: 304 }
      const asked = call.url.searchParams.get('fields')
      return {
        body: represent(object.name, call.version, row, asked === null ? object.fields.keys() : fieldList(object, asked.split(','))),
      }
    }),
    route(org, 'patch', '/sobjects/:type/:id', async (call) => {
      const { object, row } = only(call)
      return change(object, String(row['Id']), await call.json(), call.user)
    }),
    route(org, 'delete', '/sobjects/:type/:id', (call) => {
      const { object, row } = only(call)
      const saved = org.store.remove(object, String(row['Id']), call.user)
      return saved.ok ? { status: 204 } : refusal(saved)
    }),
    route(org, 'patch', '/sobjects/:type/:field/:value', put),
    route(org, 'get', '/sobjects/:type/:field/:value', (call) => {
      const object = needObject(call.part('type'))
      const by = needExternalId(object, call.part('field'))
      const found = (org.store.table(object.name)?.lookUp(by.name, call.part('value')) ?? []).filter((row) => row['IsDeleted'] !== true)
      const [row] = found
      if (!row) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist')
      if (found.length > 1) {
        return { status: 300, body: found.map((one) => `/services/data/${call.version}/sobjects/${object.name}/${String(one['Id'])}`) }
      }
      return { body: represent(object.name, call.version, row, object.fields.keys()) }
    }),
  ]
}
