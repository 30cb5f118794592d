import type { ErrorObject } from 'ajv'
import { describe, show } from './describe.ts'
import { didYouMean } from './nearest.ts'
import { pointer, pointerParts } from './pointer.ts'

/** One reason why a value breaks its contract; the same form in every answer to a partner. */
export interface Problem {
  /** JSON Pointer into the value that was given. */
  readonly pointer: string
  /** The keyword that was broken (`type`, `enum`, `format` …), or `codec.<name>`. */
  readonly code: string
  readonly detail: string
  readonly expected: string
  /** What was there. For personal data only its shape. */
  readonly got: string
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  null: 'null',
  object: 'an object',
  array: 'a list',
  boolean: 'true or false',
}

const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  uri: 'a web address such as https://example.com/a',
  hostname: 'a domain such as example.com',
  'date-time': 'a time such as 2026-01-31T09:30:00Z',
  date: 'a day as YYYY-MM-DD',
}

/**
 * Words for one finding of ajv (made with `verbose`). `personal` says whether the member of that name holds personal data.
 */
export function explain(error: ErrorObject, personal: (field: string) => boolean = () => true): Problem {
  const path = pointerParts(error.instancePath)
  const extra = error.params as Readonly<Record<string, unknown>>
  const member =
    error.keyword === 'additionalProperties' ? extra.additionalProperty : error.keyword === 'required' ? extra.missingProperty : undefined
  const at = pointer(typeof member === 'string' ? [...path, member] : path)
  const where = at === '' ? 'the value' : at
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object)
    const name = String(member).slice(0, 60)
    return {
      pointer: at,
      code: error.keyword,
      detail: `${JSON.stringify(name)} is not known here.${didYouMean(name, known)}`,
      expected: known.length === 0 ? 'nothing' : `only ${known.join(', ')}`,
      got: JSON.stringify(name),
    }
  }
  const expected = expectation(error.keyword, extra, error.message)
  const got = error.keyword === 'required' ? 'nothing' : seen(error, path, personal)
  return { pointer: at, code: error.keyword, detail: `${where}: expected ${expected}, got ${got}`, expected, got }
}

/** A secret is not even shown by its shape. */
function seen(error: ErrorObject, path: readonly string[], personal: (field: string) => boolean): string {
  if (error.parentSchema?.writeOnly === true) return 'something else'
  return path.length === 0 || personal(path[0]!) ? describe(error.data) : show(error.data)
}

function expectation(keyword: string, params: Readonly<Record<string, unknown>>, message: string | undefined): string {
  switch (keyword) {
    case 'type':
      return [params.type]
        .flat()
        .map((type) => kinds[String(type)] ?? `a ${String(type)}`)
        .join(' or ')
    case 'enum':
      return `one of ${(params.allowedValues as readonly unknown[]).map(String).join(', ')}`
    case 'const':
      return JSON.stringify(params.allowedValue)
    case 'format':
      return formats[String(params.format)] ?? `the format ${String(params.format)}`
    case 'pattern':
      return `a text that matches ${String(params.pattern)}`
    case 'maxLength':
      return `at most ${String(params.limit)} characters`
    case 'minLength':
      return `at least ${String(params.limit)} characters`
    case 'maxItems':
      return `at most ${String(params.limit)} entries`
    case 'minItems':
    case 'minProperties':
      return `at least ${String(params.limit)} entries`
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return `a number ${String(params.comparison)} ${String(params.limit)}`
    case 'uniqueItems':
      return 'each entry once'
    case 'not':
      return 'something else'
    case 'required':
      return 'a value'
    default:
      return message ?? keyword
  }
}
