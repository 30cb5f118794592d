import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/**
 * GitHub's published description of the calls that are used here: sliced once from `@octokit/openapi` 23.0.2 (MIT), without prose and
 * examples, with `nullable` turned into JSON Schema.
 */
interface Published {
  readonly calls: Readonly<
    Record<
      string,
      {
        readonly query: Readonly<Record<string, object>>
        readonly body?: { readonly properties?: object; readonly oneOf?: readonly object[] }
        readonly answers: Readonly<Record<string, object | null>>
      }
    >
  >
  readonly $defs: object
}

const published = JSON.parse(readFileSync(new URL('./published.json', import.meta.url), 'utf8')) as Published
const ajv = new Ajv2020({ strict: false, allErrors: false })
// Its types say `default`, while Node hands out the function itself.
;(addFormats as unknown as (instance: Ajv2020) => void)(ajv)
const compiled = new Map<string, ValidateFunction>()

/** `GET /repos/{owner}/{repo}/issues`, for `GET /repos/acme/support/issues`; `undefined` where nothing is published. */
export function callOf(method: string, path: string): string | undefined {
  const named = path.replace(/^\/repositories\/\d+/, '/repos/o/r').split('/')
  const isSame = (pattern: string): boolean => {
    const parts = pattern.split(' ')[1]!.split('/')
    return parts.length === named.length && parts.every((part, i) => part.startsWith('{') || part === named[i])
  }
  return Object.keys(published.calls).find((call) => call.startsWith(`${method} `) && isSame(call))
}

/** What is wrong with a request body, or `null`. A member that the description does not know is wrong, too. */
export function bodyProblem(call: string, body: unknown): string | null {
  const schema = published.calls[call]?.body
  if (!schema) return null
  const wrong = problem(`${call} body`, schema, body)
  if (wrong !== null || typeof body !== 'object' || body === null || Array.isArray(body)) return wrong
  const known = new Set(
    [schema, ...(schema.oneOf ?? [])].flatMap((one) => ('properties' in one && one.properties ? Object.keys(one.properties) : [])),
  )
  const strange = Object.keys(body).find((name) => !known.has(name))
  return strange === undefined ? null : `"${strange}" is not a permitted key.`
}

/** What is wrong with a query, or `null`; parameters that nobody documents are left alone, as the vendor does. */
export function queryProblem(call: string, query: URLSearchParams): string | null {
  for (const [name, schema] of Object.entries(published.calls[call]?.query ?? {})) {
    const given = query.get(name)
    if (given === null) continue
    const isNumber = 'type' in schema && schema.type === 'integer'
    const wrong = problem(`${call} ?${name}`, schema, isNumber ? Number(given) : given)
    if (wrong !== null) return `${name}${wrong}`
  }
  return null
}

/** What is wrong with an answer, or `null`. A status that the description does not name must be one of those every call may have. */
export function answerProblem(call: string, status: number, body: unknown): string | null {
  const answers = published.calls[call]?.answers
  if (!answers) return `${call} is not published`
  if (!(String(status) in answers))
    return [304, 401, 403, 429, 500, 502, 503, 504].includes(status) ? null : `${status} is not published for ${call}`
  const schema = answers[String(status)]
  return schema ? problem(`${call} ${status}`, schema, body) : null
}

function problem(key: string, schema: object, value: unknown): string | null {
  let validate = compiled.get(key)
  if (!validate) {
    validate = ajv.compile({ ...schema, $defs: published.$defs })
    compiled.set(key, validate)
  }
  return validate(value) ? null : `${validate.errors?.[0]?.instancePath ?? ''} ${validate.errors?.[0]?.message ?? 'is invalid'}`
}
