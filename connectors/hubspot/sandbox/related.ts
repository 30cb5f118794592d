import type { RequestHandler } from 'msw'
import { inputsOf } from './batch.ts'
import { notFound } from './refusal.ts'
import { type Parts, route, typeOf } from './route.ts'
import type { ObjectType } from './types.ts'

/** Ids of the vendor's own association types: from one type to another, the general one and that of the primary company. */
const TYPE_IDS: Readonly<Record<string, readonly [general: number, primary?: number]>> = {
  'contacts companies': [279, 1],
  'companies contacts': [280, 2],
  'deals companies': [341, 5],
  'companies deals': [342, 6],
  'tickets companies': [339, 26],
  'companies tickets': [340, 25],
  'deals contacts': [3],
  'contacts deals': [4],
  'tickets contacts': [16],
  'contacts tickets': [15],
  'deals tickets': [27],
  'tickets deals': [28],
}

/** Routes of the associations API, v4. */
export function relatedHandlers(parts: Parts): RequestHandler[] {
  const on = route(parts)
  const ONE = '*/crm/v4/objects/:type/:id/associations'
  return [
    on('post', '*/crm/v4/associations/:type/:toType/batch/read', 'read', ({ shelf, params, body }) => {
      const toType = typeOf(params.toType ?? '')
      const missing: string[] = []
      const results = inputsOf(body).flatMap(({ id }) => {
        const to = parts.associations.of({ type: shelf.type, id: String(id) }, toType)
        if (to.length === 0) {
          missing.push(String(id))
          return []
        }
        const shown = to.map((end) => ({ toObjectId: end.id, associationTypes: typesOf(shelf.type, toType, end.primary) }))
        return [{ from: { id: String(id) }, to: shown }]
      })
      const now = new Date(parts.clock.now()).toISOString()
      const whole = { status: 'COMPLETE', results, startedAt: now, completedAt: now }
      if (missing.length === 0) return { status: 200, body: whole }
      // What has no association at all is reported as an error, not as an empty row.
      return { status: 207, body: { ...whole, numErrors: missing.length, errors: missing.map((id) => nothing(shelf.type, toType, id)) } }
    }),
    on('put', `${ONE}/default/:toType/:toId`, 'write', ({ shelf, id, token, params }) => {
      const to = { type: typeOf(params.toType ?? ''), id: params.toId ?? '' }
      parts.associations.join({ type: shelf.type, id }, to, token)
      const [kind] = typesOf(shelf.type, to.type, false)
      const associationSpec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: kind?.typeId }
      return { status: 200, body: { status: 'COMPLETE', results: [{ from: { id }, to: { id: to.id }, associationSpec }] } }
    }),
    on('delete', `${ONE}/:toType/:toId`, 'write', ({ shelf, id, token, params }) => {
      parts.associations.part({ type: shelf.type, id }, { type: typeOf(params.toType ?? ''), id: params.toId ?? '' }, token)
      return { status: 204 }
    }),
    on('get', `${ONE}/:toType`, 'read', ({ shelf, id, params }) => {
      const toType = typeOf(params.toType ?? '')
      if (!shelf.live.get(id)) throw notFound([id])
      const results = parts.associations
        .of({ type: shelf.type, id }, toType)
        .map((end) => ({ toObjectId: end.id, associationTypes: typesOf(shelf.type, toType, end.primary) }))
      return { status: 200, body: { results } }
    }),
  ]
}

function typesOf(from: ObjectType, to: ObjectType, primary: boolean) {
  const [general, special] = TYPE_IDS[`${from} ${to}`] ?? [0]
  const row = (typeId: number, label: string | null) => ({ category: 'HUBSPOT_DEFINED', typeId, label })
  return [...(primary && special !== undefined ? [row(special, 'Primary')] : []), row(general, null)]
}

function nothing(from: ObjectType, to: ObjectType, id: string) {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No ${to} is associated with ${from} ${id}.`,
    context: { fromObjectId: [id], fromObjectType: [from], toObjectType: [to] },
  }
}
