import { didYouMean } from '@throughline/contracts'
import type { Ask, Slice } from '@throughline/core'
import type { Context } from 'hono'
import { Problem } from '../problem.ts'
import type { Cursors } from './cursor.ts'

export const MOST = 200
export const USUAL = 50

/**
 * Answers one page of a list: `{ items, next }`. Knows `limit`, `cursor` and the given filters; refuses every other parameter,
 * since a misspelt filter would silently answer with everything.
 */
export async function answerList<T, F extends string>(
  c: Context,
  cursors: Cursors,
  list: { readonly name: string; readonly filters: readonly F[] },
  read: (filter: Partial<Record<F, string>>, ask: Ask) => Promise<Slice<T>>,
  show: (item: T) => unknown,
): Promise<Response> {
  const query = parameters(c, [...list.filters, 'limit', 'cursor'])
  const limit = limitOf(query['limit'])
  const filter = Object.fromEntries(list.filters.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]]))) as Partial<
    Record<F, string>
  >
  const place = `${list.name}?${JSON.stringify(filter)}`
  const after = query['cursor'] === undefined ? null : cursors.open(place, query['cursor'])
  const { items, next } = await read(filter, { limit, after })
  return c.json({ items: items.map(show), next: next === null ? null : cursors.seal(place, next) })
}

/** The query's parameters, each at most once and each one known. */
export function parameters(c: Context, known: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of new URL(c.req.url).searchParams) {
    const shown = JSON.stringify(name.slice(0, 60))
    if (!known.includes(name))
      throw new Problem(
        400,
        'unknown-parameter',
        'There is no such parameter',
        `${shown} is not known; known: ${known.join(', ') || 'none'}.${didYouMean(name, known)}`,
      )
    if (found[name] !== undefined) throw new Problem(400, 'repeated-parameter', 'A parameter stands twice', `Give ${shown} once.`)
    found[name] = value
  }
  return found
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return USUAL
  const limit = Number(text)
  if (/^\d{1,6}$/.test(text) && limit >= 1 && limit <= MOST) return limit
  throw new Problem(400, 'limit', 'The limit is out of range', `Ask for 1 to ${MOST} items.`)
}

/** One of a list of words, or nothing. */
export function oneOf(name: string, value: string | undefined, words: readonly string[]): void {
  if (value !== undefined && !words.includes(value))
    throw new Problem(400, 'unknown-value', `There is no such ${name}`, `Known: ${words.join(', ')}.${didYouMean(value, words)}`)
}
