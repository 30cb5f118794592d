import { type RawRecord, VendorError } from '@throughline/sdk'
import { demand, vendorNow } from './classify.ts'
import type { PageQuery } from './client.ts'
import type { Context } from './context.ts'
import { asObject } from './problem.ts'
import { isNumber, recordOf } from './record.ts'
import type { Answer } from './transport.ts'

/** One page of the vendor's list. */
export interface Sheet {
  readonly records: readonly RawRecord[]
  /** Number and time of every row, pull requests among them: they count for paging. */
  readonly rows: readonly string[]
  /** `updated_at` of the last row, ms UTC; `null` on an empty page. */
  readonly lastTime: number | null
  /** URL of the next page, as the vendor says it; `null` on the last. */
  readonly next: string | null
  readonly etag: string | null
  /** Asks for the same page again, unless it is still what `etag` names. */
  again(signal: AbortSignal): Promise<Sheet | null>
  /** The vendor's clock when it answered, or ours if that is behind: the safe one to measure an overlap by. */
  readonly date: number
}

/** The first page of a list; `null` if it is still what the etag names, which costs nothing of the vendor's limit. */
export function firstSheet(context: Context, query: PageQuery, etag: string | null, signal: AbortSignal): Promise<Sheet | null> {
  return ask(context, etag, signal, (tag, to) => context.client.page(query, tag, to))
}

export async function nextSheet(context: Context, url: string, signal: AbortSignal): Promise<Sheet> {
  return sure(await ask(context, null, signal, (tag, to) => context.client.follow(url, tag, to)))
}

async function ask(
  context: Context,
  etag: string | null,
  signal: AbortSignal,
  call: (etag: string | null, signal: AbortSignal) => Promise<Answer>,
): Promise<Sheet | null> {
  const answer = await call(etag, signal)
  if (etag !== null && answer.exchange.status === 304) return null
  const now = context.now()
  const body = demand(answer, now)
  if (!Array.isArray(body)) throw new VendorError('retry', 'GitHub answered a list of issues with something else')
  const items = body.map(asObject)
  if (items.some((item) => !isNumber(item.number) || Number.isNaN(Date.parse(String(item.updated_at))))) {
    throw new VendorError('retry', 'GitHub listed an issue without number or time')
  }
  const last = items.at(-1)
  const given = answer.header('etag')
  return {
    records: body.map(recordOf).filter((record) => record !== null),
    rows: items.map((item) => `${String(item.number)}@${String(item.updated_at)}`),
    lastTime: last ? Date.parse(String(last.updated_at)) : null,
    next: nextIn(answer.header('link')),
    etag: given,
    again: (to) => ask(context, given, to, call),
    date: Math.min(vendorNow(answer, now), now),
  }
}

function sure(sheet: Sheet | null): Sheet {
  if (!sheet) throw new VendorError('retry', 'GitHub answered 304 to a question that was not conditional')
  return sheet
}

/** The `rel="next"` of a Link header. */
function nextIn(link: string | null): string | null {
  return /<([^<>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1] ?? null
}
