import type { Connection, Connector, Delivery, Fields, Page, RawRecord } from '@throughline/sdk'
import type { OrgOptions } from './index.ts'
import { serveRaw } from './raw.ts'

/** What the mappings would ask for. */
export const FIELDS = {
  contacts: ['Email', 'FirstName', 'LastName', 'Phone', 'Title', 'MailingCity', 'MailingCountry'],
  leads: ['Email', 'FirstName', 'LastName', 'Company'],
  accounts: ['Name', 'Domain__c', 'Phone', 'Website'],
  cases: ['Subject', 'Description', 'Status', 'Priority'],
  tasks: ['Subject', 'Description', 'Status', 'ActivityDate'],
  opportunities: ['Name', 'StageName', 'Amount', 'CloseDate'],
  campaigns: ['Name', 'Description', 'Status', 'Campaign_Tag__c'],
}

/** A connector connected to a sandbox of its own, for tests. */
export async function serveConnected<Config>(
  connector: Pick<Connector<Config>, 'connect'>,
  change: (url: string) => Partial<Config> = () => ({}),
  options: OrgOptions = {},
) {
  const raw = await serveRaw(options)
  const logged: string[] = []
  const connect = (more: object = {}): Connection => {
    const config = { instanceUrl: raw.url, clientId: 'throughline', clientSecret: 'salesforce-secret', ...change(raw.url), ...more }
    return connector.connect(config as Config, {
      fetch: globalThis.fetch,
      now: options.now ?? Date.now,
      fields: FIELDS,
      log: (message) => void logged.push(message),
    })
  }
  return {
    ...raw,
    raw,
    logged,
    connect,
    connection: connect(),
    signal: AbortSignal.timeout(20_000),
    [Symbol.asyncDispose]: () => raw.sandbox.close(),
  }
}

export function createOf(n: number, patch: Fields = {}): Delivery {
  const recordId = `0192f000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return { key: `k${n}`, operation: 'create', recordId, externalId: null, patch: { LastName: `Last${n}`, ...patch }, basedOn: null }
}

export function updateOf(externalId: string, patch: Fields): Delivery {
  return { key: `u${externalId}`, operation: 'update', recordId: 'x', externalId, patch, basedOn: null }
}

export async function drain(
  pages: AsyncIterable<Page>,
  between?: (page: Page, n: number) => Promise<void>,
): Promise<{ records: RawRecord[]; cursor: string | null; pages: number }> {
  const records: RawRecord[] = []
  let cursor: string | null = null
  let n = 0
  for await (const page of pages) {
    records.push(...page.records)
    cursor = page.cursor
    n += 1
    if (n > 200) throw new Error('paging does not end')
    await between?.(page, n)
  }
  return { records, cursor, pages: n }
}
