import type { Fields } from '@throughline/sdk'
import { type Sandbox, serveSandbox } from '@throughline/sdk/sandbox'
import { http, HttpResponse } from 'msw'

export const TOKEN = 'acme-token-7d31'

interface Person {
  readonly id: string
  updated: number
  deleted: boolean
  fields: Fields
}

/** A stand-in for Acme Desk: keeps people in memory and speaks the vendor's HTTP. Knows nothing of the connector. */
export function serveAcmeDesk(port = 0): Promise<Sandbox> {
  const people = new Map<string, Person>()
  let last = 0
  const tick = (): number => (last = Math.max(Date.now(), last + 1))
  const living = (): Person[] => [...people.values()].filter((person) => !person.deleted)
  const order = (a: string, b: string): number => (a < b ? -1 : 1)

  const show = ({ id, updated, deleted, fields }: Person): object => ({
    id,
    updated_at: new Date(updated).toISOString(),
    ...(deleted ? { deleted } : { fields }),
  })
  const refuse = (status: number, code: string, person?: Person) =>
    HttpResponse.json({ error: { code }, ...(person && { person: show(person) }) }, { status })

  function add(fields: Fields, updated = tick()): Person {
    const person = { id: `p${String(people.size + 1).padStart(7, '0')}`, updated, deleted: false, fields }
    people.set(person.id, person)
    return person
  }
  function save(person: Person, fields: Fields): void {
    person.fields = { ...person.fields, ...fields }
    person.updated = tick()
  }
  const isBad = (fields: Fields): boolean => typeof fields['email'] === 'string' && !fields['email'].includes('@')

  type Info = { request: Request; params: Record<string, unknown> }
  const authed = (act: (request: Request, id: string) => Response | Promise<Response>) => (info: Info) =>
    info.request.headers.get('authorization') === `Bearer ${TOKEN}`
      ? act(info.request, String(info.params['id']))
      : refuse(401, 'bad_token')
  const fieldsOf = async (request: Request) => ((await request.json()) as { fields: Fields }).fields

  const list = authed((request) => {
    const query = new URL(request.url).searchParams
    const after = query.get('after') ?? ''
    if (query.has('ids')) {
      const ids = query.get('ids')!.split(',')
      return ids.length > 50 ? refuse(400, 'too_many_ids') : answer(ids.flatMap((id) => people.get(id) ?? []))
    }
    if (query.has('field')) {
      const [field, values] = [query.get('field')!, query.getAll('value')]
      const hits = living().filter(({ fields }) => values.includes(String(fields[field])))
      return values.length > 20 ? refuse(400, 'too_many_values') : answer(hits)
    }
    if (query.has('changed_after')) {
      const since = Number(query.get('changed_after'))
      const changed = [...people.values()].filter(({ updated, id }) => updated > since || (updated === since && id > after))
      return answer(changed.sort((a, b) => a.updated - b.updated || order(a.id, b.id)))
    }
    const rest = living().filter(({ id }) => id > after)
    return answer(rest.sort((a, b) => order(a.id, b.id)))
  })
  const answer = (found: readonly Person[]) => HttpResponse.json({ people: found.slice(0, 100).map(show) })

  return serveSandbox(
    {
      name: 'acme-desk',
      isWrite: (call) => /^(PUT|PATCH|DELETE) /.test(call),
      errorBody: (status) => ({ body: { error: { code: `status_${status}` } } }),
      handlers: [
        http.get(
          '*/v1/me',
          authed(() => HttpResponse.json({ workspace: 'Acme of Utrecht' })),
        ),
        http.get('*/v1/people', list),
        http.put(
          '*/v1/people/by-hub-id/:id',
          authed(async (request, hub_id) => {
            const fields = { ...(await fieldsOf(request)), hub_id }
            if (isBad(fields)) return refuse(422, 'bad_email')
            const known = living().find((person) => person.fields['hub_id'] === hub_id)
            if (known) save(known, fields)
            return HttpResponse.json({ person: show(known ?? add(fields)) }, { status: known ? 200 : 201 })
          }),
        ),
        http.patch(
          '*/v1/people/:id',
          authed(async (request, id) => {
            const [person, fields, version] = [people.get(id), await fieldsOf(request), request.headers.get('if-match')]
            if (!person || person.deleted) return refuse(404, 'no_such_person')
            if (version !== null && version !== new Date(person.updated).toISOString()) return refuse(412, 'stale', person)
            if (isBad(fields)) return refuse(422, 'bad_email')
            save(person, fields)
            return HttpResponse.json({ person: show(person) })
          }),
        ),
        http.delete(
          '*/v1/people/:id',
          authed((_request, id) => {
            const person = people.get(id)
            if (!person || person.deleted) return refuse(404, 'no_such_person')
            Object.assign(person, { deleted: true, updated: tick() })
            return new HttpResponse(null, { status: 204 })
          }),
        ),
      ],
      admin: {
        plant: (input) => (input as { rows: Fields[]; at?: number }).rows.map((row) => add(row, (input as { at?: number }).at).id),
        dump: () => Object.fromEntries(living().map(({ id, fields }) => [id, fields])),
      },
    },
    port,
  )
}

if (import.meta.main) console.log(`Acme Desk on ${(await serveAcmeDesk(Number(process.argv[2] ?? 4810))).url}, token ${TOKEN}`)
