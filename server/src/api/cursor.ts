import { createHmac, timingSafeEqual } from 'node:crypto'
import { Problem } from '../problem.ts'

/** Where a list goes on, sealed so that it only fits the list and the filters it was made for. */
export interface Cursors {
  seal(list: string, key: string | number): string
  /** @throws Problem 400 for anything that `seal` did not make for this list. */
  open(list: string, cursor: string): string | number
}

const MARK_BYTES = 12

export function createCursors(secret: string): Cursors {
  const mark = (list: string, body: string): Buffer =>
    createHmac('sha256', `cursor:${secret}`).update(`${list}\n${body}`).digest().subarray(0, MARK_BYTES)
  return {
    seal(list, key) {
      const body = Buffer.from(JSON.stringify(key))
      return Buffer.concat([mark(list, body.toString()), body]).toString('base64url')
    },
    open(list, cursor) {
      const bytes = Buffer.from(cursor.slice(0, 500), 'base64url')
      const body = bytes.subarray(MARK_BYTES).toString()
      const given = bytes.subarray(0, MARK_BYTES)
      if (given.byteLength !== MARK_BYTES || !timingSafeEqual(given, mark(list, body)))
        throw new Problem(400, 'cursor', 'This cursor does not fit this list', 'Take the "next" of the page before, with the same filters.')
      return JSON.parse(body) as string | number
    },
  }
}
