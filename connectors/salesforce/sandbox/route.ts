import { http, type HttpHandler } from 'msw'
import { caller } from './events.ts'
import { findField, findObject, type Field, type ObjectType } from './objects.ts'
import type { Org } from './org.ts'
import { InvalidField } from './soql/compile.ts'
import { Malformed } from './soql/tokenize.ts'
import type { RowError } from './validate.ts'

/** A whole call refused: the vendor's array of `{message, errorCode, fields}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly errors: readonly RowError[]

  constructor(status: number, code: string, message: string, fields: readonly string[] = []) {
    super(message)
    this.status = status
    this.errors = [{ code, message, fields }]
  }
}

export interface Call {
  readonly request: Request
  readonly url: URL
  /** `v67.0`. */
  readonly version: string
  /** Named parts of the path, decoded. */
  readonly part: (name: string) => string
  readonly user: string
  json(): Promise<Record<string, unknown>>
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Method = 'get' | 'post' | 'patch' | 'delete'

const OLDEST = 42
const NEWEST = 68

/** One authenticated REST route below `/services/data/vXX.X`: counted against the daily limit, errors in the vendor's shape. */
export function route(org: Org, method: Method, path: string, work: (call: Call) => Answer | Promise<Answer>): HttpHandler {
  return http[method](`*/services/data/:version${path}`, async ({ request, params }) => {
    const part = (name: string): string => String(params[name] ?? '')
    try {
      const token = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
      const user = org.sessions.userOf(token)
      if (user === undefined) throw new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
      const version = part('version')
      const number = Number(/^v(\d+)\.0$/.exec(version)?.[1])
      if (!(number >= OLDEST && number <= NEWEST)) throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist')
      if (org.usage.used >= org.usage.max) throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
      org.usage.used += 1
      await refuseHidden(org, request)
      const client = /client=([^;,\s]+)/.exec(request.headers.get('sforce-call-options') ?? '')?.[1]
      const origin = `com/salesforce/api/rest/${number}.0${client === undefined ? '' : `;client=${client}`}`
      const call = { request, url: new URL(request.url), version, part, user, json: () => readJson(request) }
      return respond(org, await caller.run(origin, () => Promise.resolve(work(call))))
    } catch (error) {
      const known = asApiError(error)
      return respond(org, { status: known.status, body: known.errors.map(topLevel) })
    }
  })
}

/** Fields that the org has not made, or does not show the user, can be neither read nor written. */
async function refuseHidden(org: Org, request: Request): Promise<void> {
  if (!org.schema.isChanged() || request.url.includes('/tooling/')) return
  const text = `${decodeURIComponent(request.url)} ${await request.clone().text()}`
  const [object, field] = (org.schema.refused(text) ?? '').split('.')
  if (field === undefined) return
  if (request.url.includes(`/${object}/${field}`)) {
    throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${field}`)
  }
  throw new ApiError(400, 'INVALID_FIELD', `No such column '${field}' on sobject of type ${object}`)
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof Malformed) return new ApiError(400, 'MALFORMED_QUERY', error.message)
  if (error instanceof InvalidField) return new ApiError(400, 'INVALID_FIELD', error.message)
  return new ApiError(500, 'UNKNOWN_EXCEPTION', `An unexpected error occurred: ${String(error)}`)
}

export const topLevel = (error: RowError): object => ({
  message: error.message,
  errorCode: error.code,
  ...(error.fields.length > 0 ? { fields: error.fields } : {}),
})

function respond(org: Org, { status = 200, body, headers }: Answer): Response {
  const all = { date: new Date(org.now()).toUTCString(), 'sforce-limit-info': `api-usage=${org.usage.used}/${org.usage.max}`, ...headers }
  if (body === undefined) return new Response(null, { status, headers: all })
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json;charset=UTF-8', ...all } })
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const refuse = (why: string): ApiError => new ApiError(400, 'JSON_PARSER_ERROR', why)
  if (!/^application\/json\b/.test(request.headers.get('content-type') ?? '')) {
    throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Content type must be application/json')
  }
  let value: unknown
  try {
    value = JSON.parse(await request.text())
  } catch (error) {
    throw refuse(String(error))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('The HTTP entity body is required to be an object')
  return value as Record<string, unknown>
}

/** The members a body may have; the vendor's parser takes no others. */
export function onlyMembers(body: Readonly<Record<string, unknown>>, ...known: readonly string[]): void {
  const stranger = Object.keys(body).find((name) => !known.includes(name))
  if (stranger !== undefined) throw new ApiError(400, 'JSON_PARSER_ERROR', `Unrecognized field "${stranger}"`)
}

export function needObject(name: string): ObjectType {
  const object = findObject(name)
  if (object) return object
  throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist')
}

export function needExternalId(object: ObjectType, name: string): Field {
  const field = findField(object, name)
  if (field && (field.externalId || field.name === 'Id')) return field
  throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`)
}
