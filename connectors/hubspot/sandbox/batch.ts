import { notFound, Refusal } from './refusal.ts'
import { show, written } from './respond.ts'
import { isUnique, uniqueForm } from './properties.ts'
import type { Shelf, Store } from './store.ts'
import type { Settings, Source, Version } from './types.ts'

export interface BatchInput {
  readonly id?: unknown
  readonly idProperty?: unknown
  readonly objectWriteTraceId?: unknown
  readonly properties?: unknown
}

interface Row {
  readonly input: BatchInput
  readonly run: () => Record<string, unknown>
}

const LIMIT = 100

export function inputsOf(body: Readonly<Record<string, unknown>>): BatchInput[] {
  const inputs = Array.isArray(body.inputs) ? (body.inputs as BatchInput[]) : []
  if (inputs.length === 0) throw new Refusal(400, 'VALIDATION_ERROR', 'No inputs')
  if (inputs.length > LIMIT)
    throw new Refusal(400, 'VALIDATION_ERROR', `The maximum number of inputs supported in a batch request is ${LIMIT}`)
  const traces = inputs.flatMap((input) => (input.objectWriteTraceId === undefined ? [] : [input.objectWriteTraceId]))
  if (new Set(traces).size < traces.length) throw new Refusal(400, 'VALIDATION_ERROR', 'Duplicate objectWriteTraceId in the batch')
  return inputs
}

/** `archived` and `idProperty` choose where to look; what is not there is listed in a 207. */
export function batchRead(shelf: Shelf, body: Readonly<Record<string, unknown>>, archived: boolean, settings: Settings) {
  const wanted = Array.isArray(body.properties) ? body.properties.map(String) : []
  const missing: string[] = []
  const found = new Map<string, Version>()
  for (const { id } of inputsOf(body)) {
    const version = archived ? shelf.archived.get(String(id)) : holder(shelf, String(id), body.idProperty, settings)
    if (version) found.set(version.id, version)
    else missing.push(String(id))
  }
  const results = [...found.values()].map((version) => show(shelf.type, version, wanted))
  return answer(results, missing.length === 0 ? [] : [rowError(notFound(missing), undefined)], settings)
}

export function batchWrite(
  store: Store,
  shelf: Shelf,
  verb: string,
  body: Readonly<Record<string, unknown>>,
  source: Source,
  settings: Settings,
) {
  // The vendor's own client takes nothing but 201 or 207 for a create.
  const success = verb === 'create' ? 201 : 200
  const rows = inputsOf(body).map((input): Row => ({ input, run: rowOf(store, shelf, verb, input, source, settings) }))
  if (settings.partial && rows.every(({ input }) => typeof input.objectWriteTraceId === 'string')) {
    const results: unknown[] = []
    const errors: unknown[] = []
    for (const { input, run } of rows) {
      try {
        results.push({ ...run(), objectWriteTraceId: input.objectWriteTraceId })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        errors.push(rowError(error, input.objectWriteTraceId))
      }
    }
    return answer(results, errors, settings, success)
  }
  return store.atomically(() =>
    answer(
      rows.map(({ run }) => run()),
      [],
      settings,
      success,
    ),
  )
}

function rowOf(
  store: Store,
  shelf: Shelf,
  verb: string,
  input: BatchInput,
  source: Source,
  settings: Settings,
): () => Record<string, unknown> {
  const { type } = shelf
  const id = String(input.id ?? '')
  if (verb === 'create') return () => written(type, store.create(type, input.properties, source), input.properties)
  if (verb === 'update') {
    return () => {
      const version = holder(shelf, id, input.idProperty, settings)
      if (!version) throw notFound([id])
      return written(type, store.update(type, version.id, input.properties, source), input.properties)
    }
  }
  return () => {
    const idProperty = String(input.idProperty ?? '')
    if (!isUnique(shelf.type, idProperty, settings)) throw new Refusal(400, 'VALIDATION_ERROR', `${idProperty} is not a unique property`)
    const before = holder(shelf, id, idProperty, settings)
    const properties = { ...(input.properties as object), [idProperty]: id }
    const after = before ? store.update(type, before.id, properties, source) : store.create(type, properties, source)
    return { ...written(type, after, properties), new: before === undefined }
  }
}

export function holder(shelf: Shelf, id: string, idProperty: unknown, settings: Settings): Version | undefined {
  if (idProperty === undefined || idProperty === null || idProperty === 'hs_object_id') return shelf.live.get(id)
  const held = shelf.unique[String(idProperty)]
  if (!held || !isUnique(shelf.type, String(idProperty), settings))
    throw new Refusal(400, 'VALIDATION_ERROR', `${String(idProperty)} is not a unique property`)
  const found = held.get(uniqueForm(id))
  return found === undefined ? undefined : shelf.live.get(found)
}

function rowError(refusal: Refusal, trace: unknown): Record<string, unknown> {
  const context = { ...(refusal.body.context as object | undefined), ...(trace === undefined ? {} : { objectWriteTraceId: [trace] }) }
  return { ...refusal.body, context }
}

function answer(all: readonly unknown[], errors: readonly unknown[], { unordered, lostRows }: Settings, success: 200 | 201 = 200) {
  const told = all.slice(0, Math.max(0, all.length - lostRows))
  const results = unordered ? told.toReversed() : told
  const now = new Date().toISOString()
  const body = { status: 'COMPLETE', results, requestedAt: now, startedAt: now, completedAt: now }
  return errors.length === 0 ? { status: success, body } : { status: 207, body: { ...body, numErrors: errors.length, errors } }
}
