import type { RequestHandler } from 'msw'
import { batchRead, batchWrite, holder, inputsOf } from './batch.ts'
import { definitionHandlers } from './definitions.ts'
import { notFound, Refusal } from './refusal.ts'
import { relatedHandlers } from './related.ts'
import { show, written } from './respond.ts'
import { type Parts, route } from './route.ts'
import { search } from './search.ts'
import type { Shelf } from './store.ts'

const BASE = '*/crm/v3/objects/:type'

/** The vendor's routes, the busy ones first: handlers are tried in turn. */
export function createHandlers(parts: Parts): RequestHandler[] {
  const { store, settings } = parts
  const on = route(parts)
  return [
    on('post', `${BASE}/batch/:id`, 'write', ({ shelf, token, id, body, query }) => {
      if (id === 'read') return batchRead(shelf, body, query.get('archived') === 'true', settings)
      if (id === 'archive') {
        for (const input of inputsOf(body)) store.archive(shelf.type, String(input.id), token)
        return { status: 204 }
      }
      if (id === 'create' || id === 'update' || id === 'upsert') return batchWrite(store, shelf, id, body, token, settings)
      return undefined
    }),
    on('post', `${BASE}/search`, 'read', ({ shelf, body, text }) => {
      const { total, results, paging } = search(shelf.type, shelf.index, body, text, settings)
      const wanted = Array.isArray(body.properties) ? body.properties.map(String) : []
      return {
        status: 200,
        body: { total, results: results.map((version) => show(shelf.type, version, wanted)), ...(paging && { paging }) },
      }
    }),
    on('get', BASE, 'read', ({ shelf, query }) => ({ status: 200, body: pageOf(shelf, query) })),
    on('post', BASE, 'write', ({ shelf, token, body }) => ({
      status: 201,
      body: written(shelf.type, store.create(shelf.type, body.properties, token), body.properties),
    })),
    on('post', `${BASE}/merge`, 'write', ({ shelf, token, body }) => ({
      status: 200,
      body: show(shelf.type, store.merge(shelf.type, String(body.primaryObjectId), String(body.objectIdToMerge), token), []),
    })),
    on('post', `${BASE}/gdpr-delete`, 'write', ({ shelf, token, body }) => {
      const version = holder(shelf, String(body.objectId), body.idProperty, settings)
      // The vendor says nothing of ids that it does not know.
      if (version) store.purge(shelf.type, version.id, token)
      return { status: 204 }
    }),
    on('get', `${BASE}/:id`, 'read', ({ shelf, id, query }) => {
      const version =
        query.get('archived') === 'true' ? shelf.archived.get(id) : holder(shelf, followed(shelf, id), query.get('idProperty'), settings)
      if (!version) throw notFound([id])
      return { status: 200, body: show(shelf.type, version, wantedIn(query)) }
    }),
    on('patch', `${BASE}/:id`, 'write', ({ shelf, token, id, query, body }) => {
      const version = holder(shelf, followed(shelf, id), query.get('idProperty'), settings)
      if (!version) throw notFound([id])
      return { status: 200, body: written(shelf.type, store.update(shelf.type, version.id, body.properties, token), body.properties) }
    }),
    on('delete', `${BASE}/:id`, 'write', ({ shelf, token, id }) => {
      store.archive(shelf.type, id, token)
      return { status: 204 }
    }),
    ...relatedHandlers(parts),
    ...definitionHandlers(parts),
  ]
}

/** In the order of ids; the token is the id to go on at, as captures show. */
function pageOf(shelf: Shelf, query: URLSearchParams) {
  const limit = query.has('limit') ? Number(query.get('limit')) : 10
  if (!(limit >= 1 && limit <= 100)) throw new Refusal(400, 'VALIDATION_ERROR', 'limit must be between 1 and 100')
  const from = Number(query.get('after') ?? 0)
  if (!Number.isInteger(from) || from < 0) throw new Refusal(400, 'VALIDATION_ERROR', 'after is not a paging token')
  const { versions, more } = (query.get('archived') === 'true' ? shelf.archived : shelf.live).page(from, limit)
  return {
    results: versions.map((version) => show(shelf.type, version, wantedIn(query))),
    ...(more && { paging: { next: { after: String(Number(versions.at(-1)!.id) + 1) } } }),
  }
}

function wantedIn(query: URLSearchParams): string[] {
  return query.getAll('properties').flatMap((names) => names.split(','))
}

function followed(shelf: Shelf, id: string): string {
  let at = id
  for (let winner = shelf.merged.get(at); winner !== undefined; winner = shelf.merged.get(at)) at = winner
  return at
}
