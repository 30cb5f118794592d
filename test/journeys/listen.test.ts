import { readFileSync } from 'node:fs'
import { loadRegistry, parseMapping } from '@throughline/contracts'
import { createHub, createIds, createStore, migrate, openMemory, systemClock } from '@throughline/core'
import { salesforce } from '@throughline/salesforce'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import type { Connector } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { until } from './demo.ts'

test('an edit in Salesforce is in the hub by its change event, long before the next poll', async () => {
  const sandbox = await serveSalesforce(0)
  const admin = async <T>(verb: string, input: unknown): Promise<T> =>
    (await fetch(`${sandbox.url}/_sandbox/${verb}`, { method: 'POST', body: JSON.stringify(input) })).json() as Promise<T>
  const db = openMemory()
  await migrate(db)
  const ids = createIds(systemClock)
  const store = createStore(db, { ids, clock: systemClock })
  const file = salesforce.mappings['contacts']!
  const hub = createHub({
    store,
    clock: systemClock,
    ids,
    node: 'one',
    registry: loadRegistry(),
    connections: [
      {
        name: 'salesforce',
        connector: salesforce as Connector,
        config: {
          instanceUrl: sandbox.url,
          clientId: 'throughline',
          clientSecret: 'salesforce-secret',
          changeEvents: '/data/ChangeEvents',
        },
        mappings: [parseMapping(readFileSync(file, 'utf8'), file.pathname)],
        pollMs: 3_600_000,
        fetch,
      },
    ],
    systems: ['salesforce'],
    exclusive: true,
    log: () => {},
  })
  const titles = async () => (await store.all<{ fields: string }>('SELECT fields FROM records')).map((row) => row.fields).join()
  try {
    const [id] = await admin<string[]>('plant', {
      type: 'Contact',
      rows: [{ LastName: 'Lovelace', Email: 'ada@x.example', Title: 'Before' }],
    })
    await hub.start()
    // What was there before is polled; only then does the poll rest for an hour.
    await until(
      async () => (await titles()).includes('Before'),
      10_000,
      () => 'the first poll brought nothing',
    )
    const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'human', client_secret: 'human-secret' })
    const token = (await (await fetch(`${sandbox.url}/services/oauth2/token`, { method: 'POST', body: grant })).json()) as {
      access_token: string
    }
    const edit = await fetch(`${sandbox.url}/services/data/v67.0/sobjects/Contact/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ Title: 'Countess' }),
    })
    expect(edit.status).toBe(204)
    await until(
      async () => (await titles()).includes('Countess'),
      10_000,
      () => 'the change event did not arrive',
    )
    expect(await store.all("SELECT DISTINCT type FROM events WHERE type LIKE 'signal%'")).toEqual([{ type: 'signal.changed' }])
  } finally {
    await hub.stop()
    await store.close()
    await sandbox.close()
  }
}, 40_000)
