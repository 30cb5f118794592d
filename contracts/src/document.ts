import type { ErrorObject, ValidateFunction } from 'ajv'
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml'
import { didYouMean } from './nearest.ts'
import { pointerParts } from './pointer.ts'
import { explain } from './problem.ts'

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly col: number
}

/** One thing wrong in a file that a person wrote, and what to do about it. */
export interface Fault extends Position {
  readonly what: string
  readonly why: string
  readonly next: string
}

/** A YAML file that cannot be used. The message has one line for each fault: `file:line:col what; why. next`. */
export class DocumentError extends Error {
  override readonly name: string = 'DocumentError'
  readonly file: string
  readonly faults: readonly Fault[]

  constructor(file: string, faults: readonly Fault[]) {
    const inOrder = faults.toSorted((a, b) => a.line - b.line || a.col - b.col)
    super(inOrder.map((fault) => `${file}:${fault.line}:${fault.col} ${fault.what}; ${fault.why}. ${fault.next}`).join('\n'))
    this.file = file
    this.faults = inOrder
  }
}

export interface Document {
  /** What the text says. Keeps the schema only if there are no faults. */
  readonly value: unknown
  readonly faults: readonly Fault[]
  /** Where a value stands, or the nearest that encloses it; `key` asks for the key of that name inside it. */
  readonly at: (path: readonly (string | number)[], key?: string) => Position
}

/** Parses one YAML 1.2 document and checks it; never throws. */
export function readDocument(text: string, keeps: ValidateFunction): Document {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, col }
  }
  const at: Document['at'] = (path, key) => place(offsetOf(doc.contents, path, key))
  const faults: Fault[] = [...doc.errors, ...doc.warnings].map((error) => ({
    ...place(error.pos[0]),
    what: 'this is not valid YAML',
    why: error.message,
    next: 'Check indentation, quotes and brackets here.',
  }))
  if (faults.length > 0) return { value: undefined, faults, at }
  let value: unknown
  try {
    value = doc.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    return {
      value,
      at,
      faults: [
        { line: 1, col: 1, what: 'this YAML cannot be read', why: (cause as Error).message, next: 'Write values out instead of aliases.' },
      ],
    }
  }
  if (!keeps(value)) {
    // `if` and `propertyNames` only repeat what their branches say.
    const errors = (keeps.errors ?? []).filter((error) => error.keyword !== 'if' && error.keyword !== 'propertyNames')
    for (const error of errors) faults.push(faultOf(error, at))
  }
  return { value, faults, at }
}

function faultOf(error: ErrorObject, at: Document['at']): Fault {
  const { pointer, code, expected, got } = explain(error, () => false)
  const path = pointerParts(pointer)
  const name = path.at(-1) ?? 'the document'
  const next = hint(error) ?? `Write ${expected}.`
  if (error.propertyName !== undefined) {
    const key = error.propertyName
    return { ...at(path, key), what: `the name ${JSON.stringify(key)} is wrong`, why: `expected ${expected}`, next }
  }
  if (code === 'additionalProperties') {
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object)
    const place = at(path.slice(0, -1), name)
    return {
      ...place,
      what: `unknown setting ${got}`,
      why: `here stands ${expected}`,
      next: didYouMean(name, known).trim() || 'Remove it.',
    }
  }
  if (code === 'required') {
    return { ...at(path.slice(0, -1)), what: `the setting "${name}" is missing`, why: 'it has no default', next: `Add "${name}: …" here.` }
  }
  return {
    ...at(path),
    what: path.length === 0 ? 'the document is wrong' : `"${name}" is wrong`,
    why: `expected ${expected}, got ${got}`,
    next,
  }
}

/** Rules that cannot be read aloud are explained by their schema. */
function hint(error: ErrorObject): string | undefined {
  const said: unknown = error.parentSchema?.description
  return (error.keyword === 'pattern' || error.keyword === 'not') && typeof said === 'string' ? said : undefined
}

function offsetOf(contents: unknown, path: readonly (string | number)[], key?: string): number {
  let node = contents
  let offset = start(node) ?? 0
  for (const part of path) {
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part)) : undefined
    const next: unknown = isSeq(node) ? node.items[Number(part)] : pair?.value
    if (next === undefined) return offset
    node = isPair(next) ? next.value : next
    // An empty value has no place of its own; its key has.
    offset = start(node) ?? start(pair?.key) ?? offset
  }
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    return start(pair?.key) ?? offset
  }
  return offset
}

function start(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0]
}
