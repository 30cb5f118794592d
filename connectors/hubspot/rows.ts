import { type RawRecord, VendorError } from '@throughline/sdk'
import { demand } from './classify.ts'
import { nextOf } from './cursor.ts'
import { recordOf } from './record.ts'
import type { Answer } from './transport.ts'

/**
 * The objects of an answer that lists some, and the token of the page after it. Throws for JSON that is no such list, and
 * for a row that is no object: passing over it would make what is missing look deleted.
 */
export function rowsOf(answer: Answer, now: number): { readonly records: readonly RawRecord[]; readonly next: string | null } {
  const body = demand(answer, now)
  const { results } = body
  if (!Array.isArray(results)) throw strange(answer, 'without results')
  const records = results.map((row) => recordOf(row) ?? fail(strange(answer, 'with a row that has no id')))
  return { records, next: nextOf(body) }
}

/** As for a page of HTML: whoever answers this is not HubSpot, and a person must look. */
export function strange({ exchange }: Answer, what: string): VendorError {
  return new VendorError('unauthorised', `HubSpot ${exchange.method} ${exchange.path.split('?')[0]}: ${exchange.status} ${what}`)
}

function fail(error: Error): never {
  throw error
}
