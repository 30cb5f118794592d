import type { Connection, Connector, RawRecord } from '@throughline/sdk'
import type { Has } from './defects.ts'
import { createPaging } from './paging.ts'
import { createStream, toRecord } from './stream.ts'
import { vendorLimits } from './vendor.ts'
import { accept } from './webhook.ts'
import { answered, createCall, type ReferenceConfig } from './wire.ts'
import { createWrite } from './write.ts'

/** A connector for the reference vendor that keeps every law, but for the defects it is given. */
export function createReference(has: Has, marked = false): Connector<ReferenceConfig> {
  const people = createStream(has, marked)
  return {
    name: 'reference',
    configSchema: {
      type: 'object',
      properties: {
        url: { type: 'string' },
        token: { type: 'string', writeOnly: true },
        webhookSecret: { type: 'string', writeOnly: true },
      },
    },
    streams: { people },
    mappings: { people: new URL('people.yaml', import.meta.url) },
    limits: { calls: 1_000, per: 1_000 },
    connect(config, io): Connection {
      const call = createCall(config, io, has)
      const { pull, list } = createPaging(call, () => io.now(), has)
      const write = createWrite(people, call, vendorLimits.write, has)
      const records = async (path: string, body: object, signal: AbortSignal): Promise<RawRecord[]> => {
        const { objects } = answered(await call('POST', path, body, signal), has)
        return ((objects ?? []) as unknown[]).map((object) => toRecord(object, has))
      }
      if (has('calls when connecting')) void call('GET', '/me', undefined, AbortSignal.timeout(1_000))
      return {
        async check(signal) {
          return { ok: true, account: String(answered(await call('GET', '/me', undefined, signal), has)['account']) }
        },
        async accept(request) {
          if (has('reads while accepting')) await call('GET', '/me', undefined, AbortSignal.timeout(1_000))
          return accept(request, config.webhookSecret, io.now(), has)
        },
        pull: (_stream, cursor, signal) => pull(cursor, signal),
        list: (_stream, after, signal) => list(after, signal),
        async read(_stream, ids, signal) {
          const asked = has('reads ten at most') ? ids.slice(0, 10) : ids
          const found = asked.length === 0 ? [] : await records('/people/read', { ids: asked }, signal)
          const byId = new Map<string, RawRecord | null>(found.map((record) => [record.id, record]))
          if (!has('leaves out unknown ids')) for (const id of ids) if (!byId.has(id)) byId.set(id, null)
          return byId
        },
        async find(_stream, field, values, signal) {
          const asked = has('cannot quote') ? values.map((value) => value.replaceAll(/["'\\]/g, '')) : values
          const found = await records(
            '/people/find',
            { field, values: asked, ...(has('finds in a lagging index') && { index: true }) },
            signal,
          )
          return new Map(values.map((value) => [value, found.filter((record) => people.decode(record)[field] === value)]))
        },
        write: (_stream, deliveries, signal) => write(deliveries, signal),
      }
    },
  }
}
