import { http, type RequestHandler } from 'msw'
import { batchRead, batchWrite, holder, inputsOf } from './batch.ts'
import type { SandboxClock } from './clock.ts'
import { Limited, type Gate } from './gate.ts'
import { isKnown, UNIQUE } from './properties.ts'
import { notFound, Refusal } from './refusal.ts'
import { show, written } from './respond.ts'
import { search } from './search.ts'
import type { Shelf, Store } from './store.ts'
import { type ObjectType, type Settings, type Token, TYPES } from './types.ts'

export interface Parts {
  readonly store: Store
  readonly gate: Gate
  readonly clock: SandboxClock
  readonly settings: Settings
  readonly portalId: number
}

/** One understood call. */
interface Call {
  readonly shelf: Shelf
  readonly token: Token
  readonly id: string
  readonly query: URLSearchParams
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

type Result = { readonly status: number; readonly body?: unknown }

const BASE = '*/crm/v3/objects/:type'

/** The vendor's routes, the busy ones first: handlers are tried in turn. */
export function createHandlers(parts: Parts): RequestHandler[] {
  const { store, settings } = parts
  const on = route(parts)
  return [
    on('post', `${BASE}/batch/:id`, 'write', ({ shelf, token, id, body, query }) => {
      if (id === 'read') return batchRead(shelf, body, query.get('archived') === 'true')
      if (id === 'archive') {
        for (const input of inputsOf(body)) store.archive(shelf.type, String(input.id), token)
        return { status: 204 }
      }
      if (id === 'create' || id === 'update' || id === 'upsert') return batchWrite(store, shelf, id, body, token, settings)
      return undefined
    }),
    on('post', `${BASE}/search`, 'read', ({ shelf, body, text }) => {
      const { total, results, paging } = search(shelf.type, shelf.index, body, text)
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
    on('get', `${BASE}/:id`, 'read', ({ shelf, id, query }) => {
      const version =
        query.get('archived') === 'true' ? shelf.archived.get(id) : holder(shelf, followed(shelf, id), query.get('idProperty'))
      if (!version) throw notFound([id])
      return { status: 200, body: show(shelf.type, version, wantedIn(query)) }
    }),
    on('patch', `${BASE}/:id`, 'write', ({ shelf, token, id, query, body }) => {
      const version = holder(shelf, followed(shelf, id), query.get('idProperty'))
      if (!version) throw notFound([id])
      return { status: 200, body: written(shelf.type, store.update(shelf.type, version.id, body.properties, token), body.properties) }
    }),
    on('delete', `${BASE}/:id`, 'write', ({ shelf, token, id }) => {
      store.archive(shelf.type, id, token)
      return { status: 204 }
    }),
    on('get', '*/crm/v3/properties/:type/:id', null, ({ shelf, id }) => {
      if (!isKnown(shelf.type, id, settings)) throw new Refusal(404, 'OBJECT_NOT_FOUND', `Property ${id} does not exist`)
      return {
        status: 200,
        body: { name: id, label: id, type: 'string', fieldType: 'text', hasUniqueValue: UNIQUE[shelf.type].includes(id) },
      }
    }),
    http.get('*/account-info/v3/details', ({ request }) =>
      guarded(parts, () => {
        const { headers } = parts.gate.pass(request, { scope: null, search: false })
        return reply(
          parts,
          { status: 200, body: { portalId: parts.portalId, accountType: 'STANDARD', timeZone: 'Europe/Berlin' } },
          headers,
        )
      }),
    ),
  ]
}

function route(parts: Parts) {
  return (
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    scope: 'read' | 'write' | null,
    run: (call: Call) => Result | undefined,
  ) =>
    http[method](path, ({ request, params }) =>
      guarded(parts, async () => {
        const type = String(params.type)
        if (!isType(type)) throw new Refusal(400, 'VALIDATION_ERROR', `Unable to infer object type from: ${type}`)
        const id = String(params.id ?? '')
        const need = scope === 'write' && id === 'read' ? 'read' : scope
        const { token, headers } = parts.gate.pass(request, {
          scope: need === null ? null : `crm.objects.${type}.${need}`,
          search: path.endsWith('/search'),
        })
        const text = method === 'get' || method === 'delete' ? '' : await request.text()
        const query = new URL(request.url).searchParams
        const result = run({ shelf: parts.store.shelf(type), token, id, query, text, body: parse(text) })
        return result && reply(parts, result, headers)
      }),
    )
}

async function guarded(parts: Parts, run: () => Promise<Response | undefined> | Response): Promise<Response | undefined> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return reply(parts, error, error instanceof Limited ? error.headers : {})
  }
}

/** The date is the vendor's, which tests may shift. */
function reply(parts: Parts, { status, body }: Result, headers: Readonly<Record<string, string>>): Response {
  const all = { ...headers, date: new Date(parts.clock.now()).toUTCString() }
  if (body === undefined) return new Response(null, { status, headers: all })
  return new Response(JSON.stringify(body), { status, headers: { ...all, 'content-type': 'application/json;charset=utf-8' } })
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

function parse(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {}
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw new Refusal(400, 'VALIDATION_ERROR', 'Invalid input JSON')
  }
}

function isType(type: string): type is ObjectType {
  return (TYPES as readonly string[]).includes(type)
}
