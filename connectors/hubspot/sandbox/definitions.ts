import { http, type RequestHandler } from 'msw'
import { KINDS } from './kinds.ts'
import { isKnown, isUnique, uniqueNames } from './properties.ts'
import { Refusal } from './refusal.ts'
import { guarded, type Parts, reply, route } from './route.ts'
import type { ObjectType, Settings } from './types.ts'

/** How many custom properties of one type of object may be unique. */
const UNIQUE_LIMIT = 10

/** Routes that tell of the account: its properties, pipelines and itself. */
export function definitionHandlers(parts: Parts): RequestHandler[] {
  const { settings } = parts
  const on = route(parts)
  return [
    on('get', '*/crm/v3/properties/:type/:id', 'look', ({ shelf, id }) => {
      if (!isKnown(shelf.type, id, settings)) throw new Refusal(404, 'OBJECT_NOT_FOUND', `Property ${id} does not exist`)
      return { status: 200, body: shown(shelf.type, id, settings) }
    }),
    on('get', '*/crm/v3/properties/:type', 'look', ({ shelf }) => {
      const custom = Object.keys(settings.customProperties).filter((key) => key.startsWith(`${shelf.type}.`))
      const names = new Set([...KINDS[shelf.type].writable, ...custom.map((key) => key.slice(shelf.type.length + 1))])
      return {
        status: 200,
        body: {
          results: [...names].filter((name) => isKnown(shelf.type, name, settings)).map((name) => shown(shelf.type, name, settings)),
        },
      }
    }),
    on('post', '*/crm/v3/properties/:type', 'define', ({ shelf, body }) => {
      const [name, label, type, fieldType, groupName] = ['name', 'label', 'type', 'fieldType', 'groupName'].map((member) => {
        if (typeof body[member] === 'string' && body[member] !== '') return body[member]
        throw new Refusal(400, 'VALIDATION_ERROR', `Some required fields were not set: [${member}]`)
      }) as [string, string, string, string, string]
      if (!/^[a-z][a-z0-9_]*$/.test(name))
        throw new Refusal(400, 'VALIDATION_ERROR', 'Property names are of lower-case letters, digits and _')
      if (isKnown(shelf.type, name, settings)) throw new Refusal(409, 'OBJECT_ALREADY_EXISTS', `A property named '${name}' already exists.`)
      const hasUniqueValue = body.hasUniqueValue === true
      if (hasUniqueValue && ownUnique(shelf.type, settings).length >= UNIQUE_LIMIT)
        throw new Refusal(400, 'VALIDATION_ERROR', `The limit of ${UNIQUE_LIMIT} unique properties for ${shelf.type} has been reached`, {
          subCategory: 'PropertyValidationError.UNIQUE_PROPERTY_LIMIT_EXCEEDED',
        })
      settings.customProperties = {
        ...settings.customProperties,
        [`${shelf.type}.${name}`]: { label, type, fieldType, groupName, hasUniqueValue },
      }
      shelf.unique[name] ??= new Map()
      return { status: 201, body: shown(shelf.type, name, settings) }
    }),
    on('get', '*/crm/v3/pipelines/:type', 'read', ({ shelf }) => {
      const pipeline = KINDS[shelf.type].pipeline?.only
      if (!pipeline) throw new Refusal(400, 'VALIDATION_ERROR', `${shelf.type} have no pipelines`)
      const stages = pipeline.stages.map(({ id, label, closed }, displayOrder) => {
        const metadata = shelf.type === 'tickets' ? { ticketState: closed ? 'CLOSED' : 'OPEN' } : { isClosed: String(closed) }
        return { id, label, displayOrder, metadata, archived: false }
      })
      return { status: 200, body: { results: [{ id: pipeline.id, label: pipeline.label, displayOrder: 0, stages, archived: false }] } }
    }),
    http.get('*/account-info/v3/details', ({ request }) =>
      guarded(parts, () => {
        const { headers } = parts.gate.pass(request, { scope: null, search: false })
        const body = { portalId: parts.portalId, accountType: 'STANDARD', timeZone: 'Europe/Berlin' }
        return reply(parts, { status: 200, body }, headers)
      }),
    ),
  ]
}

/** The vendor's own unique properties, such as the e-mail address, do not count. */
function ownUnique(type: ObjectType, settings: Settings): string[] {
  return uniqueNames(type, settings).filter((name) => name !== 'email')
}

function shown(type: ObjectType, name: string, settings: Settings) {
  const custom = settings.customProperties[`${type}.${name}`] ?? { label: name, type: 'string', fieldType: 'text' }
  const hubspotDefined = !(`${type}.${name}` in settings.customProperties) && name !== 'throughline_id'
  return { name, ...custom, hubspotDefined, hasUniqueValue: isUnique(type, name, settings), archived: false }
}
