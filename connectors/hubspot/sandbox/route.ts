import { http } from 'msw'
import type { Associations } from './associations.ts'
import type { SandboxClock } from './clock.ts'
import { Limited, type Gate } from './gate.ts'
import { KINDS } from './kinds.ts'
import { Refusal } from './refusal.ts'
import type { Shelf, Store } from './store.ts'
import { type ObjectType, type Settings, type Token, TYPES } from './types.ts'

export interface Parts {
  readonly store: Store
  readonly associations: Associations
  readonly gate: Gate
  readonly clock: SandboxClock
  readonly settings: Settings
  readonly portalId: number
}

/** One understood call. */
export interface Call {
  readonly shelf: Shelf
  readonly token: Token
  readonly id: string
  /** Every variable of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type Result = { readonly status: number; readonly body?: unknown }

/** What the token must be allowed to do with the objects or the definitions of the type. */
export type Need = 'read' | 'write' | 'define' | 'look'

export function route(parts: Parts) {
  return (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, scope: Need, run: (call: Call) => Result | undefined) =>
    http[method](path, ({ request, params }) =>
      guarded(parts, async () => {
        const type = typeOf(String(params.type))
        const id = String(params.id ?? '')
        const need = scope === 'write' && id === 'read' ? 'read' : scope
        const { token, headers } = parts.gate.pass(request, { scope: scopeOf(type, need), search: path.endsWith('/search') })
        const text = method === 'get' || method === 'delete' ? '' : await request.text()
        const query = new URL(request.url).searchParams
        const named = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
        const result = run({ shelf: parts.store.shelf(type), token, id, params: named, query, text, body: parse(text) })
        return result && reply(parts, result, headers)
      }),
    )
}

export async function guarded(parts: Parts, run: () => Promise<Response | undefined> | Response): Promise<Response | undefined> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return reply(parts, error, error instanceof Limited ? error.headers : {})
  }
}

/** The date is the vendor's, which tests may shift. */
export function reply(parts: Parts, { status, body }: Result, headers: Readonly<Record<string, string>>): Response {
  const all = { ...headers, date: new Date(parts.clock.now()).toUTCString() }
  if (body === undefined) return new Response(null, { status, headers: all })
  return new Response(JSON.stringify(body), { status, headers: { ...all, 'content-type': 'application/json;charset=utf-8' } })
}

/** The type by the segment of a path, in any of the spellings that the vendor takes. */
export function typeOf(segment: string): ObjectType {
  const type = TYPES.find((one) => one === segment || KINDS[one].objectTypeId === segment || KINDS[one].event === segment)
  if (!type) throw new Refusal(400, 'VALIDATION_ERROR', `Unable to infer object type from: ${segment}`)
  return type
}

function scopeOf(type: ObjectType, need: Need): string {
  const what = need === 'define' || need === 'look' ? 'schemas' : 'objects'
  return KINDS[type].scope(need === 'read' || need === 'look' ? 'read' : 'write', what)
}

function parse(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {}
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw new Refusal(400, 'VALIDATION_ERROR', 'Invalid input JSON')
  }
}
