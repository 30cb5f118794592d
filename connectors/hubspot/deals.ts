import type { Fields, RawRecord } from '@throughline/sdk'
import { decode, encode } from './record.ts'
import { createStream } from './stream.ts'

const CLOSE = 'closedate'

export const deals = createStream({
  entity: 'deal',
  objectType: 'deals',
  objectTypeId: '0-3',
  event: 'deal',
  modified: 'hs_lastmodifieddate',
  decode: withDay,
  encode: (patch) => encode(withMoment(patch)),
})

/** A deal closes on a day, which HubSpot keeps as a moment: the day is the moment's in UTC. */
function withDay(raw: RawRecord): Fields {
  const fields = decode(raw)
  const close = fields[CLOSE]
  if (typeof close !== 'string') return fields
  const at = /^-?\d+$/.test(close) ? Number(close) : Date.parse(close)
  const moment = new Date(at)
  // Left as it is, it becomes a problem that names the value's field.
  return Number.isNaN(moment.getTime()) ? fields : { ...fields, [CLOSE]: moment.toISOString().slice(0, 10) }
}

/** Noon in UTC falls on the same day almost everywhere; midnight would be shown as the day before in all of America. */
function withMoment(patch: Fields): Fields {
  const close = patch[CLOSE]
  return typeof close === 'string' && /^\d{4}-\d\d-\d\d$/.test(close) ? { ...patch, [CLOSE]: `${close}T12:00:00.000Z` } : patch
}
