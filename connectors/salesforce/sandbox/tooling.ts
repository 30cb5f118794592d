import type { HttpHandler } from 'msw'
import { findObject, type ObjectType } from './objects.ts'
import type { Org } from './org.ts'
import { ApiError, onlyMembers, route } from './route.ts'

/** The part of the Tooling API that makes a custom field. */
export function tooling(org: Org): HttpHandler[] {
  const { schema } = org
  const forbid = (): void => {
    if (!schema.customises) throw new ApiError(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on cross-reference id')
  }
  // Tasks hold the activity's custom fields.
  const objectOf = (name: string): ObjectType => {
    const object = findObject(name === 'Activity' ? 'Task' : name)
    if (object && name !== 'Task') return object
    throw new ApiError(400, 'INVALID_FIELD', `Entity ${name} cannot have custom fields of its own`)
  }
  return [
    route(org, 'get', '/tooling/query', ({ url }) => {
      forbid()
      const [, table = '', name = ''] =
        /^SELECT Id FROM CustomField WHERE TableEnumOrId = '(\w+)' AND DeveloperName = '(\w+)'$/.exec(url.searchParams.get('q') ?? '') ?? []
      if (table === '') throw new ApiError(400, 'MALFORMED_QUERY', 'the sandbox knows one query of the Tooling API')
      const object = objectOf(table)
      const isThere = object.fields.has(`${name}__c`) && schema.state(object, `${name}__c`) !== 'absent'
      const records = isThere ? [{ attributes: { type: 'CustomField' }, Id: '00NgL0000000001UAA' }] : []
      return { body: { size: records.length, totalSize: records.length, done: true, entityTypeName: 'CustomField', records } }
    }),
    route(org, 'post', '/tooling/sobjects/CustomField', async (call) => {
      forbid()
      const body = await call.json()
      onlyMembers(body, 'FullName', 'Metadata')
      const { FullName, Metadata } = body
      const [table = '', name = ''] = String(FullName).split('.')
      const object = objectOf(table)
      const field = object.fields.get(name)
      const metadata = (Metadata ?? {}) as Readonly<Record<string, unknown>>
      onlyMembers(metadata, 'label', 'type', 'length', 'required', 'unique', 'externalId', 'caseSensitive')
      const { type, length, label, unique, externalId } = metadata
      if (!field) throw new ApiError(400, 'FIELD_INTEGRITY_EXCEPTION', `the sandbox cannot make ${String(FullName)}`)
      const key = field.unique
      const fits =
        typeof label === 'string' &&
        type === 'Text' &&
        length === field.length &&
        (unique === true) === key &&
        (externalId === true) === key
      if (!fits) throw new ApiError(400, 'FIELD_INTEGRITY_EXCEPTION', `the sandbox cannot make ${String(FullName)} like this`)
      if (schema.state(object, name) !== 'absent') {
        throw new ApiError(400, 'DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name} on ${table}.`)
      }
      schema.set(object, name, 'hidden')
      return { status: 201, body: { id: '00NgL0000000001UAA', success: true, errors: [], warnings: [], infos: [] } }
    }),
  ]
}
