import { http, HttpResponse } from 'msw'
import type { Fields } from '@throughline/sdk'
import { type Sandbox, serveSandbox } from '@throughline/sdk/sandbox'
import { createStore, type Person, type Row } from './store.ts'

export const token = 'reference-token-5f2c'
export const vendorLimits = { write: 20, read: 50, find: 25, page: 100 }

const shown = ({ id, modified, deleted, mergedInto, fields }: Person) => ({
  id,
  modified: new Date(modified).toISOString(),
  ...(deleted ? { deleted: true, ...(mergedInto !== null && { mergedInto }) } : { fields }),
})
const tooMany = (n: number, limit: number) => n > limit && HttpResponse.json({ error: `at most ${limit}` }, { status: 400 })

/** A small vendor without oddities, in memory, over HTTP: what the laws are tried on before they meet a real one. */
export function serveReference(port = 0): Promise<Sandbox> {
  const store = createStore()
  const authed = (request: Request) => request.headers.get('authorization') === `Bearer ${token}`
  const route = (act: (request: Request, id: string) => unknown) => async (info: { request: Request; params: Record<string, unknown> }) => {
    if (!authed(info.request)) return HttpResponse.json({ error: 'unauthorised' }, { status: 401 })
    const answer = await act(info.request, String(info.params['id'] ?? ''))
    return answer instanceof Response ? answer : HttpResponse.json(answer as object)
  }
  const live = () => store.all().filter((person) => !person.deleted)

  return serveSandbox(
    {
      name: 'reference',
      isWrite: (call) => call === 'POST /people/batch',
      errorBody: (status) => ({ body: { error: `status ${status}` } }),
      handlers: [
        http.get(
          '*/me',
          route(() => ({ account: 'reference account' })),
        ),
        http.post(
          '*/people/batch',
          route(async (request) => {
            const { operation, rows } = (await request.json()) as { operation: string; rows: Row[] }
            const refusal = tooMany(rows.length, vendorLimits.write)
            if (refusal) return refusal
            const answers = rows.map((row) => store.write(operation, row))
            return { results: answers.map((answer) => ('object' in answer ? { ...answer, object: shown(answer.object) } : answer)) }
          }),
        ),
        http.post(
          '*/people/read',
          route(async (request) => {
            const { ids } = (await request.json()) as { ids: string[] }
            return tooMany(ids.length, vendorLimits.read) || { objects: ids.flatMap((id) => store.get(id) ?? []).map(shown) }
          }),
        ),
        http.get(
          '*/people/changes',
          route((request) => {
            const query = new URL(request.url).searchParams
            const since = Number(query.get('since') ?? 0)
            const after = query.get('after') ?? ''
            const sorted = store
              .all()
              .filter((person) => person.modified > since || (person.modified === since && person.id > after))
              .sort((a, b) => a.modified - b.modified || (a.id < b.id ? -1 : 1))
            const offset = Number(query.get('offset') ?? 0)
            return { objects: sorted.slice(offset, offset + vendorLimits.page).map(shown) }
          }),
        ),
        http.get(
          '*/people/list',
          route((request) => {
            const query = new URL(request.url).searchParams
            const after = query.get('after') ?? ''
            const offset = Number(query.get('offset') ?? 0)
            const sorted = live().sort((a, b) => (a.id < b.id ? -1 : 1))
            const from = sorted.filter((person) => person.id > after)
            return { objects: from.slice(offset, offset + vendorLimits.page).map(shown) }
          }),
        ),
        http.post(
          '*/people/find',
          route(async (request) => {
            const { field, values, index } = (await request.json()) as { field: string; values: string[]; index?: boolean }
            const among = index ? store.indexed() : live()
            return (
              tooMany(values.length, vendorLimits.find) || {
                objects: among.filter((person) => values.includes(String(person.fields[field]))).map(shown),
              }
            )
          }),
        ),
        http.patch(
          '*/people/:id',
          route(async (request, id) => {
            store.edit(store.get(id)!, (await request.json()) as Fields)
            return {}
          }),
        ),
        http.delete(
          '*/people/:id',
          route((_request, id) => {
            store.remove(store.get(id)!)
            return {}
          }),
        ),
      ],
      admin: {
        plant(input) {
          const { rows, at } = input as { rows: Fields[]; at?: number }
          return rows.map((row) => store.add(row, at).id)
        },
        merge(input) {
          const { winner, loser } = input as { winner: string; loser: string }
          store.edit(store.get(winner)!, {})
          store.remove(store.get(loser)!, winner)
        },
        dump: () => Object.fromEntries(live().map((person) => [person.id, person.fields])),
        settle: () => store.settle(),
      },
    },
    port,
  )
}
