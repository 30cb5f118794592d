import { pointerParts } from '@throughline/contracts'

/** The value at a JSON Pointer, own members only; `undefined` if there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value
  for (const part of pointerParts(pointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[part]
  }
  return at
}

/** The first pointer that leads to something. */
export function firstAt(value: unknown, pointers: readonly string[]): unknown {
  for (const pointer of pointers) {
    const found = valueAt(value, pointer)
    if (found !== undefined && found !== null) return found
  }
  return undefined
}

/** Puts a value at a JSON Pointer of an object, making the objects on the way. The root cannot be replaced. */
export function putAt(target: Record<string, unknown>, pointer: string, value: unknown): void {
  const parts = pointerParts(pointer)
  const last = parts.pop()
  if (last === undefined) return
  let at = target
  for (const part of parts) {
    const next = Object.hasOwn(at, part) ? at[part] : undefined
    at = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : define(at, part, {})
  }
  define(at, last, value)
}

/** As an own member, whatever its name is. */
function define<T>(target: Record<string, unknown>, name: string, value: T): T {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
  return value
}
