import { mutationError } from './errors.ts'
import { at, type Doc, put, referencesOf } from './path.ts'

export type Operation = 'create' | 'update' | 'delete'
export type Tell = (operation: Operation, doc: Doc, transaction: string, now: number) => void
export type Store = ReturnType<typeof createStore>

export interface Result {
  readonly id: string
  readonly operation: Operation | 'none'
  readonly document?: Doc
}

type Body = Readonly<Record<string, unknown>>

const KINDS = ['create', 'createIfNotExists', 'createOrReplace', 'patch', 'delete'] as const
const OWN = new Set(['_id', '_rev', '_createdAt', '_updatedAt'])

/** Documents in memory; a transaction takes effect as a whole or not at all. Times are whole seconds. */
export function createStore(random: () => number, tell: Tell) {
  let docs = new Map<string, Doc>()
  const newId = (): string =>
    Array.from({ length: 22 }, () => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[Math.floor(random() * 62)]).join('')

  /** Answers what became of each mutation, in order. */
  function transact(mutations: readonly unknown[], now: number, transactionId: string = newId()): Result[] {
    const work = new Map(docs)
    const stamp = `${new Date(now).toISOString().slice(0, 19)}Z`
    const touched = new Map<string, number>()
    const results = mutations.flatMap((mutation, index): Result[] => {
      const [kind, body] = read(mutation, index)
      const id = String((kind === 'patch' || kind === 'delete' ? body['id'] : body['_id']) ?? newId())
      const held = work.get(id)
      const keep = (doc: Doc, operation: Operation): Result[] => {
        work.set(id, doc)
        touched.set(id, index)
        return [{ id, operation, document: doc }]
      }
      switch (kind) {
        case 'create':
        case 'createIfNotExists':
        case 'createOrReplace': {
          if (held && kind === 'create') throw mutationError('documentAlreadyExistsError', id, index)
          if (held && kind === 'createIfNotExists') return [{ id, operation: 'none' }]
          if (typeof body['_type'] !== 'string' || !/^[A-Za-z0-9._-]{1,128}$/.test(id))
            throw mutationError('invalidMutationError', id, index)
          const own = { _id: id, _type: body['_type'], _rev: transactionId, _createdAt: held?._createdAt ?? stamp, _updatedAt: stamp }
          const kept = Object.entries(body).filter(([name, value]) => !OWN.has(name) && value !== null)
          return keep({ ...Object.fromEntries(kept), ...own }, held ? 'update' : 'create')
        }
        case 'patch': {
          if (!held) throw mutationError('documentNotFoundError', id, index)
          const expected = body['ifRevisionID']
          // The revision of a document that this transaction has touched already is the transaction's own.
          if (expected !== undefined && expected !== held._rev) {
            throw mutationError('documentRevisionIDDoesNotMatchError', id, index, {
              currentRevisionID: held._rev,
              expectedRevisionID: expected,
            })
          }
          return keep({ ...patched(held, body, index), _rev: transactionId, _updatedAt: stamp }, 'update')
        }
        case 'delete':
          if (!held) return []
          work.delete(id)
          touched.set(id, index)
          return [{ id, operation: 'delete', document: held }]
      }
    })
    for (const [id, index] of touched) checkReferences(work, id, index)
    const before = docs
    docs = work
    for (const id of touched.keys()) {
      const [was, is] = [before.get(id), docs.get(id)]
      if (!was && !is) continue
      tell(is ? (was ? 'update' : 'create') : 'delete', is ?? was!, transactionId, now)
    }
    return results
  }

  return { all: () => docs, clear: () => docs.clear(), newId, transact }
}

function read(mutation: unknown, index: number): readonly [(typeof KINDS)[number], Body] {
  const entries = typeof mutation === 'object' && mutation !== null ? Object.entries(mutation) : []
  const [kind, body] = entries[0] ?? []
  const known = KINDS.find((each) => each === kind)
  if (entries.length !== 1 || known === undefined || typeof body !== 'object' || body === null)
    throw mutationError('invalidMutationError', '', index)
  return [known, body as Body]
}

/** `set` comes before `setIfMissing`, that before `unset`; other operations are not known here. */
function patched(doc: Doc, patch: Body, index: number): Doc {
  const copy = structuredClone(doc)
  for (const name of Object.keys(patch)) {
    if (!['id', 'ifRevisionID', 'set', 'setIfMissing', 'unset'].includes(name)) throw mutationError('invalidMutationError', doc._id, index)
  }
  const values = (name: string): [string, unknown][] => Object.entries((patch[name] ?? {}) as Body)
  for (const [path, value] of values('set')) put(copy, path, value)
  for (const [path, value] of values('setIfMissing')) if ((at(copy, path) ?? null) === null) put(copy, path, value)
  for (const path of (patch['unset'] ?? []) as string[]) put(copy, path, undefined)
  return copy
}

/** What is referred to must be there, and what is referred to cannot go. */
function checkReferences(docs: ReadonlyMap<string, Doc>, id: string, index: number): void {
  const doc = docs.get(id)
  if (!doc) {
    const holder = [...docs.values()].find((each) => referencesOf(each).includes(id))
    if (holder) throw mutationError('documentHasExistingReferencesError', id, index, { referencingIDs: [holder._id] })
    return
  }
  const missing = referencesOf(doc).find((target) => !docs.has(target))
  if (missing !== undefined) throw mutationError('documentReferenceDoesNotExistError', id, index, { referenceID: missing })
}
