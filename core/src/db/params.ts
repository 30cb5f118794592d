import { LRUCache } from 'lru-cache'
import type { Value } from './port.ts'

/** What a driver is handed: whole numbers as bigint, because both drivers bind every `number` as REAL and a TEXT column would keep `1.0`. */
export type Bound = null | number | bigint | string | Uint8Array

const counts = new LRUCache<string, number>({ max: 1_000 })

/**
 * Checks and converts the parameters of one statement; the only way from the hub's values into a driver.
 * @throws TypeError for whatever a driver would store as something else (NaN as NULL, a lone surrogate as U+FFFD, text cut at NUL,
 * missing parameters as NULL) or would abort the process for (a boolean).
 */
export function bind(sql: string, params: readonly Value[]): Bound[] {
  let expected = counts.get(sql)
  if (expected === undefined) counts.set(sql, (expected = inspect(sql)))
  if (expected !== params.length) throw new TypeError(`${params.length} parameters for ${expected} placeholders: ${sql}`)
  const bound = Array.from<Bound>({ length: params.length })
  for (let i = 0; i < params.length; i++) bound[i] = bindOne(params[i], i)
  return bound
}

function bindOne(value: unknown, index: number): Bound {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new TypeError(`parameter ${index}: text with a NUL is cut off when read back`)
    if (!value.isWellFormed()) throw new TypeError(`parameter ${index}: text with a lone surrogate is altered when stored`)
    return value
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    if (!Number.isFinite(value)) throw new TypeError(`parameter ${index}: ${value} cannot be stored`)
    if (Number.isInteger(value)) throw new TypeError(`parameter ${index}: ${value} is beyond 2^53`)
    return value
  }
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) throw new TypeError(`parameter ${index}: bigint ${value} is beyond 2^53 and would be rounded`)
    return value
  }
  if (value === null || value instanceof Uint8Array) return value
  throw new TypeError(`parameter ${index}: cannot bind a value of type ${typeof value}`)
}

/**
 * Counts the placeholders, and refuses texts that would not do what they say: of several statements the file driver runs only the
 * first, and a COMMIT inside a batch would store half of it.
 */
function inspect(sql: string): number {
  const bare = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  if (/\?\d|[:@$][A-Za-z_]/.test(bare)) throw new TypeError(`only anonymous placeholders (?) can be bound: ${sql}`)
  if (/;\s*\S/.test(bare) && !/^\s*create\s+(temp\w*\s+)?trigger\b/i.test(bare)) throw new TypeError(`one statement at a time: ${sql}`)
  if (/^\s*(begin|commit|end|rollback|savepoint|release)\b/i.test(bare)) throw new TypeError(`a batch is its own transaction: ${sql}`)
  return bare.split('?').length - 1
}
