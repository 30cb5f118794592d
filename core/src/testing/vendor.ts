import type { Connection, Connector, Delivery, Fields, RawRecord, RawSignal, WriteResult } from '@throughline/sdk'
import { compareText } from '@throughline/sdk'

/** What a test vendor holds of one object. */
export interface Thing {
  readonly id: string
  readonly properties: Fields
  readonly modifiedAt: number
  readonly isDeleted: boolean
}

/** An in-memory vendor with one stream, `people`: enough to run the hub against, with its truth in plain sight. */
export interface Vendor {
  readonly connector: Connector
  readonly things: Map<string, Thing>
  readonly writes: (readonly Delivery[])[]
  /** A person edits or creates an object over there. Answers its id. */
  edit(id: string | null, properties: Fields): string
  remove(id: string): void
  /** The webhook for an object as it is now. */
  signal(id: string): RawSignal
  /** Answers a delivery instead of writing it, when it gives something. */
  refuse: (delivery: Delivery) => WriteResult | undefined
  /** Called after a write took effect; a throw loses its answer. */
  after: () => void
  /** Called before each vendor call; may throw. */
  before: (call: string) => Promise<void> | void
}

const EXCHANGE = { method: 'POST', path: '/people', request: '', status: 200, answer: '' }

export function createVendor(name: string, now: () => number, { batch = 100, keyless = false } = {}): Vendor {
  const things = new Map<string, Thing>()
  const writes: (readonly Delivery[])[] = []
  let count = 0

  function put(id: string, properties: Fields): Thing {
    const thing: Thing = { id, properties: { ...things.get(id)?.properties, ...properties }, modifiedAt: now(), isDeleted: false }
    things.set(id, thing)
    return thing
  }

  function raw(thing: Thing): RawRecord {
    return {
      id: thing.id,
      state: thing.isDeleted ? 'deleted' : 'live',
      modifiedAt: thing.modifiedAt,
      modifiedText: new Date(thing.modifiedAt).toISOString(),
      actor: null,
      body: { id: thing.id, properties: thing.properties, at: thing.modifiedAt },
    }
  }

  const vendor: Vendor = {
    things,
    writes,
    before: () => undefined,
    refuse: () => undefined,
    after: () => undefined,
    edit(id, properties) {
      return put(id ?? `${name}-${String(++count).padStart(5, '0')}`, properties).id
    },
    remove(id) {
      things.set(id, { ...things.get(id)!, isDeleted: true, modifiedAt: now() })
    },
    signal: (id) => ({
      id: `${id}@${things.get(id)!.modifiedAt}`,
      subject: { stream: 'people', externalId: id },
      type: 'changed',
      time: null,
      body: '{}',
    }),
    connector: {
      name,
      configSchema: {},
      streams: {
        people: {
          entity: 'person',
          can: {
            webhook: true,
            pull: true,
            list: true,
            find: true,
            write: true,
            delete: { because: 'The test vendor deletes nothing by call.' },
            merge: { because: 'The test vendor merges nothing.' },
            upsertBy: keyless ? { because: 'This test vendor keeps nothing unique.' } : 'hub_id',
            versionCheck: { because: 'The test vendor checks no versions.' },
            batch: { read: batch, write: batch, find: batch, page: batch },
            visibilityMs: 100,
          },
          compareIds: compareText,
          decode: (record) => (record.body as { properties: Fields }).properties,
          encode: (patch) => patch,
        },
      },
      mappings: {},
      limits: { calls: 10_000, per: 1_000 },
      connect: () => connection,
    },
  }

  const connection: Connection = {
    check: async () => ({ ok: true, account: name }),
    accept: async (request) => [JSON.parse(Buffer.from(request.body).toString()) as RawSignal],
    async *pull(_stream, cursor) {
      await vendor.before('pull')
      const since = cursor === null ? 0 : Number(cursor) - 1_000
      const changed = [...things.values()]
        .filter((thing) => thing.modifiedAt >= since)
        .sort((a, b) => a.modifiedAt - b.modifiedAt || compareText(a.id, b.id))
      for (let i = 0; i < changed.length; i += batch) {
        const page = changed.slice(i, i + batch)
        yield { records: page.map(raw), cursor: String(page.at(-1)!.modifiedAt) }
      }
    },
    async *list() {
      yield { records: [...things.values()].filter((thing) => !thing.isDeleted).map(raw), cursor: '' }
    },
    read: async (_stream, ids) => {
      await vendor.before('read')
      return new Map(ids.map((id) => [id, things.has(id) ? raw(things.get(id)!) : null]))
    },
    find: async (_stream, field, values) => {
      await vendor.before('find')
      const live = [...things.values()].filter((thing) => !thing.isDeleted)
      return new Map(values.map((value) => [value, live.filter((thing) => thing.properties[field] === value).map(raw)]))
    },
    write: async (_stream, deliveries) => {
      try {
        await vendor.before('write')
      } catch (error) {
        return deliveries.map((): WriteResult => ({ next: 'retry', why: String(error), exchange: EXCHANGE }))
      }
      writes.push(deliveries)
      const results = deliveries.map((delivery): WriteResult => {
        const refusal = vendor.refuse(delivery)
        if (refusal) return refusal
        const known = delivery.externalId ?? [...things.values()].find((thing) => thing.properties.hub_id === delivery.recordId)?.id
        const thing = put(known ?? vendor.edit(null, {}), { ...delivery.patch, hub_id: delivery.recordId })
        return { next: 'done', receipt: { externalId: thing.id, raw: raw(thing), created: known === undefined }, exchange: EXCHANGE }
      })
      try {
        vendor.after()
      } catch (error) {
        return deliveries.map((): WriteResult => ({ next: 'unknown', why: String(error), exchange: EXCHANGE }))
      }
      return results
    },
  }
  return vendor
}
