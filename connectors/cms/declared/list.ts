import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { everything } from '../shared/walk.ts'
import type { DeclaredClient, Listed } from './client.ts'
import type { Paging } from './description.ts'
import { idOf, type DeclaredStream } from './stream.ts'
import { valueAt } from './pointer.ts'
import type { Values } from './template.ts'

/** How often one list may be set back by what happens meanwhile before it is given up for now. */
const SETBACKS = 50

/** Everything that lives, in the order of ids, whatever the system's way of paging; a list that does not rise is an error. */
export function list(client: DeclaredClient, stream: DeclaredStream, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const { paging } = stream.described.list
  const fetch = async (values: Values, query: Readonly<Record<string, string>> = {}): Promise<Listed> => {
    const url = client.url(stream.described.list, query, { limit: stream.described.page, ...values })
    return rising(client, stream, await client.records(stream, url, signal))
  }
  switch (paging.kind) {
    case 'after':
      return everything(client.voice.name, stream.compareIds, after, (last) =>
        last === null ? fetch({}) : fetch({ id: last }, paging.query),
      )
    case 'offset':
      return byOffset(client, stream, after, (offset) => fetch({ offset }, paging.query))
    case 'page':
      return byPage(client, stream, after, (page) => fetch({ page }, paging.query))
    case 'cursor':
    case 'link':
      return byToken(client, stream, after, paging, signal)
  }
}

/**
 * By number of objects. What is deleted in front of us pulls the rest forward, past our place; so each page begins with the
 * last object of the one before, and where it does not, we go back.
 */
async function* byOffset(
  client: DeclaredClient,
  stream: DeclaredStream,
  after: string | null,
  fetch: (offset: number) => Promise<Listed>,
): AsyncGenerator<Page> {
  const { compareIds, described } = stream
  let last = after
  let seen: string | null = null
  let from = 0
  let setbacks = 0
  let idle = 0
  for (;;) {
    const { records, full } = await fetch(from)
    const first = records[0]
    if (from > 0 && seen !== null && (!first || compareIds(first.id, seen) > 0)) {
      setbacks += 1
      if (setbacks > SETBACKS) throw new VendorError('retry', `${client.voice.name} changes faster than it can be listed`)
      from = Math.max(0, from - described.page)
      seen = from === 0 ? null : seen
      continue
    }
    const fresh = unseen(stream, records, last)
    last = fresh.at(-1)?.id ?? last
    if (fresh.length > 0 && last !== null) yield { records: fresh, cursor: last }
    if (!full) return
    const end = records.at(-1)?.id ?? null
    if (end === null) throw repeats(client)
    // After a setback the pages on the way back are known; otherwise each must end further on than the one before.
    if (seen !== null && compareIds(end, seen) <= 0) {
      idle += 1
      if (setbacks === 0 || idle > SETBACKS) throw repeats(client)
    }
    seen = seen === null || compareIds(end, seen) > 0 ? end : seen
    from += records.length - 1
  }
}

/** By number of page. Pages share nothing, so only the page before, read once more, shows whether something slipped past. */
async function* byPage(
  client: DeclaredClient,
  stream: DeclaredStream,
  after: string | null,
  fetch: (page: number) => Promise<Listed>,
): AsyncGenerator<Page> {
  let last = after
  let before: string | null = null
  let setbacks = 0
  for (let page = 1; ;) {
    let { records, full } = await fetch(page)
    const end = records.at(-1)?.id ?? null
    if (page > 1 && before !== null) {
      if (end !== null && stream.compareIds(end, before) <= 0) throw repeats(client)
      const again = await fetch(page - 1)
      const slipped = again.records.at(-1)?.id ?? null
      if (slipped !== before) {
        setbacks += 1
        if (setbacks > SETBACKS) throw new VendorError('retry', `${client.voice.name} changes faster than it can be listed`)
        ;({ records, full } = again)
        page -= 1
      }
    }
    const fresh = unseen(stream, records, last)
    last = fresh.at(-1)?.id ?? last
    if (fresh.length > 0 && last !== null) yield { records: fresh, cursor: last }
    if (!full) return
    before = records.at(-1)?.id ?? before
    page += 1
  }
}

/** By what the answer says comes next: the system keeps our place. */
async function* byToken(
  client: DeclaredClient,
  stream: DeclaredStream,
  after: string | null,
  paging: Extract<Paging, { readonly kind: 'cursor' } | { readonly kind: 'link' }>,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const start = client.url(stream.described.list, {}, { limit: stream.described.page })
  const known = new Set<string>()
  let last = after
  let end: string | null = null
  for (let url: URL | null = start; url !== null;) {
    if (known.has(url.href)) throw repeats(client)
    known.add(url.href)
    const { records, answer }: Listed = rising(client, stream, await client.records(stream, url, signal))
    const first = records[0]
    if (first && end !== null && stream.compareIds(first.id, end) <= 0) throw repeats(client)
    end = records.at(-1)?.id ?? end
    const fresh = unseen(stream, records, last)
    last = fresh.at(-1)?.id ?? last
    if (fresh.length > 0 && last !== null) yield { records: fresh, cursor: last }
    const token: string | null =
      paging.kind === 'cursor'
        ? idOf(valueAt(answer.body, paging.cursor))
        : (/<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(answer.header('link') ?? '')?.[1] ?? null)
    if (token === null || records.length === 0) return
    url =
      paging.kind === 'cursor'
        ? client.url(stream.described.list, paging.query, { limit: stream.described.page, cursor: token })
        : new URL(token, url)
    // Our credentials go to the configured address only.
    if (url.origin !== start.origin) throw new VendorError('reject', `${client.voice.name} sends us to another address for the next page`)
  }
}

function unseen(stream: DeclaredStream, records: readonly RawRecord[], last: string | null): RawRecord[] {
  return records.filter((record) => last === null || stream.compareIds(record.id, last) > 0)
}

function rising(client: DeclaredClient, stream: DeclaredStream, listed: Listed): Listed {
  const { records } = listed
  if (records.some((record, i) => i > 0 && stream.compareIds(records[i - 1]!.id, record.id) >= 0)) {
    throw new VendorError('reject', `${client.voice.name} does not list in the order of ids`)
  }
  return listed
}

function repeats(client: DeclaredClient): VendorError {
  return new VendorError('reject', `${client.voice.name} repeats a page of a list: the reading does not get ahead`)
}
